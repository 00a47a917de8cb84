//! Values of the workflow that still say a name or a port which is no longer the same: inputs of actions, `env:`,
//! `outputs:`, a matrix. What reads them gets the old one.

use std::collections::BTreeSet;

use crate::rewrite::{Draft, Place};
use crate::source::{Location, Text};
use crate::workflow::{Container, Datum, Vars};

/// A value, by what it is called.
struct Value<'p> {
    /// Its key.
    key: &'p str,
    text: &'p Text,
    /// It says an image: a whole reference.
    is_image: bool,
}

/// Words of keys whose numbers count something else than ports.
const COUNTS: [&str; 24] = [
    "age",
    "attempt",
    "attempts",
    "count",
    "day",
    "days",
    "delay",
    "interval",
    "limit",
    "max",
    "memory",
    "min",
    "minutes",
    "retention",
    "retries",
    "retry",
    "seconds",
    "size",
    "time",
    "timeout",
    "uid",
    "gid",
    "width",
    "height",
];

/// The values that have a name and keep it, in words, behind all that a draft changes. `makers` are the jobs, by their
/// places, that make the thing themselves: what they say is their own.
pub(in crate::rewrite) fn saying_name(
    draft: &Draft<'_>,
    place: &Place<'_>,
    (name, is_image): (&str, bool),
    makers: &BTreeSet<usize>,
) -> Vec<String> {
    let Some(own) = place.position() else { return Vec::new() };
    let later = place.peers.needing(own).iter().filter(|at| !makers.contains(at));
    // In the file's order.
    let theirs: BTreeSet<usize> = later.copied().chain([own]).collect();
    let theirs = theirs.into_iter().filter_map(|at| place.of(at));
    let find = |value: &Value<'_>| match value.is_image {
        true if !is_image => Vec::new(),
        _ => names(value.text.value(), name, value.is_image).into_iter().collect(),
    };
    let mut told: Vec<String> = Vec::new();
    for doubt in theirs.flat_map(|there| still(draft, &there, name, find)) {
        if !told.contains(&doubt) {
            told.push(doubt);
        }
    }
    told
}

/// The values that have a port of the machine and keep it, in words, behind all that a draft changes. `is_told` says of
/// a key, or of a place, that it gets the new one in another way.
pub(in crate::rewrite) fn saying_port(
    draft: &Draft<'_>,
    place: &Place<'_>,
    port: u16,
    is_told: impl Fn(&str, &Location) -> bool,
) -> Vec<String> {
    let number = port.to_string();
    let source = place.tree.source();
    let find = |value: &Value<'_>| {
        let mut all = if value.is_image { Vec::new() } else { ports(value.key, value.text.value(), &number) };
        all.retain(|start| !is_told(value.key, &source.location(value.text.span(*start..*start + number.len()))));
        all
    };
    still(draft, place, &number, find)
}

/// The values that `find` finds it in, at a place that the draft does not change.
fn still(draft: &Draft<'_>, place: &Place<'_>, what: &str, find: impl Fn(&Value<'_>) -> Vec<usize>) -> Vec<String> {
    let source = place.tree.source();
    let told = of_job(place).into_iter().filter_map(|value| {
        let spans = find(&value).into_iter().map(|start| value.text.span(start..start + what.len()));
        let kept = spans.into_iter().find(|span| !draft.changes(&source.location(*span)))?;
        Some(told(source.place(kept.start).line, value.key, what))
    });
    told.collect()
}

fn told(line: usize, key: &str, what: &str) -> String {
    format!("`{key}` in line {line} still says `{what}`, and it is not seen what reads it there")
}

/// All of a job's values, and those of the whole workflow.
fn of_job<'p>(place: &Place<'p>) -> Vec<Value<'p>> {
    let job = &place.job.job;
    let mut all = Vec::new();
    let mut vars = |vars: &'p Vars| {
        let texts = vars.entries.iter().filter_map(|var| Some((var.name.value(), var.text.as_ref()?)));
        all.extend(texts.map(|(key, text)| Value { key, text, is_image: false }));
    };
    vars(&place.analysed.workflow.env);
    vars(&job.env);
    vars(&job.outputs);
    let containers = job.container.iter().map(|container| &container.value);
    let containers: Vec<&Container> = containers.chain(job.services.iter().map(|service| &service.container)).collect();
    containers.iter().for_each(|container| vars(&container.env));
    for step in place.steps_with_values() {
        vars(&step.env);
        // What these are given are files, keys and versions.
        let is_plain = step.uses.as_ref().is_some_and(|uses| {
            let name = uses.value.value();
            name.starts_with("actions/") && !name.starts_with("actions/github-script")
        });
        if !is_plain {
            vars(&step.with);
        }
    }
    let images = containers.iter().filter_map(|container| container.image.as_ref());
    all.extend(images.map(|image| Value { key: "image", text: &image.text, is_image: true }));
    if let Some(matrix) = job.matrix() {
        let axes = matrix.axes.iter().map(|axis| (axis.name.value(), axis.values.iter().collect::<Vec<_>>()));
        let more = matrix.include.entries.iter().flatten().map(|(key, value)| (key.value(), vec![value]));
        for (key, values) in axes.chain(more).filter(|(key, _)| is_read(place, key)) {
            let texts = values.into_iter().filter_map(Datum::as_scalar).map(|scalar| &scalar.text);
            all.extend(texts.map(|text| Value { key, text, is_image: false }));
        }
    }
    all
}

