//! This job: who it is, and what everything it makes is labelled with.

use std::collections::HashMap;

use super::token::Token;
use super::{Error, Result, units};
use crate::identity::{self, Identity};

/// Identity and token together.
#[derive(Debug, Clone)]
pub struct Job {
    /// From the environment.
    pub identity: Identity,
    /// Minted by the first command that needed it.
    pub token: Token,
}

impl Job {
    /// This job's identity.
    ///
    /// # Errors
    /// Required variables are missing (exit code 2).
    pub fn identity() -> Result<Identity> {
        Identity::read(|name| std::env::var(name).ok()).map_err(|missing| {
            Error::usage(
                format!("this run cannot be told from others: {missing}"),
                "run inside a CI job; elsewhere set GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID and GITHUB_JOB",
            )
        })
    }

    /// This job, with a token minted when it has none yet.
    ///
    /// # Errors
    /// As [`Job::identity`]; or the token cannot be kept.
    pub fn find_or_mint() -> Result<Self> {
        let identity = Self::identity()?;
        let token = Token::find_or_mint(&identity)?;
        Ok(Self { identity, token })
    }

    /// This job, or nothing when nothing was made in it.
    ///
    /// # Errors
    /// As [`Job::identity`]; or the token is not to be trusted.
    pub fn find() -> Result<Option<Self>> {
        let identity = Self::identity()?;
        Ok(Token::find(&identity)?.map(|token| Self { identity, token }))
    }

    /// A container name no other job has: `berth-<base>-<token>`.
    pub fn unique_name(&self, base: &str) -> String {
        format!("berth-{base}-{}", self.token.short())
    }

    /// The label tuple without `berth.self`, for things whose name is not known or that have none.
    pub fn labels(&self, ttl: std::time::Duration) -> HashMap<String, String> {
        let expires = units::now().saturating_add(ttl.as_secs());
        self.identity
            .labels(self.token.as_str(), expires)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// The label tuple of the container `name`.
    pub fn container_labels(&self, name: &str, ttl: std::time::Duration) -> HashMap<String, String> {
        let mut labels = self.labels(ttl);
        labels.insert(identity::SELF.to_owned(), name.to_owned());
        labels
    }
}
