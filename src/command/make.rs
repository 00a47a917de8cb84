//! make.

use super::options::Grammar;
use super::wrapper::assigned;
use super::{Arg, Invocation};

/// `make -C DIR -f FILE VAR=… TARGET…`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Make {
    /// Each `-C`, one inside the other.
    pub directories: Vec<Arg>,
    /// Each `-f`; none means `GNUmakefile`, `makefile`, `Makefile`.
    pub files: Vec<Arg>,
    /// `VAR=value`, which wins over the makefile's own.
    pub variables: Vec<(String, Arg)>,
    /// The goals; none means the first target of the file.
    pub targets: Vec<Arg>,
    /// `-n`: nothing is run.
    pub dry_run: bool,
    /// `-k` or `-i`: goes on after a failure.
    pub keep_going: bool,
}

// GNU make's make(1).
const MAKE: Grammar = Grammar::any(&[
    "B/always-make b m C/directory= d debug? e/environment-overrides E/eval= f/file= makefile= h/help \
     i/ignore-errors I/include-dir= j/jobs? k/keep-going l/load-average? L/check-symlink-times n/just-print dry-run \
     recon o/old-file= O/output-sync? p/print-data-base q/question r/no-builtin-rules R/no-builtin-variables \
     s/silent quiet S/no-keep-going t/touch trace v/version w/print-directory no-print-directory no-silent \
     W/what-if= new-file= assume-new= warn-undefined-variables shuffle?",
]);

/// What a make call makes.
pub fn make(invocation: &Invocation<'_>) -> Option<Make> {
    if !matches!(invocation.program.as_str(), "make" | "gmake" | "$(MAKE)" | "${MAKE}") {
        return None;
    }
    let (options, words) = MAKE.parse(&invocation.argv);
    let mut make = Make {
        directories: options.values("directory"),
        files: options
            .given
            .iter()
            .filter(|given| matches!(given.name, "file" | "makefile"))
            .filter_map(|given| given.value.clone())
            .collect(),
        dry_run: ["just-print", "dry-run", "recon", "question"].iter().any(|name| options.has(name)),
        keep_going: options.has("keep-going") || options.has("ignore-errors"),
        ..Make::default()
    };
    for word in words {
        match assigned(&word) {
            Some((name, length)) => make.variables.push((name, word.after(length))),
            // `-j 4`: make takes a number that follows, though the value is optional.
            None if options.has("jobs") && word.text().is_some_and(|text| text.parse::<u32>().is_ok()) => {}
            None => make.targets.push(word),
        }
    }
    Some(make)
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    #[test]
    fn make_has_goals_and_variables() {
        let line = words("make -j 4 -C deploy --no-print-directory -f ci.mk test TAG=$X clean");
        let made = Invocation::parse(&line).as_ref().and_then(make).expect("make");
        let goals: Vec<&str> = made.targets.iter().filter_map(Arg::text).collect();
        assert_eq!(goals, ["test", "clean"]);
        assert!(made.directories[0].is("deploy") && made.files[0].is("ci.mk"));
        assert_eq!((made.variables[0].0.as_str(), made.variables[0].1.value.to_string().as_str()), ("TAG", "$X"));
    }
}
