//! What may be meant to stay although its job is called a test: an environment for people to look at.

use crate::analysis::says_deploy;
use crate::rewrite::{Place, Withheld};
use crate::symbol::{Dimensions, Value};
use crate::workflow::{Datum, Scalar};

/// What people call an environment of a branch or pull request, at the beginning of its name.
const FOR_A_BRANCH: [&str; 4] = ["demo", "preview", "review", "reviewapp"];

/// Refuses to take away, or to rename in each run, what a job may bring up for people.
///
/// # Errors
/// When the job's `environment:` or the name of the thing says so.
pub(in crate::rewrite) fn may_go(place: &Place<'_>, name: Option<&Value>) -> Result<(), Withheld> {
    if let Some(environment) = environment(place) {
        return Err(Withheld::because(format!(
            "the job brings up the environment `{environment}`, so what it starts may be meant to stay"
        )));
    }
    match name.filter(|name| is_for_people(name)) {
        Some(name) => Err(Withheld::because(format!(
            "its name `{name}` says an environment that may be meant to stay until the next run replaces it"
        ))),
        None => Ok(()),
    }
}

/// The job's environment, where people reach it or its name says that it stays. Others only hold a test's secrets.
fn environment(place: &Place<'_>) -> Option<String> {
    let text = |scalar: &Scalar| scalar.value().to_owned();
    let (name, has_url) = match &place.job.job.environment.as_ref()?.value {
        Datum::Scalar(name) => (text(name), false),
        Datum::Mapping(entries) => {
            let of = |key: &str| entries.iter().find(|(name, _)| name.value() == key).map(|(_, value)| value);
            let name = match of("name") {
                Some(Datum::Scalar(name)) => text(name),
                _ => String::new(),
            };
            (name, of("url").is_some())
        }
        Datum::Sequence(_) => return None,
    };
    let begins = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    (has_url || says_deploy(&name) || FOR_A_BRANCH.contains(&&*begins)).then_some(name)
}

/// `review-${{ github.event.number }}`, `staging-web`.
fn is_for_people(name: &Value) -> bool {
    let unique = name.unique();
    let begins = name.prefix().split(['-', '_', '.']).next().unwrap_or_default().to_ascii_lowercase();
    let of_branch = unique.dimensions.has(Dimensions::REF) && FOR_A_BRANCH.contains(&&*begins);
    unique.is_static().is_yes() && (of_branch || says_deploy(name.prefix()))
}
