//! Shell text that stands for a directory: `$(cd "$(dirname "$0")/.." && pwd)`.

/// What a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The checkout's root.
    Checkout,
    /// The working directory.
    Here,
    /// The running script, as a file.
    Script,
    /// Certainly not in the checkout.
    Elsewhere,
}

/// An anchor and the way from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnchoredPath {
    pub(super) anchor: Anchor,
    pub(super) way: String,
}

/// How deep substitutions are looked into.
const DEEPEST: usize = 8;

/// The place that an opaque part of a value stands for, by its source.
pub(super) fn place(source: &str) -> Option<AnchoredPath> {
    read(source, 0)
}

/// The names of things, with and without their braces.
fn named(name: &str) -> Option<AnchoredPath> {
    let anchor = match name {
        "github.workspace" | "gitea.workspace" | "forgejo.workspace" | "forge.workspace" => Anchor::Checkout,
        "GITHUB_WORKSPACE" | "GITEA_WORKSPACE" | "FORGEJO_WORKSPACE" => Anchor::Checkout,
        "env.GITHUB_WORKSPACE" => Anchor::Checkout,
        "PWD" | "CURDIR" | "env.PWD" => Anchor::Here,
        "0" | "BASH_SOURCE" | "BASH_SOURCE[0]" => Anchor::Script,
        "HOME" | "RUNNER_TEMP" | "TMPDIR" | "runner.temp" | "env.HOME" | "RUNNER_TOOL_CACHE" | "runner.tool_cache" => {
            Anchor::Elsewhere
        }
        _ => return None,
    };
    Some(AnchoredPath { anchor, way: String::new() })
}

fn read(text: &str, depth: usize) -> Option<AnchoredPath> {
    if depth > DEEPEST {
        return None;
    }
    let text: String = text.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    let text = text.trim();
    let (head, rest) = text.split_at(head_length(text)?);
    let mut place = head_place(head, depth)?;
    if rest.contains(['$', '`', '*', '?', '{']) || !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    place.way.push_str(rest);
    Some(place)
}

/// The length of the expansion or name that `text` begins with.
fn head_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (open, close) = match bytes {
        [b'$', b'(', ..] => (b'(', b')'),
        [b'$', b'{', ..] => (b'{', b'}'),
        [b'$', ..] => {
            let name = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_';
            return Some(1 + bytes[1..].iter().take_while(|c| name(c)).count());
        }
        // `github.workspace`, `.`, `..`, and plain paths.
        _ => return Some(text.find('/').unwrap_or(text.len())),
    };
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

fn head_place(head: &str, depth: usize) -> Option<AnchoredPath> {
    if let Some(code) = head.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')) {
        return command(code.trim(), depth);
    }
    let inner = head.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    if let Some(inner) = inner {
        return named(inner.trim());
    }
    let name = match head.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => inner,
        None => match head.strip_prefix('$') {
            Some(name) => name,
            None if matches!(head, "." | "..") => {
                return Some(AnchoredPath { anchor: Anchor::Here, way: head.to_owned() });
            }
            None => return named(head),
        },
    };
    if let Some(name) = name.strip_suffix("%/*") {
        return named(name).map(up);
    }
    // `${GITHUB_WORKSPACE:-.}`: on a runner it is set.
    if let Some((name, _)) = name.split_once(":-") {
        return named(name).filter(|place| matches!(place.anchor, Anchor::Checkout | Anchor::Script | Anchor::Here));
    }
    named(name)
}

/// What a command prints.
fn command(code: &str, depth: usize) -> Option<AnchoredPath> {
    let code = code.replace(">/dev/null", "").replace("> /dev/null", "").replace("2>&1", "").replace("&>/dev/null", "");
    let words = code.trim();
    if matches!(words, "pwd" | "pwd -P" | "pwd -L" | "realpath ." | "readlink -f .") {
        return Some(AnchoredPath { anchor: Anchor::Here, way: String::new() });
    }
    if words == "git rev-parse --show-toplevel" || words == "git rev-parse --show-toplevel 2/dev/null" {
        return Some(AnchoredPath { anchor: Anchor::Checkout, way: String::new() });
    }
    for (name, goes_up) in [("dirname", true), ("realpath", false), ("readlink -f", false), ("readlink -m", false)] {
        if let Some(argument) = words.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')) {
            let argument = argument.trim().strip_prefix("-- ").unwrap_or(argument.trim());
            let place = read(argument, depth + 1)?;
            return Some(if goes_up { up(place) } else { place });
        }
    }
    // `cd DIR && pwd`
    let rest = words.strip_prefix("CDPATH= ").unwrap_or(words).strip_prefix("cd ")?.trim();
    let rest = rest.strip_prefix("-P ").or_else(|| rest.strip_prefix("-- ")).unwrap_or(rest);
    let (directory, printed) = rest.rsplit_once("&&").or_else(|| rest.rsplit_once(';'))?;
    matches!(printed.trim(), "pwd" | "pwd -P" | "pwd -L").then(|| read(directory, depth + 1)).flatten()
}

fn up(mut place: AnchoredPath) -> AnchoredPath {
    place.way.push_str("/..");
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_directory() {
        let cases = [
            ("github.workspace", Some((Anchor::Checkout, ""))),
            ("$GITHUB_WORKSPACE", Some((Anchor::Checkout, ""))),
            ("$(git rev-parse --show-toplevel)", Some((Anchor::Checkout, ""))),
            ("$(pwd)", Some((Anchor::Here, ""))),
            ("$0", Some((Anchor::Script, ""))),
            ("$(dirname \"$0\")", Some((Anchor::Script, "/.."))),
            ("$(dirname -- \"${BASH_SOURCE[0]}\")", Some((Anchor::Script, "/.."))),
            ("${BASH_SOURCE[0]%/*}", Some((Anchor::Script, "/.."))),
            ("$(cd \"$(dirname \"$0\")/..\" && pwd)", Some((Anchor::Script, "/../.."))),
            (
                "$(cd -- \"$(dirname \"${BASH_SOURCE[0]:-$0}\")\" >/dev/null 2>&1 && pwd -P)",
                Some((Anchor::Script, "/..")),
            ),
            ("$(dirname \"$(readlink -f \"$0\")\")", Some((Anchor::Script, "/.."))),
            ("$HOME", Some((Anchor::Elsewhere, ""))),
            ("$DIR", None),
            ("$(mktemp -d)", None),
            ("$(", None),
            ("$(cd $X && pwd)", None),
        ];
        for (source, wanted) in cases {
            let wanted = wanted.map(|(anchor, way)| AnchoredPath { anchor, way: way.to_owned() });
            assert_eq!(place(source), wanted, "{source}");
        }
    }
}
