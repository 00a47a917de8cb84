//! The proofs that the files alone allow: (a) they parse, (b) they mean what is meant, (c) nothing else changes.
//! Proof (d) needs another check: `compare`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::apply::{Unexpected, apply, by_file};
use super::second_parser::{self, Differs};
use super::{code, commands, comments, expressions, lines};
use crate::edit::{Change, Edit, Fix, Meaning, NewFile};
use crate::shell;
use crate::source::Source;
use crate::yaml::Tree;

/// The proof that failed, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The edits do not fit.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// A file it changes cannot be read.
    #[error("`{0}` cannot be read")]
    NoFile(String),
    /// A file it makes is there.
    #[error("`{0}` is there already")]
    Exists(String),
    /// (a)
    #[error("`{0}` would no longer parse ({1}): change it by hand")]
    Syntax(String, String),
    /// (b)
    #[error("the fix states no meaning for its change of `{0}`")]
    Unsaid(String),
    /// (b) for YAML
    #[error("more of `{0}` would change than the fix is about ({1}): change it by hand")]
    Meaning(String, Differs),
    /// (b) for YAML that not every parser takes for any
    #[error("not every YAML parser reads `{0}` ({1}): mend that first")]
    Misread(String, String),
    /// (b) for what runners put into scripts
    #[error("a script in `{0}` would hold the value of `{1}` as code, as it did not before")]
    Code(String, String),
    /// (b) for scripts
    #[error("more commands of `{0}` would change than the fix is about: change it by hand")]
    Commands(String),
    /// (c)
    #[error("a line of `{0}` outside the edits would change: `{1}`")]
    Line(String, String),
    /// (c)
    #[error("new lines of `{0}` would not end as its own do")]
    LineBreaks(String),
    /// (c)
    #[error("`{0}` would lose a comment: `{1}`")]
    Comment(String, String),
    /// (d)
    #[error("the rewrite would not be enough, and the finding would still be there")]
    Remains,
    /// (d)
    #[error("the rewrite would cause another finding, `{0}`, in `{1}`")]
    NewFinding(String, Arc<str>),
    /// (d)
    #[error("the files could not be judged any more: {0}")]
    NotJudged(String),
    /// (e)
    #[error("it would undo what another fix has written: fix that first, then check again")]
    Undone,
    /// (f)
    #[error("{0}")]
    Behaviour(String),
    /// (f), where it may be asked for all the same
    #[error("it is not safe: {0}")]
    Unsafe(String),
    /// (f), for one of several things that go together
    #[error("by itself it repairs nothing, because another fix of the same job failed: {0}")]
    Half(String),
    /// Standard input is one file.
    #[error("it changes other files, too; give the path instead of `-`")]
    OtherFiles,
}

impl Unproven {
    /// The proof, by its letter in the documentation.
    pub fn proof(&self) -> &'static str {
        match self {
            Self::Syntax(..) => "a",
            Self::Unsaid(_) | Self::Meaning(..) | Self::Misread(..) | Self::Code(..) | Self::Commands(_) => "b",
            Self::Line(..) | Self::LineBreaks(_) | Self::Comment(..) => "c",
            Self::Remains | Self::NewFinding(..) | Self::NotJudged(_) => "d",
            Self::Undone => "e",
            Self::Behaviour(_) | Self::Unsafe(_) | Self::Half(_) => "f",
            Self::Unexpected(_) | Self::NoFile(_) | Self::Exists(_) | Self::OtherFiles => "files",
        }
    }
}

