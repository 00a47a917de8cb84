//! Volumes and mounts: `-v pgdata:/var/lib/postgresql/data`, `--mount type=bind,…`, `--tmpfs`.

use crate::command::Arg;
use crate::symbol::{Part, Value};

/// Something mounted into a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// What it is.
    pub kind: MountKind,
    /// The path or the volume's name; none for anonymous volumes and tmpfs.
    pub source: Option<Value>,
    /// Where in the container.
    pub target: Value,
    /// Nothing is written to it.
    pub read_only: bool,
    /// The option's value.
    pub arg: Arg,
}

/// The kinds of mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the daemon's machine.
    Bind,
    /// A volume with a name.
    Named,
    /// A volume that gets a random name.
    Anonymous,
    /// Memory.
    Tmpfs,
    /// `type=image`, `npipe`, `cluster`, …
    Other,
    /// A path or a name, only the run knows.
    Unknown,
}

impl Mount {
    /// Reads the value of `-v`/`--volume`: `[source:]target[:options]`.
    pub fn from_volume(arg: &Arg) -> Self {
        let mut pieces = arg.value.split(':');
        // `C:\x:/y`
        let drive = |pieces: &[Value]| {
            matches!(pieces, [letter, rest, ..] if letter.as_literal().is_some_and(|text| text.len() == 1)
                && rest.prefix().starts_with(['\\', '/']))
        };
        if drive(&pieces) && pieces.len() > 2 {
            let letter = pieces.remove(0);
            pieces[0] = letter.then(Value::literal(":")).then(pieces[0].clone());
        }
        let read_only =
            pieces.get(2).and_then(Value::as_literal).is_some_and(|text| text.split(',').any(|o| o == "ro"));
        let mut pieces = pieces.into_iter();
        let (source, target) = match (pieces.next(), pieces.next()) {
            (Some(source), Some(target)) => (Some(source), target),
            (only, _) => (None, only.unwrap_or_default()),
        };
        let kind = match &source {
            // `-v $VOLUME` may hold source and target both.
            None if !target.parts().is_empty() && target.prefix().is_empty() => MountKind::Unknown,
            None => MountKind::Anonymous,
            Some(source) => source_kind(source),
        };
        Self { kind, source, target, read_only, arg: arg.clone() }
    }

    /// Reads the value of `--mount`: `type=volume,source=x,target=/y`.
    pub fn from_mount(arg: &Arg) -> Self {
        let (mut kind, mut source, mut target, mut read_only) = (None, None, Value::default(), false);
        for field in arg.value.split(',') {
            let (key, value) = field.split_once('=').unwrap_or((field, Value::literal("true")));
            match key.as_literal() {
                Some("type") => kind = Some(value),
                Some("source" | "src") => source = Some(value),
                Some("target" | "destination" | "dst") => target = value,
                Some("readonly" | "ro") => read_only = value.as_literal() != Some("false"),
                _ => {}
            }
        }
        let kind = match kind.as_ref().map(Value::as_literal) {
            Some(Some("bind")) => MountKind::Bind,
            Some(Some("tmpfs")) => MountKind::Tmpfs,
            // Docker's default.
            None | Some(Some("volume")) if source.is_some() => MountKind::Named,
            None | Some(Some("volume")) => MountKind::Anonymous,
            Some(Some(_)) => MountKind::Other,
            Some(None) => MountKind::Unknown,
        };
        Self { kind, source, target, read_only, arg: arg.clone() }
    }

    /// Reads the value of `--tmpfs`: `/path[:options]`.
    pub fn from_tmpfs(arg: &Arg) -> Self {
        let target = arg.value.split(':').into_iter().next().unwrap_or_default();
        Self { kind: MountKind::Tmpfs, source: None, target, read_only: false, arg: arg.clone() }
    }
}

/// Variables and expressions that always hold a path.
const PATHS: [&str; 24] = [
    "pwd",
    "github.workspace",
    "gitea.workspace",
    "github_workspace",
    "gitea_workspace",
    "ci_project_dir",
    "home",
    "runner.temp",
    "runner_temp",
    "runner.workspace",
    "mktemp -d",
    "git rev-parse --show-toplevel",
    "go env gocache",
    "go env gomodcache",
    "go env gopath",
    "go env goroot",
    "npm config get cache",
    "npm root",
    "pip cache dir",
    "pnpm store path",
    "readlink -f",
    "realpath",
    "runner.tool_cache",
    "yarn cache dir",
];

