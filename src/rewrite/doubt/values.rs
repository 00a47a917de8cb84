//! Values of the workflow that still say a name or a port which is no longer the same: inputs of actions, `env:`,
//! `outputs:`, a matrix. What reads them gets the old one.

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

/// The values that have a name and keep it, in words, behind all that a draft changes.
pub(in crate::rewrite) fn saying_name(draft: &Draft<'_>, place: &Place<'_>, name: &str, is_image: bool) -> Vec<String> {
    let own = &place.job.job;
    let all = (0..place.analysed.jobs.len()).filter_map(|at| place.of(at));
    let theirs =
        all.filter(|there| there.job.job.id.value() == own.id.value() || place.peers.needs(&there.job.job, own));
    let find = |value: &Value<'_>| match value.is_image {
        true if !is_image => None,
        _ => names(value.text.value(), name, value.is_image),
    };
    let mut told: Vec<String> = Vec::new();
    for doubt in theirs.flat_map(|there| still(draft, &there, name, find)) {
        if !told.contains(&doubt) {
            told.push(doubt);
        }
    }
    told
}

/// The values that have a port of the machine and keep it, in words, behind all that a draft changes. `is_told` says of a
/// key, or of a place, that it gets the new one in another way.
pub(in crate::rewrite) fn saying_port(
    draft: &Draft<'_>,
    place: &Place<'_>,
    port: u16,
    is_told: impl Fn(&str, &Location) -> bool,
) -> Vec<String> {
    let number = port.to_string();
    let source = place.tree.source();
    let find = |value: &Value<'_>| {
        let start = ports(value.key, value.text.value(), &number).filter(|_| !value.is_image)?;
        let at = source.location(value.text.span(start..start + number.len()));
        (!is_told(value.key, &at)).then_some(start)
    };
    still(draft, place, &number, find)
}

fn still(draft: &Draft<'_>, place: &Place<'_>, what: &str, find: impl Fn(&Value<'_>) -> Option<usize>) -> Vec<String> {
    let source = place.tree.source();
    let told = of_job(place).into_iter().filter_map(|value| {
        let start = find(&value)?;
        let span = value.text.span(start..start + what.len());
        let is_changed = draft.changes(&source.location(span));
        (!is_changed).then(|| told(source.place(span.start).line, value.key, what))
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
    for step in &job.steps {
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

/// Where a value has a port: it is all of it, or one of a list of numbers, unless its key counts something; or it stands
/// behind the machine's address, or where a listener or an option has a port.
fn ports(key: &str, value: &str, number: &str) -> Option<usize> {
    let key = key.to_ascii_lowercase();
    let mut words = key.split(|c: char| !c.is_ascii_alphanumeric());
    let counts = !key.ends_with("port") && words.any(|word| COUNTS.contains(&word));
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let is_list = value.split([',', ' ', ';']).all(|part| is_number(part.trim()));
    let stands = |at: &usize| {
        let before = &value[..*at];
        is_list && !counts || is_port_behind(before)
    };
    let is_whole = |at: &usize| {
        let (before, behind) = (&value[..*at], &value[at + number.len()..]);
        !before.ends_with(|c: char| c.is_ascii_digit()) && !behind.starts_with(|c: char| c.is_ascii_digit())
    };
    value.match_indices(number).map(|(at, _)| at).filter(is_whole).find(stands)
}

/// Whether a number behind this is a port of the machine: `localhost:`, `:` alone, `tcp:`, `--port `, `-p `.
fn is_port_behind(before: &str) -> bool {
    const HOSTS: [&str; 6] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "tcp", "udp"];
    let ends_word = |text: &str| !text.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-]}".contains(c));
    if let Some(host) = before.strip_suffix(':') {
        return ends_word(host) || HOSTS.iter().any(|known| host.strip_suffix(known).is_some_and(ends_word));
    }
    let option = before.strip_suffix(['=', ' ']).unwrap_or_default();
    let option = option.rsplit(char::is_whitespace).next().unwrap_or_default();
    option == "-p" || option.starts_with("--") && option.ends_with("port")
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
            ("TEXT", "about 8087 files", None),
        ] {
            assert_eq!(ports(key, value, "8087"), at, "{key}: {value}");
        }
    }
}
