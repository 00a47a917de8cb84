//! The labels that say which run a container, network or volume belongs to.
//!
//! The one file that the linter (which emits these labels into rewritten workflows) and berth-run
//! (which stamps and filters on them) share.

/// `berth.managed=1`: made by berth-run, or by a step that berthlint rewrote.
pub const MANAGED: &str = "berth.managed";
/// The random token of one job, minted by its first `berth-run up`.
pub const TOKEN: &str = "berth.token";
/// `GITHUB_SERVER_URL`.
pub const SERVER: &str = "berth.server";
/// `GITHUB_REPOSITORY`.
pub const REPO: &str = "berth.repo";
/// `GITHUB_RUN_ID`.
pub const RUN: &str = "berth.run";
/// `GITHUB_RUN_ATTEMPT`; `1` when empty (gitea-runner before v0.3.1 does not set it).
pub const ATTEMPT: &str = "berth.attempt";
/// `GITHUB_JOB`.
pub const JOB: &str = "berth.job";
/// A hash of `toJSON(matrix)`; `0` outside a matrix.
pub const LEG: &str = "berth.leg";
/// The number in `GITEA-ACTIONS-TASK-<n>` / `FORGEJO-ACTIONS-TASK-<n>` of JOB_CONTAINER_NAME.
pub const TASK: &str = "berth.task";
/// Unix seconds after which a sweep may take it.
pub const EXPIRES: &str = "berth.expires";
/// The container's own name. `docker commit` copies labels into images, so a container whose
/// `berth.self` is not its name only inherited them.
pub const SELF: &str = "berth.self";
/// On the guard only: the id of the job container whose end it waits for.
pub const GUARD: &str = "berth.guard";
/// On the guard's image only. A key of its own: containers inherit their image's labels, and what
/// runs from this image (doctor's answering container) is no guard.
pub const GUARD_IMAGE: &str = "berth.guard-image";
/// The random mark of the one `berth-run up` that made it: what a failed or interrupted `up` takes
/// back, and no other.
pub const UP: &str = "berth.up";
/// The id of the job container that a thing was made in; absent in host mode. When that container has ended and no
/// guard runs for the token, whichever berth-run comes next on the daemon does the guard's work.
pub const OF: &str = "berth.of";

/// The environment variable that carries `toJSON(matrix)` into the run.
pub const LEG_VARIABLE: &str = "BERTH_LEG";
/// The environment variable that carries the job's token from step to step.
pub const TOKEN_VARIABLE: &str = "BERTH_TOKEN";
/// What stands in `BERTH_<NAME>_HOST` until the sibling is ready. `.invalid` never resolves
/// (RFC 6761), while an empty host means localhost, the neighbour's database, to many clients.
pub const UNSET_HOST: &str = "unset.invalid";

/// Something that has outlived its job, for whoever can tell which line of a checkout made it.
#[derive(Clone, Copy, Debug)]
pub struct Leftover<'l> {
    /// `container`, `network` or `volume`.
    pub kind: &'l str,
    /// Its name.
    pub name: &'l str,
    /// A container's image, as it was asked for.
    pub image: Option<&'l str>,
    /// The job that its labels name.
    pub job: Option<&'l str>,
}

/// Which run, job and matrix leg this is. Identifiers, not authority: a step's `env:` can forge
/// every one of them, so removal goes by the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `GITHUB_SERVER_URL`; one daemon may serve several forges with equal run ids.
    pub server: String,
    /// `GITHUB_REPOSITORY`.
    pub repo: String,
    /// `GITHUB_RUN_ID`.
    pub run: String,
    /// `GITHUB_RUN_ATTEMPT`, or `1`.
    pub attempt: String,
    /// `GITHUB_JOB`.
    pub job: String,
    /// Twelve hex digits over `toJSON(matrix)`, or `0`.
    pub leg: String,
    /// The runner's task number, or `0` where the runner names none.
    pub task: String,
}

/// The variables an [`Identity`] cannot do without, and this environment lacks or has in no usable form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingIdentity {
    /// Not there, or blank.
    pub unset: Vec<&'static str>,
    /// With a control character in it, which no label may have.
    pub invalid: Vec<&'static str>,
}

impl std::fmt::Display for MissingIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut between = "";
        for (names, what) in
            [(&self.unset, "not set"), (&self.invalid, "invalid (a line break or another control character)")]
        {
            if !names.is_empty() {
                write!(f, "{between}{} {what}", names.join(", "))?;
                between = "; ";
            }
        }
        Ok(())
    }
}

impl std::error::Error for MissingIdentity {}

