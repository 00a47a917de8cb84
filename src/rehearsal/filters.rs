//! Programs that read text and print text: what stands between a listing and a removal.
//!
//! Held against the real ones in `tests` below as far as scripts of CI jobs use them; whatever else they are asked is
//! not answered.

use super::machine::patterns::regex;

/// How such a program ends and what it prints, given what it reads; nothing where it is not known.
pub(super) fn run(
    program: &str,
    words: &[String],
    input: Option<&str>,
    file: &dyn Fn(&str) -> Option<String>,
) -> Option<(u8, Option<String>)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let printed = |text: String| Some((0, Some(text)));
    match program {
        "grep" | "egrep" | "fgrep" => grep(program, &words, input, file),
        "cat" => {
            let paths: Vec<&&str> = words.iter().filter(|word| !word.starts_with('-')).collect();
            if paths.is_empty() {
                return printed(input?.to_owned());
            }
            printed(paths.into_iter().map(|path| file(path)).collect::<Option<String>>()?)
        }
        "cut" => printed(cut(&words, input?)?),
        "head" | "tail" => printed(ends(program == "head", &words, input?)?),
        "tr" => printed(translate(&words, input?)?),
        "cksum" if words.is_empty() => printed(checksum(input?)),
        "wc" if words == ["-l"] => printed(format!("{}\n", input?.lines().count())),
        "sort" => {
            let mut lines: Vec<&str> = input?.lines().collect();
            lines.sort_unstable();
            if words.contains(&"-r") {
                lines.reverse();
            }
            if words.contains(&"-u") {
                lines.dedup();
            }
            printed(whole(&lines))
        }
        "uniq" if words.is_empty() => {
            let mut lines: Vec<&str> = input?.lines().collect();
            lines.dedup();
            printed(whole(&lines))
        }
        "sed" => printed(sed(&words, input?)?),
        "awk" | "gawk" | "mawk" => printed(awk(&words, input?)?),
        "basename" => printed(format!("{}\n", words.first()?.trim_end_matches('/').rsplit('/').next()?)),
        "dirname" => printed(format!("{}\n", words.first()?.rsplit_once('/').map_or(".", |(folder, _)| folder))),
        _ => None,
    }
}

fn whole(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn grep(
    program: &str,
    words: &[&str],
    input: Option<&str>,
    file: &dyn Fn(&str) -> Option<String>,
) -> Option<(u8, Option<String>)> {
    let mut letters = String::new();
    let mut rest: Vec<&str> = Vec::new();
    let mut pattern = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-e" | "--regexp" => pattern = words.next().copied(),
            "-m" => drop(words.next()),
            "--" => rest.extend(words.by_ref()),
            long if long.starts_with("--") => letters.push(match long {
                "--quiet" | "--silent" => 'q',
                "--invert-match" => 'v',
                "--extended-regexp" => 'E',
                "--fixed-strings" => 'F',
                "--line-regexp" => 'x',
                "--ignore-case" => 'i',
                "--only-matching" => 'o',
                "--count" => 'c',
                _ => return None,
            }),
            short if short.len() > 1 && short.starts_with('-') => letters.push_str(&short[1..]),
            other => rest.push(other),
        }
    }
    let mut rest = rest.into_iter();
    let pattern = pattern.or_else(|| rest.next())?;
    let text = match rest.next() {
        Some(path) => file(path)?,
        None => input?.to_owned(),
    };
    let has = |letter: char| letters.contains(letter);
    let expression = if has('F') || program == "fgrep" {
        ::regex::escape(pattern)
    } else if has('E') || has('P') || program == "egrep" {
        pattern.to_owned()
    } else {
        basic(pattern)
    };
    let expression = match (has('x'), has('w')) {
        (true, _) => format!("^(?:{expression})$"),
        (_, true) => format!(r"\b(?:{expression})\b"),
        _ => expression,
    };
    let regex = regex(&expression, has('i'))?;
    let found: Vec<&str> = text.lines().filter(|line| regex.is_match(line) != has('v')).collect();
    let status = u8::from(found.is_empty());
    let output = if has('q') {
        String::new()
    } else if has('c') {
        format!("{}\n", found.len())
    } else if has('o') && !has('v') {
        found.iter().flat_map(|line| regex.find_iter(line)).map(|found| format!("{}\n", found.as_str())).collect()
    } else {
        whole(&found)
    };
    Some((status, Some(output)))
}