/// Whether a variable, an expression or what a command prints always is a path.
pub fn holds_path(source: &str) -> bool {
    let name = source.trim_start_matches(['$', '{', '(', '`']).to_ascii_lowercase();
    PATHS.iter().any(|path| name.starts_with(path))
}

/// Whether a `-v` source is a path or a volume's name: a name holds no `/` and begins with a letter or digit.
pub fn source_kind(source: &Value) -> MountKind {
    if let Some(texts) = source.candidates() {
        let path = |text: &String| text.starts_with(['/', '.', '~', '\\']) || text.contains(['/', '\\']);
        return match (texts.iter().any(path), texts.iter().all(path)) {
            (_, true) => MountKind::Bind,
            (false, _) if texts.iter().all(|text| !text.is_empty()) => MountKind::Named,
            _ => MountKind::Unknown,
        };
    }
    let slash = source.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains('/')));
    if slash || source.prefix().starts_with(['.', '~']) {
        return MountKind::Bind;
    }
    match source.parts().first() {
        Some(Part::Opaque(opaque)) => {
            if holds_path(&opaque.source) {
                MountKind::Bind
            } else {
                MountKind::Unknown
            }
        }
        // `pg-$RUN`: a path would have shown a `/` by now, unless the variable holds one.
        Some(Part::Literal(_)) => MountKind::Named,
        _ => MountKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    fn arg(text: &str) -> Arg {
        Arg::new(value(text), 0..text.len())
    }

    #[test]
    fn volumes_are_of_a_kind() {
        use MountKind::{Anonymous, Bind, Named, Unknown};
        for (text, kind, source, target) in [
            ("pgdata:/data", Named, Some("pgdata"), "/data"),
            ("pg-$RUN:/data:ro", Named, Some("pg-$RUN"), "/data"),
            ("/srv/x:/data", Bind, Some("/srv/x"), "/data"),
            ("./x:/data", Bind, Some("./x"), "/data"),
            ("$PWD:/w", Bind, Some("$PWD"), "/w"),
            ("$DIR/x:/w", Bind, Some("$DIR/x"), "/w"),
            ("$RUNNER_TEMP:/w", Bind, Some("$RUNNER_TEMP"), "/w"),
            ("$DIR:/w", Unknown, Some("$DIR"), "/w"),
            ("/data", Anonymous, None, "/data"),
            ("$VOLUME", Unknown, None, "$VOLUME"),
            ("C:\\x:/w", Bind, Some("C:\\x"), "/w"),
        ] {
            let mount = Mount::from_volume(&arg(text));
            let source_text = mount.source.map(|source| source.to_string());
            assert_eq!(
                (mount.kind, source_text.as_deref(), mount.target.to_string().as_str()),
                (kind, source, target),
                "{text}"
            );
        }
    }

    #[test]
    fn what_always_is_a_path() {
        for source in ["$PWD", "$(go env GOCACHE)", "$(realpath data)", "runner.temp", "$RUNNER_TEMP"] {
            assert!(holds_path(source), "{source}");
        }
        for source in ["$DIR", "$(go env GOOS)", "$(cat name)"] {
            assert!(!holds_path(source), "{source}");
        }
    }

    #[test]
    fn mounts_are_of_a_kind() {
        use MountKind::{Anonymous, Bind, Named, Tmpfs};
        for (text, kind, target) in [
            ("type=bind,source=/x,target=/y,readonly", Bind, "/y"),
            ("type=volume,src=v,dst=/y", Named, "/y"),
            ("source=v,destination=/y", Named, "/y"),
            ("type=volume,target=/y", Anonymous, "/y"),
            ("type=tmpfs,target=/y", Tmpfs, "/y"),
        ] {
            let mount = Mount::from_mount(&arg(text));
            assert_eq!((mount.kind, mount.target.as_literal()), (kind, Some(target)), "{text}");
        }
        assert!(Mount::from_mount(&arg("type=bind,source=/x,target=/y,readonly")).read_only);
    }
}