impl Identity {
    /// Reads the identity through `variable`, which answers with an environment variable's value.
    ///
    /// # Errors
    /// Lists every required variable that is unset, empty, or holds a control character.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, MissingIdentity> {
        let mut missing = MissingIdentity::default();
        let mut required = |name: &'static str| {
            let value = variable(name);
            let list = match &value {
                Some(text) if !text.trim().is_empty() => &mut missing.invalid,
                _ => &mut missing.unset,
            };
            usable(value).unwrap_or_else(|| {
                list.push(name);
                String::new()
            })
        };
        let server = required("GITHUB_SERVER_URL");
        let repo = required("GITHUB_REPOSITORY");
        let run = required("GITHUB_RUN_ID");
        let job = required("GITHUB_JOB");
        if missing != MissingIdentity::default() {
            return Err(missing);
        }
        Ok(Self {
            server,
            repo,
            run,
            attempt: usable(variable("GITHUB_RUN_ATTEMPT")).unwrap_or_else(|| "1".to_owned()),
            job,
            leg: leg(variable(LEG_VARIABLE).as_deref().unwrap_or_default()),
            task: variable("JOB_CONTAINER_NAME").as_deref().and_then(task_number).unwrap_or("0").to_owned(),
        })
    }

    /// The label tuple, without [`SELF`]: `token` is the job's, `expires` is in Unix seconds.
    pub fn labels(&self, token: &str, expires: u64) -> Vec<(&'static str, String)> {
        vec![
            (MANAGED, "1".to_owned()),
            (TOKEN, token.to_owned()),
            (SERVER, self.server.clone()),
            (REPO, self.repo.clone()),
            (RUN, self.run.clone()),
            (ATTEMPT, self.attempt.clone()),
            (JOB, self.job.clone()),
            (LEG, self.leg.clone()),
            (TASK, self.task.clone()),
            (EXPIRES, expires.to_string()),
        ]
    }

    /// Sixteen hex digits over the whole tuple and `salt`, for names of files that only this job
    /// may read.
    pub fn digest(&self, salt: &str) -> String {
        let parts = [&self.server, &self.repo, &self.run, &self.attempt, &self.job, &self.leg, &self.task];
        let mut text = String::new();
        for part in parts {
            text.push_str(part);
            text.push('\n');
        }
        text.push_str(salt);
        short_hash(&text, 16)
    }
}

/// The leg of a matrix: a hash of `toJSON(matrix)`. Outside a matrix the expression yields nothing,
/// `null` or `{}`, depending on the runner; all three are leg `0`.
pub fn leg(matrix: &str) -> String {
    match matrix.trim() {
        "" | "null" | "{}" => "0".to_owned(),
        matrix => short_hash(matrix, 12),
    }
}

/// The number in `GITEA-ACTIONS-TASK-<n>…` or `FORGEJO-ACTIONS-TASK-<n>…`.
pub fn task_number(job_container: &str) -> Option<&str> {
    let rest = job_container
        .strip_prefix("GITEA-ACTIONS-TASK-")
        .or_else(|| job_container.strip_prefix("FORGEJO-ACTIONS-TASK-"))?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// The first `digits` hex digits of the text's SHA-256.
pub fn short_hash(text: impl AsRef<[u8]>, digits: usize) -> String {
    use sha2::{Digest, Sha256};
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_ref()) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex.truncate(digits);
    hex
}

/// A value that may stand in a label: not blank, and free of control characters, which would let
/// one variable add a second line to a label file.
fn usable(value: Option<String>) -> Option<String> {
    value.filter(|v| !v.trim().is_empty() && !v.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Identity, MissingIdentity> {
        Identity::read(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    const WHOLE: [(&str, &str); 4] = [
        ("GITHUB_SERVER_URL", "https://forge.example"),
        ("GITHUB_REPOSITORY", "team/app"),
        ("GITHUB_RUN_ID", "4711"),
        ("GITHUB_JOB", "test"),
    ];

    #[test]
    fn names_every_missing_variable_at_once() {
        let error = read(&[("GITHUB_RUN_ID", " "), ("GITHUB_JOB", "a\nb")]).expect_err("incomplete");
        assert_eq!(error.unset, ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"]);
        assert_eq!(error.invalid, ["GITHUB_JOB"], "it is set, and wrong");
        assert!(error.to_string().contains("GITHUB_RUN_ID not set; GITHUB_JOB invalid"), "{error}");
    }

    #[test]
    fn old_runners_and_plain_jobs_get_the_defaults() {
        let mut vars = WHOLE.to_vec();
        vars.push(("GITHUB_RUN_ATTEMPT", ""));
        vars.push((LEG_VARIABLE, "null"));
        let identity = read(&vars).expect("complete");
        assert_eq!((&*identity.attempt, &*identity.leg, &*identity.task), ("1", "0", "0"));
    }

    #[test]
    fn legs_differ_and_the_task_number_is_read() {
        assert_ne!(leg(r#"{"go":"1.22"}"#), leg(r#"{"go":"1.23"}"#));
        assert_eq!(leg(r#"{"go":"1.22"}"#).len(), 12);
        assert_eq!(task_number("GITEA-ACTIONS-TASK-87_WORKFLOW-ci_JOB-test"), Some("87"));
        assert_eq!(task_number("FORGEJO-ACTIONS-TASK-9"), Some("9"));
        assert_eq!(task_number("GITEA-ACTIONS-TASK-x"), None);
        assert_eq!(task_number("my-GITEA-ACTIONS-TASK-1"), None);
    }

    #[test]
    fn no_label_is_ever_empty() {
        let labels = read(&WHOLE).expect("complete").labels("cafe", 1);
        assert_eq!(labels.len(), 10);
        assert!(labels.iter().all(|(_, value)| !value.is_empty()));
    }
}