/// A basic regular expression as an extended one: there `\|`, `\(`, `\+` are what `|`, `(`, `+` are here.
fn basic(pattern: &str) -> String {
    let mut result = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(special @ ('|' | '(' | ')' | '+' | '?' | '{' | '}')) => result.push(special),
                Some(other) => result.extend(['\\', other]),
                None => result.push_str(r"\\"),
            },
            '|' | '(' | ')' | '+' | '?' | '{' | '}' => result.extend(['\\', character]),
            other => result.push(other),
        }
    }
    result
}

fn cut(words: &[&str], input: &str) -> Option<String> {
    let (mut delimiter, mut fields) = ('\t', None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(text) = word.strip_prefix("-d") {
            let text = if text.is_empty() { words.next()? } else { text };
            delimiter = text.chars().next()?;
        } else if let Some(text) = word.strip_prefix("-f") {
            fields = Some(if text.is_empty() { *words.next()? } else { text });
        } else {
            return None;
        }
    }
    let (first, last) = match fields?.split_once('-') {
        None => {
            let only: usize = fields?.parse().ok()?;
            (only, only)
        }
        Some((first, last)) => (first.parse().unwrap_or(1), last.parse().unwrap_or(usize::MAX)),
    };
    let line = |line: &str| {
        if !line.contains(delimiter) {
            return format!("{line}\n");
        }
        let pieces = line.split(delimiter).enumerate().filter(|(at, _)| (first..=last).contains(&(at + 1)));
        let pieces: Vec<&str> = pieces.map(|(_, piece)| piece).collect();
        format!("{}\n", pieces.join(&delimiter.to_string()))
    };
    Some(input.lines().map(line).collect())
}

fn ends(is_head: bool, words: &[&str], input: &str) -> Option<String> {
    let count: &str = match words {
        [] => "10",
        ["-n", count] => count,
        [only] => only.strip_prefix("-n").or_else(|| only.strip_prefix('-'))?,
        _ => return None,
    };
    let lines: Vec<&str> = input.lines().collect();
    if let Some(from) = count.strip_prefix('+') {
        let from: usize = from.parse().ok()?;
        return (!is_head).then(|| whole(lines.get(from.saturating_sub(1)..).unwrap_or_default()));
    }
    let count: usize = count.parse().ok()?;
    let count = count.min(lines.len());
    Some(whole(if is_head { &lines[..count] } else { &lines[lines.len() - count..] }))
}

/// `tr`, with ranges, classes, `-c`, `-d` and `-s`.
fn translate(words: &[&str], input: &str) -> Option<String> {
    let (mut letters, mut sets) = (String::new(), Vec::new());
    for word in words {
        match word.strip_prefix('-') {
            // `-` itself is a set, and so is what stands behind one.
            Some(options) if sets.is_empty() && !options.is_empty() => letters.push_str(options),
            _ => sets.push(characters(word)?),
        }
    }
    let has = |letter: char| letters.contains(letter);
    if !letters.chars().all(|letter| "cCds".contains(letter)) {
        return None;
    }
    let first = sets.first()?;
    let is_in = |c: char| first.contains(&c) != (has('c') || has('C'));
    if has('d') {
        return Some(input.chars().filter(|c| !is_in(*c)).collect());
    }
    let squeezed = sets.get(1).unwrap_or(first);
    let each = |c: char| match sets.get(1) {
        Some(to) if is_in(c) => {
            let at = if has('c') || has('C') { None } else { first.iter().position(|known| *known == c) };
            at.and_then(|at| to.get(at)).or(to.last()).copied().unwrap_or(c)
        }
        _ => c,
    };
    let mut output = String::new();
    for c in input.chars().map(each) {
        if !(has('s') && output.ends_with(c) && squeezed.contains(&c)) {
            output.push(c);
        }
    }
    Some(output)
}

