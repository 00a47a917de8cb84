//! Texts for PowerShell: they are told from a shell's, and what their own words are around a plain command.
//!
//! A step that says no shell gets PowerShell on Windows, and a label of a team's own seldom says that a runner is one.

/// The verbs of commands as only PowerShell has them: `Write-Host`, `Start-Sleep`.
const VERBS: [&str; 12] =
    ["Write", "Get", "Set", "Start", "Stop", "New", "Remove", "Test", "Invoke", "Out", "Copy", "Import"];

/// Whether a text is written for PowerShell.
pub fn speaks_powershell(text: &str) -> bool {
    // What a shell writes into a file for others begins so, and a text that it prints may say anything.
    let is_shell = || text.contains("<<") || text.lines().any(|line| matches!(line.trim(), "fi" | "done" | "esac"));
    let speaks = |line: &str| is_cmdlet(line) || assigned(line).is_some_and(calls_docker);
    // Quotes are looked at where a line is such a one at all.
    text.lines().any(speaks) && unquoted_lines(text).any(speaks) && !is_shell()
}

/// The lines that do not begin in quotes: what is handed to another program is not the step's own text.
fn unquoted_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut open = None;
    text.lines().filter(move |line| {
        let is_inside = open.is_some();
        let (mut escaped, mut before) = (false, ' ');
        for c in line.chars() {
            match (open, c) {
                (None, '#') if before.is_whitespace() => break,
                _ if escaped => escaped = false,
                (None | Some('"'), '\\') => escaped = true,
                (None, '"' | '\'') => open = Some(c),
                (Some(quote), _) if quote == c => open = None,
                _ => {}
            }
            before = c;
        }
        !is_inside
    })
}

/// The text with blanks in place of what is PowerShell's alone: `$id = docker run …`, braces. It is as long as before,
/// so that each word stands where it stood. Conditions stay as they are: what they guard is not known.
pub fn plain_commands(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let rest = assigned(line).filter(|rest| calls_docker(rest));
        let lead = rest.map_or(0, |rest| line.len() - rest.len());
        plain.extend(std::iter::repeat_n(' ', lead));
        let rest = &line[lead..];
        let is_alone = |at: usize| {
            let blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
            blank(at.checked_sub(1).and_then(|before| rest.as_bytes().get(before)))
                && blank(rest.as_bytes().get(at + 1))
        };
        plain.extend(rest.char_indices().map(|(at, c)| if c == '}' && is_alone(at) { ';' } else { c }));
    }
    plain
}

fn is_cmdlet(line: &str) -> bool {
    let line = line.trim_start();
    if !line.starts_with(|first: char| first.is_ascii_uppercase()) {
        return false;
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    let noun = word.split_once('-').filter(|(verb, _)| VERBS.contains(verb)).map(|(_, noun)| noun);
    noun.is_some_and(|noun| noun.starts_with(char::is_uppercase) && noun.chars().all(char::is_alphanumeric))
}

/// What a line assigns: the `docker run …` of `$id = docker run …`.
fn assigned(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('$')?;
    let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | ':')).filter(|end| *end > 0)?;
    Some(rest[name..].trim_start().strip_prefix('=')?.trim_start())
}

fn calls_docker(command: &str) -> bool {
    matches!(command.split_whitespace().next(), Some("docker" | "docker-compose"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powershell_is_told_by_its_words() {
        for text in [
            "Write-Host hello",
            "docker ps\n  Start-Sleep 5",
            "$id = docker run -d nginx",
            "$env:ID=docker run -d nginx",
        ] {
            assert!(speaks_powershell(text), "{text}");
        }
        for text in [
            "docker ps",
            "if x; then\n echo '\nTest-Driven'\nfi",
            "cat > x.ps1 <<E\nWrite-Host x\nE",
            "get-pip --user",
            "pwsh -Command '\nWrite-Host ready\n'\ndocker run -d nginx",
            "$x = 5",
            "id=$(docker run -d nginx)",
        ] {
            assert!(!speaks_powershell(text), "{text}");
        }
    }

    #[test]
    fn what_is_plain_stands_where_it_stood() {
        let text = "$id = docker run -d nginx\nif ($id) { docker rm -f web }\necho ä}\n";
        assert_eq!(plain_commands(text), "      docker run -d nginx\nif ($id) { docker rm -f web ;\necho ä}\n");
    }
}
