//! What labels say on GitHub. On Gitea and Forgejo these names say nothing.

/// GitHub's own machines, retired ones too; `*` stands for any text
/// (<https://docs.github.com/en/actions/reference/runners/github-hosted-runners>, actions/runner-images).
#[rustfmt::skip]
pub const HOSTED: &[&str] = &[
    "ubuntu-latest", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04", "ubuntu-20.04", "ubuntu-18.04", "ubuntu-16.04",
    "ubuntu-22.04-arm", "ubuntu-24.04-arm", "ubuntu-26.04-arm", "ubuntu-slim",
    "windows-latest", "windows-2025", "windows-2025-vs2026", "windows-2022", "windows-2019", "windows-2016",
    "windows-11-arm",
    "macos-latest", "macos-26", "macos-15", "macos-14", "macos-13", "macos-12", "macos-11", "macos-10.15",
    "macos-26-intel", "macos-15-intel",
    "macos-*-large", "macos-*-xlarge",
];

/// Providers that start one machine per job, by what their labels start with.
#[rustfmt::skip]
const PROVIDERS: &[&str] = &[
    "blacksmith-", "ubicloud-", "depot-", "buildjet-", "warp-", "namespace-profile-", "nscloud-", "runs-on=", "runner=",
];

/// Programs that make one machine for each job out of an owner's own, and destroy it behind the job, by what their
/// labels start with: Fireactions (hostinger/fireactions, docs/index.md), Actuated (docs.actuated.dev/faq), Cirun
/// (docs.cirun.io/reference/idle-runners). Their jobs ask for `self-hosted` as well.
const ONE_PER_JOB: &[&str] = &["fireactions", "actuated-", "cirun-"];

/// What a label says on GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// One of GitHub's machines.
    Hosted,
    /// A machine that serves one job.
    Provider,
    /// A machine of the owner's that is made for one job.
    OnePerJob,
    /// A machine of the owner's.
    SelfHosted,
    /// Nobody's: a machine of the owner's, most likely.
    Custom,
    /// An expression that stays unknown.
    Unknown,
}

/// What a label says; `known` is the text before the first unknown part, `whole` whether that is all of it.
pub(super) fn meaning(known: &str, whole: bool) -> Meaning {
    let label = known.to_ascii_lowercase();
    if ONE_PER_JOB.iter().any(|start| label.starts_with(start)) {
        return Meaning::OnePerJob;
    }
    if PROVIDERS.iter().any(|start| label.starts_with(start)) || (whole && label == "runs-on") {
        return Meaning::Provider;
    }
    if whole {
        return match label.as_str() {
            "self-hosted" => Meaning::SelfHosted,
            _ if HOSTED.iter().any(|hosted| glob(hosted, &label)) => Meaning::Hosted,
            label if may_be_larger(label) => Meaning::Unknown,
            _ => Meaning::Custom,
        };
    }
    // What a name that starts so can still become: `docker-build-${{ x }}` is none of GitHub's.
    let literal = |name: &str| name.split('*').next().unwrap_or_default().to_owned();
    let names = HOSTED
        .iter()
        .chain(PROVIDERS)
        .chain(ONE_PER_JOB)
        .map(|name| literal(name))
        .chain(["self-hosted".into(), "runs-on".into()]);
    let open = names.into_iter().any(|name| name.starts_with(&label) || (label.starts_with(&name) && name == "macos-"));
    if open { Meaning::Unknown } else { Meaning::Custom }
}

/// Whether a label is named like one of GitHub's larger machines, whose names their owners choose:
/// `ubuntu-latest-4-cores`, `windows-2022-16core`
/// (<https://docs.github.com/en/actions/using-github-hosted-runners/using-larger-runners>).
fn may_be_larger(label: &str) -> bool {
    let mut parts = label.splitn(3, '-');
    let system = parts.next().is_some_and(|system| matches!(system, "ubuntu" | "windows" | "macos"));
    let version =
        parts.next().is_some_and(|version| version == "latest" || version.starts_with(|c: char| c.is_ascii_digit()));
    system && version && parts.next().is_some_and(|rest| rest.contains("core"))
}

/// Whether `pattern`, in which `*` stands for any text, fits all of `text`.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(tail) = text.strip_prefix(head) else { return false };
    let mut starts = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    starts.any(|at| glob(rest, &tail[at..]))
}