/// The characters that a set of `tr` means.
fn characters(set: &str) -> Option<Vec<char>> {
    let set = set.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
    let set = set.replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z").replace("[:digit:]", "0-9");
    let set = set.replace("[:alnum:]", "A-Za-z0-9").replace("[:alpha:]", "A-Za-z").replace("[:space:]", " \t\n\r");
    if set.contains("[:") {
        return None;
    }
    let signs: Vec<char> = set.chars().collect();
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(&sign) = signs.get(at) {
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(&last)) if sign <= last => {
                all.extend(sign..=last);
                at += 3;
            }
            _ => {
                all.push(sign);
                at += 1;
            }
        }
    }
    Some(all)
}

/// POSIX's checksum and length.
fn checksum(input: &str) -> String {
    let step = |crc: u32, byte: u8| {
        let mut crc = crc ^ u32::from(byte) << 24;
        for _ in 0..8 {
            crc = if crc & 0x8000_0000 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 };
        }
        crc
    };
    let length = input.len();
    let bytes = length.to_le_bytes();
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let crc = input.bytes().chain(bytes[..used].iter().copied()).fold(0, step);
    format!("{} {length}\n", !crc)
}

fn sed(words: &[&str], input: &str) -> Option<String> {
    let (mut quiet, mut extended, mut script) = (false, false, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-n" => quiet = true,
            "-E" | "-r" => extended = true,
            "-e" => script = words.next().copied(),
            other if other.starts_with('-') => return None,
            other if script.is_none() => script = Some(other),
            _ => return None,
        }
    }
    let script = script?;
    if quiet {
        let number: usize = script.strip_suffix('p')?.parse().ok()?;
        return Some(whole(&input.lines().skip(number.checked_sub(1)?).take(1).collect::<Vec<_>>()));
    }
    let delimiter = script.strip_prefix('s')?.chars().next()?;
    let mut parts = script[1 + delimiter.len_utf8()..].split(delimiter);
    let (pattern, replacement, flags) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || pattern.ends_with('\\') || !flags.chars().all(|flag| flag == 'g') {
        return None;
    }
    let regex = regex(&if extended { pattern.to_owned() } else { basic(pattern) }, false)?;
    let replacement = groups(replacement);
    let line = |line: &str| {
        let changed = match flags {
            "g" => regex.replace_all(line, replacement.as_str()),
            _ => regex.replace(line, replacement.as_str()),
        };
        format!("{changed}\n")
    };
    Some(input.lines().map(line).collect())
}

/// `\1` and `&` as the crate writes them.
fn groups(replacement: &str) -> String {
    let mut result = String::new();
    let mut characters = replacement.chars();
    while let Some(character) = characters.next() {
        match character {
            '$' => result.push_str("$$"),
            '&' => result.push_str("${0}"),
            '\\' => match characters.next() {
                Some(digit) if digit.is_ascii_digit() => result.push_str(&format!("${{{digit}}}")),
                Some(other) => result.push(other),
                None => {}
            },
            other => result.push(other),
        }
    }
    result
}

/// Whether awk acts on a line, by its number and its text.
type Chosen = Box<dyn Fn(usize, &str) -> bool>;

