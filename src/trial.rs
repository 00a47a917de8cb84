//! The examples of a rule, run as its tests: `bad` is found, `good` and `fixed` are not, and `--fix` writes `fixed`.
//!
//! Each side is checked as the whole linter does it, in a folder of its own, with that rule selected.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::check::{ConfigChoice, Engine, Options, Refusal, Report, check};
use crate::door::write::Scratch;
use crate::edit::Applicability;
use crate::facts::Confidence;
use crate::fix::patch::patch;
use crate::fix::{Changed, fix};
use crate::report::{Format, Style, Trouble, broken, render};
use crate::rules::Example;

/// Where the example's repository stands in its folder, and beside it the configuration that adds the rule.
const REPOSITORY: &str = "repository";
const CONFIG: &str = ".berthlint.yaml";
const POLICY: &str = "berthlint.yaml";

/// Why `--fix` needs `--unsafe-fixes` to make `fixed` of `bad`; none where it does not.
pub fn unsafe_because(engine: &Engine, example: &Example) -> Option<String> {
    let trial = Trial { engine, example, folders: &[] };
    let mended = |most| {
        let (_folder, options) = trial.options("fixed", example.path(), &example.bad).ok()?;
        fix(engine, &options, most).ok()
    };
    let safely = mended(Applicability::Safe)?;
    let written = safely.files.get(example.path()).map(|changed| changed.new.as_slice());
    if written == example.fixed.as_ref().map(|text| text.as_bytes()) {
        return None;
    }
    let applied = mended(Applicability::Unsafe)?.applied;
    let doubts: Vec<String> = applied.iter().filter_map(|applied| applied.fix.why.clone()).collect();
    Some(doubts.join("; "))
}

/// Why an example does not show what it is to show. `folders` have the rule files, where the rule is not built in.
pub fn troubles(engine: &Engine, example: &Example, folders: &[PathBuf]) -> Vec<Trouble> {
    let trial = Trial { engine, example, folders };
    let mut troubles = Vec::new();
    troubles.extend(trial.is_found());
    troubles.extend(trial.is_clean("good", example.good_path(), &example.good));
    if let Some(fixed) = &example.fixed {
        troubles.extend(trial.is_clean("fixed", example.path(), fixed));
        troubles.extend(trial.is_written(fixed));
    }
    troubles
}

struct Trial<'e> {
    engine: &'e Engine,
    example: &'e Example,
    folders: &'e [PathBuf],
}

impl Trial<'_> {
    /// `bad` must be found, and surely enough to be shown.
    fn is_found(&self) -> Option<Trouble> {
        let found = |least| self.report("bad", self.example.path(), &self.example.bad, least);
        match found(None) {
            Err(trouble) => return Some(trouble),
            Ok(report) if !report.findings.is_empty() => return None,
            Ok(_) => {}
        }
        let unsure = found(Some(Confidence::Low)).ok().filter(|report| !report.findings.is_empty());
        let trouble = match unsure {
            Some(report) => Trouble::new(
                "`bad` is found with low confidence only, and that is hidden: say in the example's `config` what is unknown",
                shown(&report),
            ),
            None => Trouble::new("`bad` finds nothing", String::new()),
        };
        Some(trouble)
    }

    fn is_clean(&self, side: &str, path: &str, text: &str) -> Option<Trouble> {
        match self.report(side, path, text, None) {
            Err(trouble) => Some(trouble),
            Ok(report) if report.findings.is_empty() => None,
            Ok(report) => Some(Trouble::new(format!("`{side}` finds something"), shown(&report))),
        }
    }

    /// `--fix --unsafe-fixes` must make `fixed` of `bad`.
    fn is_written(&self, fixed: &str) -> Option<Trouble> {
        let path = self.example.path();
        let (_folder, options) = match self.options("fixed", path, &self.example.bad) {
            Ok(ready) => ready,
            Err(trouble) => return Some(trouble),
        };
        let outcome = match fix(self.engine, &options, Applicability::Unsafe) {
            Ok(outcome) => outcome,
            Err(refusal) => return Some(refused("fixed", &refusal)),
        };
        let Some(changed) = outcome.files.get(path) else {
            let why = outcome.report.findings.iter().filter_map(|finding| finding.withheld.clone());
            let why: Vec<String> = why.collect();
            return Some(Trouble::new("`--fix` writes nothing, and there is a `fixed`", why.join("\n")));
        };
        if changed.new == fixed.as_bytes() {
            return None;
        }
        let said = Changed { old: Some(fixed.as_bytes().to_vec()), new: changed.new.clone() };
        let difference = patch(&BTreeMap::from([(path.to_owned(), said)]));
        Some(Trouble::new("`--fix` writes (+) something else than `fixed` has (-)", difference))
    }

    fn report(&self, side: &str, path: &str, text: &str, least: Option<Confidence>) -> Result<Report, Trouble> {
        let (_folder, mut options) = self.options(side, path, text)?;
        options.min_confidence = least;
        let report = check(self.engine, &options).map_err(|refusal| refused(side, &refusal))?;
        match report.is_incomplete() {
            true => Err(Trouble::new(format!("`{side}` cannot be read"), broken(&report))),
            false => Ok(report),
        }
    }

    /// The example's repository with one side of it, and a check of it.
    fn options(&self, side: &str, path: &str, workflow: &str) -> Result<(Scratch, Options), Trouble> {
        let below = |path: &str| format!("{REPOSITORY}/{path}");
        let own = self.example.good_files.iter().filter(|_| side == "good");
        let files = self.example.files.iter().chain(own);
        let mut files: Vec<(String, &str)> = files.map(|(path, text)| (below(path), text.as_str())).collect();
        files.push((below(path), workflow));
        files.extend(self.example.config.as_deref().map(|config| (below(CONFIG), config)));
        let policy = self.policy();
        files.push((POLICY.to_owned(), &policy));
        let files = files.iter().map(|(path, text)| (path.as_str(), *text));
        let scratch = Scratch::new(files).map_err(|why| Trouble::new(format!("`{side}` cannot be tried"), why))?;
        let here = scratch.path().join(REPOSITORY);
        let mut options = Options::new(&here, vec![here.clone()]);
        options.select = vec![self.example.rule.clone()];
        if !self.folders.is_empty() {
            options.config = ConfigChoice::File(scratch.path().join(POLICY));
        }
        Ok((scratch, options))
    }

    /// The example's own configuration, and the rule. Texts in JSON's quotes are YAML's as well.
    fn policy(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let folders: Vec<String> = self.folders.iter().map(|folder| quoted(&folder.to_string_lossy())).collect();
        let base = self.example.config.as_ref().map(|_| format!("extends: {REPOSITORY}/{CONFIG}\n"));
        format!("{}rules-dirs: [{}]\n", base.unwrap_or_default(), folders.join(", "))
    }
}

fn refused(side: &str, refusal: &Refusal) -> Trouble {
    Trouble::new(format!("`{side}` cannot be checked"), refusal.lines().join("\n"))
}

/// The findings, a line each.
fn shown(report: &Report) -> String {
    render(report, Format::Concise, Style { quiet: true, ..Style::default() })
}