/// The new texts of the files that fixes change together, each file proven by itself. The fixes do not overlap.
///
/// # Errors
/// [`Unproven`]: the first proof that fails.
pub(super) fn texts(
    fixes: &[&Fix],
    text_of: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Unproven> {
    let mut files = BTreeMap::new();
    let mut shares = shares(fixes);
    for (path, edits) in by_file(fixes.iter().copied()) {
        let old = text_of(&path).ok_or_else(|| Unproven::NoFile(path.to_string()))?;
        let new = apply(&old, edits.iter().copied())?;
        let own = shares.remove(&path).unwrap_or_default().into_iter();
        let said = own.map(|(edits, meaning)| Some((edits, meaning?))).collect::<Option<Vec<_>>>();
        let comments: Vec<&String> = fixes.iter().filter_map(|fix| fix.comments.get(&path)).flatten().collect();
        let said = said.ok_or_else(|| Unproven::Unsaid(path.to_string()))?;
        edited(&path, (&old, &new), &edits, &said, &comments)?;
        files.insert(path.to_string(), new);
    }
    for file in fixes.iter().flat_map(|fix| &fix.creates) {
        if files.contains_key(file.path.as_ref()) || text_of(&file.path).is_some() {
            return Err(Unproven::Exists(file.path.to_string()));
        }
        created(file)?;
        files.insert(file.path.to_string(), file.text.clone());
    }
    Ok(files)
}

/// Proves all together; where that fails each half by itself, until those that fail stand alone. Says whether all of
/// them hold together.
pub(super) fn by_halves<T>(
    all: &[T],
    prove: &dyn Fn(&[T]) -> Result<(), Unproven>,
    failed: &mut dyn FnMut(&T, Unproven),
) -> bool {
    let Err(unproven) = prove(all) else { return true };
    if let [only] = all {
        failed(only, unproven);
    } else {
        let (one, other) = all.split_at(all.len() / 2);
        by_halves(one, prove, failed);
        by_halves(other, prove, failed);
    }
    false
}

/// What one fix does to a file, and what it says of it.
type Share<'f> = (Vec<&'f Edit>, &'f Meaning);

/// The same, where it may say nothing.
type Claim<'f> = (Vec<&'f Edit>, Option<&'f Meaning>);

/// What the fixes do to each file.
fn shares<'f>(fixes: &[&'f Fix]) -> BTreeMap<Arc<str>, Vec<Claim<'f>>> {
    let mut shares: BTreeMap<Arc<str>, Vec<Claim<'f>>> = BTreeMap::new();
    for fix in fixes {
        for (path, edits) in by_file([*fix]) {
            let meaning = fix.meaning.get(&path);
            shares.entry(path).or_default().push((edits, meaning));
        }
    }
    shares
}

