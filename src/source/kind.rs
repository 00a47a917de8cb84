//! What a file is: said once, by whoever follows it, and asked by all who read or write it.
//!
//! All in which kinds differ is a method here, and names by which they are known are a list here: a kind that is new
//! has its line in [`FileKind`], an arm in each method that lists them all, and its names. How it is read is a file in
//! `crate::follow`; nobody else needs an arm for it.

use std::borrow::Cow;

/// What a file is for those who read it.
///
/// A path says little: make reads `ci/tasks` as gladly as `Makefile`, and `build-makefile.sh` is a shell script.
///
/// One file may be read as several kinds, and then the last of this list counts (`follow::Files::follow`): who names a
/// file for what it is (make, just, a step that uses an action) knows more than who only opens it. A new kind that a
/// program of its own reads stands beside make's and just's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Nobody follows it as anything.
    #[default]
    Other,
    /// A compose file.
    Compose,
    /// A shell script.
    Script,
    /// A `package.json`, of which the scripts are followed.
    Package,
    /// Task's.
    Taskfile,
    /// just's.
    Justfile,
    /// make's, whatever it is called.
    Makefile,
    /// A local action.
    Action,
    /// A workflow.
    Workflow,
}

/// Names of YAML files that are followed, as patterns. What else is YAML is known by what it says.
///
/// `.pre-commit-hooks.yaml` hands over files of these names, and of [`NAMES`] and [`ENDINGS`]:
/// `BLESS=1 cargo test --test precommit manifest` writes them there.
pub const YAML_NAMES: [&str; 3] =
    [r"action\.ya?ml", r"(docker-)?compose([.-][^/]*)?\.ya?ml", r"[Tt]askfile(\.[^/]+)?\.ya?ml"];

/// Names by which a file is known before anybody follows it; but for npm's in any case.
pub const NAMES: [(&str, FileKind); 5] = [
    ("Makefile", FileKind::Makefile),
    ("GNUmakefile", FileKind::Makefile),
    ("justfile", FileKind::Justfile),
    (".justfile", FileKind::Justfile),
    ("package.json", FileKind::Package),
];

/// Endings of such names.
pub const ENDINGS: [(&str, FileKind); 8] = [
    ("sh", FileKind::Script),
    ("bash", FileKind::Script),
    ("dash", FileKind::Script),
    ("ksh", FileKind::Script),
    ("bats", FileKind::Script),
    ("mk", FileKind::Makefile),
    ("mak", FileKind::Makefile),
    ("just", FileKind::Justfile),
];

impl FileKind {
    /// What a file is by its name, where nobody has followed it yet: one that is given on the command line.
    pub fn named(name: &str) -> Option<Self> {
        // npm reads no other spelling.
        let is_it = |known: &str, kind: Self| match kind {
            Self::Package => known == name,
            _ => known.eq_ignore_ascii_case(name),
        };
        let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending);
        NAMES
            .iter()
            .find(|(known, kind)| is_it(known, *kind))
            .or_else(|| ENDINGS.iter().find(|(known, _)| Some(*known) == ending))
            .map(|(_, kind)| *kind)
    }

    /// Whether the runner puts values in for `${{ … }}` before anybody else reads its texts.
    pub fn has_expressions(self) -> bool {
        match self {
            Self::Workflow | Self::Action => true,
            Self::Other | Self::Compose | Self::Script | Self::Package => false,
            Self::Taskfile | Self::Justfile | Self::Makefile => false,
        }
    }

    /// Whether it is read because a job's commands call it.
    pub fn is_followed(self) -> bool {
        match self {
            Self::Compose | Self::Script | Self::Package | Self::Taskfile | Self::Justfile | Self::Makefile => true,
            Self::Workflow | Self::Action | Self::Other => false,
        }
    }

    /// Whether it is YAML, as which JSON counts.
    pub fn is_yaml(self) -> bool {
        match self {
            Self::Workflow | Self::Action | Self::Compose | Self::Taskfile | Self::Package => true,
            Self::Other | Self::Script | Self::Justfile | Self::Makefile => false,
        }
    }

    /// Whether its shell text stands in lines of a language of its own, whole lines of it. Each of them is a shell of
    /// its own, too. Where shell stands inside a string of that language (`sh "docker ps"`), the answer is no, and who
    /// reads the file gives the text without the places of its bytes (`follow::Builder::put`): then no fix is written
    /// into it. Of YAML and JSON the reader knows the places inside strings.
    pub fn has_recipes(self) -> bool {
        match self {
            Self::Makefile | Self::Justfile => true,
            Self::Other | Self::Compose | Self::Script | Self::Package => false,
            Self::Taskfile | Self::Action | Self::Workflow => false,
        }
    }

    /// Whether a script may be given variables of the shell in it: of make it is known how a `$` comes through; just,
    /// Task and npm read their files in ways of their own.
    pub fn takes_variables(self) -> bool {
        match self {
            Self::Justfile | Self::Taskfile | Self::Package => false,
            Self::Other | Self::Compose | Self::Script | Self::Makefile | Self::Action | Self::Workflow => true,
        }
    }

    /// Whether a line belongs to a recipe, in a kind that has them.
    pub fn is_recipe_line(self, line: &str) -> bool {
        match self {
            Self::Makefile => line.starts_with('\t'),
            _ => self.has_recipes() && line.starts_with([' ', '\t']),
        }
    }

    /// A variable of the environment with what stands for it where it is not set, as a command of such a file says it.
    pub fn variable(self, name: &str, otherwise: &str) -> String {
        match self {
            // A variable of make's own, as make has all of the environment.
            Self::Makefile => format!("$({name})"),
            _ => format!("${{{name}:-{otherwise}}}"),
        }
    }

    /// Shell text as it is written in such a file: make takes `$$` for the `$` that it hands to the shell.
    pub fn written(self, shell: &str) -> Cow<'_, str> {
        match self {
            Self::Makefile if shell.contains('$') => Cow::Owned(shell.replace('$', "$$")),
            _ => Cow::Borrowed(shell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_can() {
        let cases = [
            ("Makefile", Some(FileKind::Makefile)),
            ("GNUmakefile", Some(FileKind::Makefile)),
            ("rules.mak", Some(FileKind::Makefile)),
            ("build-makefile.sh", Some(FileKind::Script)),
            ("Justfile", Some(FileKind::Justfile)),
            ("package.json", Some(FileKind::Package)),
            ("Package.json", None),
            ("tasks", None),
            (".sh", None),
        ];
        for (name, wanted) in cases {
            assert_eq!(FileKind::named(name), wanted, "{name}");
        }
    }

    #[test]
    fn make_marks_its_recipes_by_a_tab() {
        assert!(FileKind::Makefile.is_recipe_line("\tdocker ps") && !FileKind::Makefile.is_recipe_line("  docker ps"));
        assert!(FileKind::Justfile.is_recipe_line("  docker ps") && !FileKind::Justfile.is_recipe_line("up: build"));
        assert!(!FileKind::Script.is_recipe_line("\tdocker ps"));
    }

    #[test]
    fn make_has_the_environment_as_its_own() {
        assert_eq!(FileKind::Makefile.variable("A", "b"), "$(A)");
        assert_eq!(FileKind::Justfile.variable("A", "b"), "${A:-b}");
    }

    #[test]
    fn make_reads_a_dollar_first() {
        assert_eq!(FileKind::Makefile.written("${A:-1} $B"), "$${A:-1} $$B");
        assert_eq!(FileKind::Script.written("${A:-1} $B"), "${A:-1} $B");
    }
}
