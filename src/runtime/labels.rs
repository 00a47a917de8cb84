//! `berth-run labels`: the label tuple for containers of the job's own making.

use std::time::Duration;

use super::job::Job;
use super::{Error, Result, token};
use crate::door::{helper, print};

/// In which form the labels are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The path of a file for `docker run --label-file`.
    #[default]
    File,
    /// `--label key=value …` on one line, for an unquoted `$(…)`.
    Args,
    /// One line `BERTH_LABELS=key=value,…`, for a program's environment.
    Env,
    /// A JSON object, for a program that speaks to the Docker API.
    Json,
}

/// The text to print.
///
/// # Errors
/// There is no identity; the file cannot be written; a value cannot stand in this form.
pub fn render(job: &Job, ttl: Duration, format: Format) -> Result<String> {
    let mut pairs: Vec<(String, String)> = job.labels(ttl).into_iter().collect();
    pairs.sort();
    match format {
        Format::File => file(job, &pairs),
        Format::Args => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@+%=".contains(&b);
            joined(&pairs, " ", "--label ", plain)
        }
        Format::Env => {
            let listed = |b: u8| b != b',' && !b.is_ascii_control();
            Ok(format!("BERTH_LABELS={}", joined(&pairs, ",", "", listed)?))
        }
        Format::Json => {
            let map: serde_json::Map<_, _> =
                pairs.into_iter().map(|(key, value)| (key, serde_json::Value::String(value))).collect();
            Ok(print::json(&serde_json::Value::Object(map).to_string()).into_owned())
        }
    }
}

fn joined(pairs: &[(String, String)], between: &str, before: &str, allowed: impl Fn(u8) -> bool) -> Result<String> {
    let mut items = Vec::new();
    for (key, value) in pairs {
        if !value.bytes().all(&allowed) {
            return Err(Error::failed(
                format!("{key}={value} cannot be written in this form"),
                "use --format file or --format json",
            ));
        }
        items.push(format!("{before}{key}={value}"));
    }
    Ok(items.join(between))
}

fn file(job: &Job, pairs: &[(String, String)]) -> Result<String> {
    let directory = std::env::var_os("RUNNER_TEMP").filter(|d| !d.is_empty());
    let Some(directory) = directory else {
        return Err(Error::usage(
            "RUNNER_TEMP is not set, so there is no place for the label file",
            "set RUNNER_TEMP to a directory of this job alone, or use --format args",
        ));
    };
    let path = std::path::Path::new(&directory).join(format!("berth-labels-{}", job.token.short()));
    let draft = path.with_extension(token::random_hex(4)?);
    let text: String = pairs.iter().map(|(k, v)| format!("{k}={v}\n")).collect();
    // In one step: a docker command may read it at this moment.
    helper::replace(&path, &draft, &text).map_err(|error| {
        Error::failed(
            format!("cannot write {}: {error}", path.display()),
            "RUNNER_TEMP must be a directory this job may write to",
        )
    })?;
    Ok(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::token::Token;
    use super::*;
    use crate::identity::Identity;

    fn job(name: &str) -> Job {
        let identity = Identity {
            server: "https://forge.example".into(),
            repo: "team/app".into(),
            run: "4711".into(),
            attempt: "1".into(),
            job: name.into(),
            leg: "0".into(),
            task: "0".into(),
        };
        Job { identity, token: Token::parse(&"a1".repeat(16)).expect("a token") }
    }

    #[test]
    fn every_form_says_the_same() {
        let ttl = Duration::from_secs(60);
        let args = render(&job("test"), ttl, Format::Args).expect("fine");
        assert!(args.starts_with("--label berth.attempt=1 --label berth.expires="));
        let env = render(&job("test"), ttl, Format::Env).expect("fine");
        assert!(env.starts_with("BERTH_LABELS=berth.attempt=1,") && !env.contains('\n'));
        let json = render(&job("test"), ttl, Format::Json).expect("fine");
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["berth.job"], "test");
        assert_eq!(value.as_object().map(serde_json::Map::len), Some(10));
    }

    #[test]
    fn what_a_shell_would_split_is_refused() {
        let ttl = Duration::from_secs(60);
        assert!(render(&job("a b"), ttl, Format::Args).is_err());
        assert!(render(&job("$(x)"), ttl, Format::Args).is_err());
        assert!(render(&job("a,b"), ttl, Format::Env).is_err());
        assert!(render(&job("a b"), ttl, Format::Json).is_ok());
    }
}