/// Whether a step of the job is given the matrix's value of that key.
fn is_read(place: &Place<'_>, key: &str) -> bool {
    let said = format!("matrix.{key}");
    let says = |text: &str| text.contains(&said);
    let says_it = |vars: &Vars| vars.entries.iter().any(|var| var.text.as_ref().is_some_and(|text| says(text.value())));
    let job = &place.job.job;
    says_it(&job.env)
        || job.steps.iter().any(|step| {
            step.run.as_ref().is_some_and(|run| says(run.value.text.value()))
                || says_it(&step.env)
                || says_it(&step.with)
        })
}

/// Where a value has a name: it is all of it, or it looks like nothing else and stands between blanks or commas.
fn names(value: &str, name: &str, is_image: bool) -> Option<usize> {
    let trimmed = value.trim();
    if trimmed == name {
        return value.find(name);
    }
    let is_word = !name.contains(|c: char| matches!(c, '-' | '_' | ':' | '/') || c.is_ascii_digit());
    if is_image || is_word || name.is_empty() {
        return None;
    }
    let parts = |c: char| c.is_whitespace() || ",;\"'=()[]".contains(c);
    value.match_indices(name).map(|(at, _)| at).find(|at| {
        value[..*at].chars().next_back().is_none_or(parts) && value[at + name.len()..].chars().next().is_none_or(parts)
    })
}

/// Where a value has a port: it is all of it, or one of a list of numbers, unless its key counts something; or a word
/// before it says so, or the number beside it.
fn ports(key: &str, value: &str, number: &str) -> Vec<usize> {
    let lower = key.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let counts = !says_port(key) && words.any(|word| COUNTS.contains(&word));
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let is_list = value.split(|c: char| c.is_whitespace() || ",;[]\"'".contains(c)).all(is_number);
    let stands = |at: &usize| {
        let (before, behind) = (&value[..*at], &value[at + number.len()..]);
        is_list && !counts || is_port_behind(before) || is_one_of_two(before, behind)
    };
    let is_whole = |at: &usize| {
        let (before, behind) = (&value[..*at], &value[at + number.len()..]);
        !before.ends_with(|c: char| c.is_ascii_digit()) && !behind.starts_with(|c: char| c.is_ascii_digit())
    };
    value.match_indices(number).map(|(at, _)| at).filter(is_whole).filter(stands).collect()
}

/// Whether a text ends where a word may begin.
fn ends_word(text: &str) -> bool {
    !text.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-]}".contains(c))
}