/// Proves the new text of a file, without these comments.
fn edited(
    path: &str,
    (old, new): (&str, &str),
    edits: &[&Edit],
    shares: &[Share<'_>],
    without: &[&String],
) -> Result<(), Unproven> {
    if let Some(line) = lines::changed(old, new, edits) {
        return Err(Unproven::Line(path.to_owned(), line.trim().to_owned()));
    }
    if !lines::end_alike(old, new) {
        return Err(Unproven::LineBreaks(path.to_owned()));
    }
    let is_yaml = shares.iter().any(|(_, meaning)| matches!(meaning, Meaning::Yaml(_)));
    let (had, mut has) = if is_yaml { yaml(path, old, new, shares)? } else { script(path, old, new, shares)? };
    has.extend(without.iter().map(|comment| (*comment).clone()));
    match comments::lost(&had, &has) {
        Some(comment) => Err(Unproven::Comment(path.to_owned(), comment.to_owned())),
        None => Ok(()),
    }
}

/// (a) and (b) for YAML; the comments before and after.
fn yaml(path: &str, old: &str, new: &str, shares: &[Share<'_>]) -> Result<(Vec<String>, Vec<String>), Unproven> {
    let mut changes: Vec<Change> = Vec::new();
    for (_, meaning) in shares {
        match meaning {
            Meaning::Yaml(own) => changes.extend(own.iter().cloned()),
            Meaning::Script(_) => return Err(Unproven::Unsaid(path.to_owned())),
        }
    }
    let (was, is) = (tree(path, old)?, tree(path, new)?);
    second_parser::same(old, &changes, new).map_err(|why| match why {
        Differs::Rejected { state: "is", error } => Unproven::Misread(path.to_owned(), error),
        why => Unproven::Meaning(path.to_owned(), why),
    })?;
    if let Some(expression) = expressions::broken(&was, &is) {
        return Err(Unproven::Syntax(path.to_owned(), format!("`{expression}` is no expression")));
    }
    if let Some(expression) = code::added(&was, &is) {
        return Err(Unproven::Code(path.to_owned(), expression));
    }
    Ok((comments::of_yaml(&was, &is), comments::of_yaml(&is, &was)))
}

/// (a) and (b) for scripts and makefiles; the comments before and after.
fn script(path: &str, old: &str, new: &str, shares: &[Share<'_>]) -> Result<(Vec<String>, Vec<String>), Unproven> {
    let stumbles = |text: &str| shell::parse(text).errors.len();
    if stumbles(new) > stumbles(old) {
        return Err(Unproven::Syntax(path.to_owned(), "the shell could not parse it".to_owned()));
    }
    // The lists of two fixes do not say how they lie between each other: each is proven by itself.
    for (edits, meaning) in shares {
        let Meaning::Script(meant) = meaning else { return Err(Unproven::Unsaid(path.to_owned())) };
        let was = source(path, old)?.of_kind(meant.kind);
        let is = source(path, &apply(old, edits.iter().copied())?)?.of_kind(meant.kind);
        if !commands::differ_only(&was, &is, meant) {
            return Err(Unproven::Commands(path.to_owned()));
        }
    }
    Ok((comments::of_shell(old), comments::of_shell(new)))
}

/// (a) A new file parses, too.
fn created(file: &NewFile) -> Result<(), Unproven> {
    if matches!(file.path.rsplit('.').next(), Some("yml" | "yaml")) {
        tree(&file.path, &file.text)?;
        second_parser::accepts(&file.text).map_err(|why| Unproven::Syntax(file.path.to_string(), why.to_string()))?;
    }
    Ok(())
}

fn source(path: &str, text: &str) -> Result<Source, Unproven> {
    let source = Source::new(path, text.as_bytes().to_vec());
    source.map_err(|error| Unproven::Syntax(path.to_owned(), error.to_string()))
}

/// (a)
fn tree(path: &str, text: &str) -> Result<Tree, Unproven> {
    crate::yaml::parse(&source(path, text)?).map_err(|error| Unproven::Syntax(path.to_owned(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Commands, Key};
    use crate::fix::testing::{edit_of, fix};

    const OLD: &str = "on: push # always\njobs:\n  a:\n    run: x # because\n";

    fn set(value: &str) -> Meaning {
        let path = ["jobs", "a", "run"].map(|key| Key::Name(key.to_owned())).to_vec();
        Meaning::Yaml(vec![Change::Set { path, value: value.into() }])
    }

    fn here(path: &str) -> Option<String> {
        (path == "w.yml").then(|| OLD.to_owned())
    }

    fn judge(old: &str, new: &str, meaning: Meaning) -> Result<String, Unproven> {
        let fix = fix(vec![edit_of("w.yml", OLD, old, new)], vec![("w.yml", meaning)]);
        Ok(texts(&[&fix], &here)?.remove("w.yml").expect("the file"))
    }

    #[test]
    fn a_change_that_is_what_it_says_holds() {
        assert_eq!(judge(" x ", " y ", set("y")), Ok(OLD.replace(" x ", " y ")));
    }

    #[test]
    fn each_proof_fails_on_its_own() {
        assert!(matches!(judge(" x ", " [ ", set("y")), Err(Unproven::Syntax(..))));
        assert!(matches!(judge(" x ", " z ", set("y")), Err(Unproven::Meaning(..))));
        assert!(matches!(judge("x # because", "y", set("y")), Err(Unproven::Comment(..))));
        assert!(matches!(judge("x # because\n", "y # because\r\n", set("y")), Err(Unproven::LineBreaks(..))));
        assert!(matches!(judge(" x ", " y ", Meaning::Script(Commands::default())), Err(Unproven::Commands(..))));
        let unsaid = fix(vec![edit_of("w.yml", OLD, " x ", " y ")], vec![]);
        assert!(matches!(texts(&[&unsaid], &here), Err(Unproven::Unsaid(..))));
        assert!(matches!(texts(&[&unsaid], &|_| None), Err(Unproven::NoFile(..))));
        assert!(matches!(texts(&[&unsaid], &|_| Some("x".to_owned())), Err(Unproven::Unexpected(..))));
    }

    /// Fixes of one script that are proven together are proven each by itself, too: their lists do not add up.
    #[test]
    fn two_fixes_of_one_script_are_both_held_to_what_they_say() {
        const SCRIPT: &str = "docker run a\ntrue\ndocker run b\n";
        let script = |path: &str| (path == "x.sh").then(|| SCRIPT.to_owned());
        let change = |old: &str, new: &str, said: &str| {
            let meant = Commands { old: vec![old.to_owned()], new: vec![said.to_owned()], ..Commands::default() };
            fix(vec![edit_of("x.sh", SCRIPT, old, new)], vec![("x.sh", Meaning::Script(meant))])
        };
        let (one, other) = (change("docker run a", "docker run A", "docker run A"), change("true", "false", "false"));
        assert_eq!(texts(&[&one, &other], &script).expect("both")["x.sh"], "docker run A\nfalse\ndocker run b\n");
        let lies = change("true", "rm -rf /", "false");
        assert!(matches!(texts(&[&one, &lies], &script), Err(Unproven::Commands(..))));
    }

    #[test]
    fn no_expression_becomes_code_that_was_none() {
        let old = "on: push\njobs:\n  a:\n    strategy: { matrix: { v: ['1', '2'], w: ['$(id)'] } }\n    steps:\n      - run: echo '${{ inputs.x }}'\n";
        let text_of = |path: &str| (path == "w.yml").then(|| old.to_owned());
        let judge = |new: &str| {
            let path = ["jobs", "a", "steps"].map(|key| Key::Name(key.to_owned())).to_vec();
            let path = [path, vec![Key::Index(0), Key::Name("run".to_owned())]].concat();
            let meaning = Meaning::Yaml(vec![Change::Set { path, value: new.into() }]);
            let fix = fix(vec![edit_of("w.yml", old, "echo '${{ inputs.x }}'", new)], vec![("w.yml", meaning)]);
            texts(&[&fix], &text_of).map(|_| ())
        };
        for fine in ["echo y '${{ inputs.x }}'", "echo ${{ github.run_id }}", "echo \"$X\"", "echo ${{ matrix.v }}"] {
            assert_eq!(judge(fine), Ok(()), "{fine}");
        }
        for code in
            ["echo \"${{ inputs.x }}\"", "echo ${{ inputs.x }}", "echo '${{ inputs.y }}'", "echo '${{ matrix.w }}'"]
        {
            assert!(matches!(judge(code), Err(Unproven::Code(..))), "{code}");
        }
    }

    #[test]
    fn no_expression_is_broken() {
        let old = "on: push\nenv:\n  A: ${{ x && 'a' || '' }}\n  B: ${{ is broken\n";
        let text_of = |path: &str| (path == "w.yml").then(|| old.to_owned());
        let judge = |new: &str| {
            let path = ["env", "A"].map(|key| Key::Name(key.to_owned())).to_vec();
            let meaning = Meaning::Yaml(vec![Change::Set { path, value: new.into() }]);
            let fix = fix(vec![edit_of("w.yml", old, "${{ x && 'a' || '' }}", new)], vec![("w.yml", meaning)]);
            texts(&[&fix], &text_of).map(|_| ())
        };
        for fine in ["${{ x && format('a{0}', y) || '' }}", "${{ x }}-${{ y }}", "a"] {
            assert_eq!(judge(fine), Ok(()), "{fine}");
        }
        for broken in ["${{ x && 'a${{ y }}' || '' }}", "${{ x && ${{ y }} || '' }}", "${{ x && }}", "${{ x"] {
            assert!(matches!(judge(broken), Err(Unproven::Syntax(..))), "{broken}");
        }
    }

    #[test]
    fn new_files_parse_and_are_new() {
        let mut fix = fix(vec![], vec![]);
        let file = |path: &str, text: &str| vec![NewFile { path: path.into(), text: text.to_owned() }];
        fix.creates = file("n.yml", "a: 1\n");
        assert_eq!(texts(&[&fix], &here).map(|files| files.len()), Ok(1));
        fix.creates = file("w.yml", "a: 1\n");
        assert!(matches!(texts(&[&fix], &here), Err(Unproven::Exists(..))));
        fix.creates = file("n.yml", "a: [\n");
        assert!(matches!(texts(&[&fix], &here), Err(Unproven::Syntax(..))));
    }
}
