//! The job's token: random, minted once per job, and what `down` removes by.
//!
//! Two callers of one reusable workflow share every `GITHUB_*` value, so the identity alone cannot
//! tell them apart. The token travels in `$GITHUB_ENV`; within the step that minted it, where that
//! is not visible yet, it is found in a file under RUNNER_TEMP.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Error, Result, files};
use crate::door::helper;
use crate::identity::{Identity, TOKEN_VARIABLE};

/// 32 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token from outside.
    ///
    /// # Errors
    /// It is not 32 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self> {
        let hex = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        if text.len() == 32 && text.as_bytes().iter().all(hex) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::usage(
            "the token is not 32 lower-case hex digits",
            format!("leave {TOKEN_VARIABLE} to `berth-run up`, and set it nowhere else"),
        ))
    }

    /// The whole token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The twelve digits that stand in names.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    /// The token of this job, when one was minted.
    ///
    /// # Errors
    /// The token in the environment or its file is not to be trusted.
    pub fn find(identity: &Identity) -> Result<Option<Self>> {
        if let Some(text) = variable(TOKEN_VARIABLE) {
            return Self::parse(&text).map(Some);
        }
        let Some(path) = place(identity) else { return Ok(None) };
        if let Some(token) = read(&path)? {
            return Ok(Some(token));
        }
        // Made where the runner's files were not to be seen. In a RUNNER_TEMP that jobs share it may be another's.
        match unplaced(identity).filter(|other| *other != path) {
            Some(other) if read(&other)?.is_some() => Err(Error::failed(
                format!(
                    "this run has a token in {}, made by a berth-run that saw none of the runner's files ($GITHUB_ENV …)",
                    other.display()
                ),
                format!(
                    "run both with the same environment; if that file is this job's, hand its content on as {TOKEN_VARIABLE}"
                ),
            )),
            _ => Ok(None),
        }
    }

    /// The token of this job, minted when there is none yet.
    ///
    /// # Errors
    /// There is nowhere to keep it, or what is there is not to be trusted.
    pub fn find_or_mint(identity: &Identity) -> Result<Self> {
        if let Some(token) = Self::find(identity)? {
            return Ok(token);
        }
        let minted = Self(random_hex(16)?);
        let kept = match place(identity) {
            Some(path) => keep(&path, &minted)?,
            None => minted,
        };
        let line = (TOKEN_VARIABLE.to_owned(), kept.0.clone());
        let told = files::append("GITHUB_ENV", std::slice::from_ref(&line))?;
        if !told && place(identity).is_none() {
            return Err(Error::usage(
                "neither RUNNER_TEMP nor GITHUB_ENV is set: `berth-run down` could never find what this makes",
                "set RUNNER_TEMP to a directory of this job alone",
            ));
        }
        Ok(kept)
    }
}

/// `bytes` random bytes from the kernel, as lower-case hex.
///
/// # Errors
/// /dev/urandom cannot be read.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0_u8; bytes];
    helper::random(&mut buffer).map_err(|error| {
        Error::failed(
            format!("cannot read /dev/urandom: {error}"),
            "run the job in a container or on a host with a usual /dev",
        )
    })?;
    Ok(buffer.iter().map(|b| format!("{b:02x}")).collect())
}

/// The variables that name the runner's command files, which all lie in one directory.
const COMMAND_FILES: [&str; 5] = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"];

/// The token's file. Its name also depends on where the runner keeps its command files: in host
/// mode RUNNER_TEMP may be one directory for all jobs, the command files never are.
fn place(identity: &Identity) -> Option<PathBuf> {
    let file = COMMAND_FILES.iter().find_map(|name| variable(name));
    let commands = file.and_then(|path| Path::new(&path).parent().map(Path::to_path_buf)).unwrap_or_default();
    salted(identity, &commands.to_string_lossy())
}

/// The token's file where no command file is known.
fn unplaced(identity: &Identity) -> Option<PathBuf> {
    salted(identity, "")
}

fn salted(identity: &Identity, salt: &str) -> Option<PathBuf> {
    let temp = variable("RUNNER_TEMP")?;
    Some(Path::new(&temp).join(format!("berth-token-{}", identity.digest(salt))))
}

fn read(path: &Path) -> Result<Option<Token>> {
    let untrusted = |why: String| {
        Error::failed(
            format!("the token file {} {why}", path.display()),
            "remove it; RUNNER_TEMP should be a directory of this job alone",
        )
    };
    let text = helper::private(path).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => untrusted("is not a file that only this user may read".to_owned()),
        _ => untrusted(format!("cannot be read: {error}")),
    })?;
    let Some(text) = text else { return Ok(None) };
    Token::parse(text.trim()).map(Some).map_err(|_| untrusted("does not hold a token".to_owned()))
}

/// Writes the token so that of several `up` at once all end with the same one.
fn keep(path: &Path, token: &Token) -> Result<Token> {
    let failed = |error: std::io::Error| {
        let advice = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "free some room there: the disk of RUNNER_TEMP is full"
            }
            _ => "RUNNER_TEMP must be a directory this job may write to",
        };
        Error::failed(format!("cannot write the token file {}: {error}", path.display()), advice)
    };
    let draft = path.with_extension(random_hex(4)?);
    match helper::make(path, &draft, &format!("{}\n", token.0)).map_err(failed)? {
        true => Ok(token.clone()),
        false => read(path)?.ok_or_else(|| failed(ErrorKind::NotFound.into())),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_whole_lower_case_hex_is_a_token() {
        assert!(Token::parse(&"a0".repeat(16)).is_ok());
        for wrong in ["", "a0", &"A0".repeat(16), &"g0".repeat(16), &"a".repeat(33)] {
            assert!(Token::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_second_writer_gets_the_first_ones_token() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("berth-token-x");
        let first = Token("1".repeat(32));
        assert_eq!(keep(&path, &first).expect("kept"), first);
        assert_eq!(keep(&path, &Token("2".repeat(32))).expect("kept"), first);
        assert_eq!(read(&path).expect("readable"), Some(first));
        let entries = fs::read_dir(dir.path()).expect("listable").count();
        assert_eq!(entries, 1, "no draft may stay");
    }

    #[test]
    fn a_file_others_can_read_or_a_link_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let open = dir.path().join("open");
        fs::write(&open, "1".repeat(32)).expect("written");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("mode");
        assert!(read(&open).is_err());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&open, &link).expect("linked");
        assert!(read(&link).is_err());
    }
}
