//! xargs: arguments that come from standard input.

use super::Arg;
use super::options::Grammar;

/// How xargs hands on what it reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Xargs {
    /// `-r`: nothing runs when nothing is read. Without it GNU xargs runs the command once.
    pub no_run_if_empty: bool,
    /// `-I {}`: the text that is replaced in the arguments; then nothing runs on empty input either
    /// (GNU xargs runs once per line), and nothing is appended.
    pub replace: Option<String>,
    /// `-n 1`, `-L 1`: so many at a time.
    pub at_a_time: Option<Arg>,
    /// `-0`, `-d X`: split at this rather than at blanks.
    pub delimited: bool,
}

// findutils' xargs(1); `-i`, `-l` and `-e` take a value only when attached.
const XARGS: Grammar = Grammar::first(&[
    "0/null a/arg-file= d/delimiter= E= e/eof? I= i/replace? L= l/max-lines? n/max-args= o/open-tty P/max-procs= \
     p/interactive process-slot-var= r/no-run-if-empty s/max-chars= show-limits t/verbose x/exit",
]);

/// Reads xargs' own options; also how many of `args` they are.
pub(super) fn parse(args: &[Arg]) -> (Xargs, usize) {
    let (options, rest) = XARGS.parse(args);
    let replace = options.value("I").map(|value| value.value.to_string());
    let replace = replace.or_else(|| {
        let given = options.given.iter().find(|given| given.name == "replace")?;
        Some(given.value.as_ref().map_or_else(|| "{}".to_owned(), |value| value.value.to_string()))
    });
    let xargs = Xargs {
        no_run_if_empty: options.has("no-run-if-empty"),
        replace,
        at_a_time: options.value("max-args").or_else(|| options.value("L")),
        delimited: options.has("null") || options.has("delimiter"),
    };
    (xargs, args.len() - rest.len())
}

impl Xargs {
    /// Whether the command runs although nothing was read.
    pub fn runs_on_empty(&self) -> bool {
        !self.no_run_if_empty && self.replace.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Invocation;
    use super::super::testing::words;

    #[test]
    fn reads_its_own_options() {
        let cases = [
            ("xargs docker rm -f", false, None, 2),
            ("xargs -r docker rm -f", true, None, 2),
            ("xargs --no-run-if-empty -n 1 -P4 docker rm -f", true, None, 2),
            ("xargs -0 -I{} docker rm -f {}", false, Some("{}"), 3),
            ("xargs -I % sh -c 'docker rm %'", false, Some("%"), 2),
            ("xargs -i docker rm {}", false, Some("{}"), 2),
            ("xargs -rn1 docker rm", true, None, 1),
        ];
        for (line, no_run, replace, count) in cases {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).expect("a command");
            let xargs = found.from_stdin.expect("xargs");
            assert_eq!(
                (xargs.no_run_if_empty, xargs.replace.as_deref(), found.argv.len()),
                (no_run, replace, count),
                "{line}"
            );
        }
    }
}