/// Whether a number behind this is a port of the machine: `localhost:`, `:` alone, `tcp:`, `port=`, `"port": `,
/// `--listen `, `-p `.
fn is_port_behind(before: &str) -> bool {
    const HOSTS: [&str; 6] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "tcp", "udp"];
    if let Some(host) = before.strip_suffix(':')
        && (ends_word(host) || HOSTS.iter().any(|known| host.strip_suffix(known).is_some_and(ends_word)))
    {
        return true;
    }
    const QUOTES: [char; 3] = ['"', '\'', '\\'];
    let bare = before.trim_end_matches(QUOTES).trim_end();
    if let Some(said) = bare.strip_suffix(['=', ':']) {
        return says_port(said.trim_end().trim_end_matches(QUOTES));
    }
    let option = bare.rsplit(char::is_whitespace).next().unwrap_or_default();
    matches!(option, "-p" | "-P") || option.starts_with("--") && bare != before && says_port(option)
}

/// Whether a key, or an option, says by its last word that it has a port: `server.port`, `HTTP_PORT`, `--listen`.
fn says_port(key: &str) -> bool {
    const OTHERS: [&str; 5] = ["export", "import", "report", "support", "transport"];
    let word = key.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let word = word.strip_suffix('s').unwrap_or(&word);
    word == "listen" || word.ends_with("port") && !OTHERS.contains(&word)
}

/// Whether a number between these is one of two ports: `9990:80`, `80:9990`.
fn is_one_of_two(before: &str, behind: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit();
    let first = before.strip_suffix(':').is_some_and(|host| {
        let rest = host.trim_end_matches(digits);
        rest.len() < host.len() && ends_word(rest)
    });
    let second = behind.strip_prefix(':').is_some_and(|inside| {
        let rest = inside.trim_start_matches(digits);
        rest.len() < inside.len() && !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c))
    });
    first || second && ends_word(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_value_or_a_word_like_no_other() {
        for (value, name, at) in [
            ("pg-test", "pg-test", Some(0)),
            ("redis", "redis", Some(0)),
            ("start the redis server", "redis", None),
            ("web-1, pg-test", "pg-test", Some(7)),
            ("docker logs pg-test", "pg-test", Some(12)),
            ("pg-test-2", "pg-test", None),
            ("./pg-test/data", "pg-test", None),
        ] {
            assert_eq!(names(value, name, false), at, "{value}");
        }
    }

    #[test]
    fn a_number_is_a_port_unless_it_counts() {
        for (key, value, at) in [
            ("port", "8087", Some(0)),
            ("WAIT_FOR", "8087", Some(0)),
            ("timeout", "8087", None),
            ("url", "http://localhost:8087/x", Some(17)),
            ("url", "http://localhost:80871/x", None),
            ("url", "http://example.org:8087/x", None),
            ("TARGET", ":8087", Some(1)),
            ("WAIT_ON", "tcp:8087", Some(4)),
            ("WAIT_ON", "tcp://:8087", Some(7)),
            ("ARGS", "-v --port 8087", Some(10)),
            ("ARGS", "--http-port=8087", Some(12)),
            ("PORTS", "80, 8087", Some(4)),
            ("RETRIES", "80 8087", None),
            ("N", "38087", None),
            ("IMAGE", "app:8087", None),
            ("IMAGE", "app1:8087", None),
            ("MAX_PORTS", "8087", Some(0)),
            ("PORTS", "[80, 8087]", Some(5)),
            ("MAP", "8087:80", Some(0)),
            ("MAP", "-v 127.0.0.1:8087:80/tcp", Some(13)),
            ("MAP", "80:8087", Some(3)),
            ("URL", "http://10.0.0.5:8087/x", None),
            ("OPTS", "-Dserver.port=8087", Some(14)),
            ("CONFIG", "{\"port\": 8087}", Some(9)),
            ("CONFIG", "{\"httpPort\":\"8087\"}", Some(13)),
            ("CONFIG", "port = 8087", Some(7)),
            ("CONFIG", "{\"support\": 8087}", None),
            ("ARGS", "--report=8087", None),
            ("ARGS", "-P 8087", Some(3)),
            ("ARGS", "--listen=8087", Some(9)),
            ("TEXT", "the port of 8087 files", None),
            ("TEXT", "about 8087 files", None),
        ] {
            assert_eq!(ports(key, value, "8087").first().copied(), at, "{key}: {value}");
        }
        assert_eq!(ports("ARGS", "localhost:8087 --port=8087 of 8087", "8087"), [10, 22]);
    }
}