/// `awk '{print $2}'`, with a separator and a pattern or a line's number before it.
fn awk(words: &[&str], input: &str) -> Option<String> {
    let (mut separator, mut program) = (None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("-F") {
            Some("") => separator = words.next().copied(),
            Some(text) => separator = Some(text),
            None if word.starts_with('-') || program.is_some() => return None,
            None => program = Some(*word),
        }
    }
    let (condition, action) = program?.trim().split_once('{')?;
    let action = action.trim().strip_suffix('}')?.trim().trim_end_matches(';').strip_prefix("print")?.trim();
    let chosen: Chosen = match condition.trim() {
        "" => Box::new(|_, _| true),
        condition => {
            if let Some(number) = condition.strip_prefix("NR") {
                let (above, number) = match (number.trim().strip_prefix("=="), number.trim().strip_prefix('>')) {
                    (Some(number), _) => (false, number),
                    (_, Some(number)) => (true, number),
                    _ => return None,
                };
                let number: usize = number.trim().parse().ok()?;
                Box::new(move |at, _| if above { at > number } else { at == number })
            } else {
                let regex = regex(condition.strip_prefix('/')?.strip_suffix('/')?, false)?;
                Box::new(move |_, line| regex.is_match(line))
            }
        }
    };
    let fields = |line: &str| -> Vec<String> {
        match separator {
            Some(separator) => line.split(separator).map(str::to_owned).collect(),
            None => line.split_whitespace().map(str::to_owned).collect(),
        }
    };
    let mut output = String::new();
    for (_, line) in input.lines().enumerate().filter(|(at, line)| chosen(at + 1, line)) {
        let own = fields(line);
        let mut words = Vec::new();
        for field in action.split(',').map(str::trim).filter(|field| !field.is_empty()) {
            words.push(match field.strip_prefix('$')? {
                "0" => line.to_owned(),
                "NF" => own.last().cloned().unwrap_or_default(),
                number => own.get(number.parse::<usize>().ok()?.checked_sub(1)?).cloned().unwrap_or_default(),
            });
        }
        output.push_str(&if action.is_empty() { line.to_owned() } else { words.join(" ") });
        output.push('\n');
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::run;

    const LISTING: &str = "0123abcd  postgres:16  pg-41\n4567ef01  redis:7  redis\n89ab  postgres:16  other-pg\n";

    /// The real programs are the oracle.
    #[test]
    fn filters_print_what_the_real_ones_print() {
        let cases: &[(&str, &[&str])] = &[
            ("grep", &["pg"]),
            ("grep", &["-q", "nothing"]),
            ("grep", &["-v", "redis"]),
            ("grep", &["-E", "pg-[0-9]+$"]),
            ("grep", &["-c", r"pg\|redis"]),
            ("grep", &["-o", "pg-[0-9]*"]),
            ("grep", &["-w", "redis"]),
            ("grep", &["-Fx", "redis"]),
            ("cut", &["-d:", "-f2"]),
            ("cut", &["-d", " ", "-f", "1"]),
            ("head", &["-n1"]),
            ("head", &["-n", "2"]),
            ("tail", &["-1"]),
            ("tail", &["-n", "+2"]),
            ("tr", &["-d", "abc"]),
            ("tr", &["a-z", "A-Z"]),
            ("tr", &["\\n", " "]),
            ("tr", &["-c", "a-zA-Z0-9.", "-"]),
            ("tr", &["-d", " \\n"]),
            ("tr", &["-s", " "]),
            ("tr", &["a-z-", "A-Z_"]),
            ("tr", &["-dc", "0-9"]),
            ("cksum", &[]),
            ("wc", &["-l"]),
            ("sort", &["-r"]),
            ("sed", &["s/pg/db/g"]),
            ("sed", &["s|.*:||"]),
            ("sed", &["-E", "s/^([0-9a-f]+) .*/\\1/"]),
            ("sed", &["-n", "2p"]),
            ("awk", &["{print $1}"]),
            ("awk", &["-F:", "{print $2}"]),
            ("awk", &["/pg/ {print $NF}"]),
            ("awk", &["NR>1 {print $1, $3}"]),
        ];
        for (program, words) in cases {
            let mut child = Command::new(program)
                .args(*words)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the program");
            child.stdin.take().expect("stdin").write_all(LISTING.as_bytes()).expect("input");
            let real = child.wait_with_output().expect("output");
            let own: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let paper = run(program, &own, Some(LISTING), &|_| None);
            let real = (real.status.code(), String::from_utf8(real.stdout).expect("text"));
            let paper = paper.map(|(status, text)| (Some(i32::from(status)), text.unwrap_or_default()));
            assert_eq!(paper, Some(real), "{program} {words:?}");
        }
    }
}
