//! The formats of a report: over `fixtures/report/repository` each is what `fixtures/report/expected` has, and those
//! who read them can. `BLESS=1 cargo test --test formats` writes what is expected: read it before you commit.
//!
//! XML and the schema of SARIF are read by python3; the schema comes from npm and the library that knows schemas from
//! PyPI, both into a folder below `target`. `cargo test --test formats -- --include-ignored` asks them.
#![allow(clippy::unwrap_used)]

mod needs;
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use needs::needed;
use program::{berthlint, tree};

const GOOD: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hello\n";

/// The npm package that brings the published schema along, and the file in it.
const SCHEMA: (&str, &str) = ("@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json");
const JSONSCHEMA: &str = "jsonschema==4.26.0";
const JUNITPARSER: &str = "junitparser==5.0.3";

/// Who reads rdjson, and Checkstyle as well.
const REVIEWDOG: &str = "github.com/reviewdog/reviewdog/cmd/reviewdog@v0.20.3";

/// The formats, as `--help` lists them.
fn formats() -> Vec<String> {
    let help = berthlint(Path::new("."), &["check", "-h"]).1;
    let option = help.split("--format").nth(1).unwrap();
    let values = option.split("possible values: ").nth(1).unwrap().split(']').next().unwrap();
    let names: Vec<String> = values.split(',').map(|name| name.trim().to_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    names
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/report").join(path)
}

/// What a check of the fixture prints, and how it ends.
fn report(format: &str) -> (i32, String) {
    let (code, out, _) = berthlint(&fixture("repository"), &["check", "--format", format]);
    (code, out)
}

#[test]
fn every_format_says_what_is_expected() {
    let mut stale = Vec::new();
    for name in formats() {
        let name = name.as_str();
        let (code, text) = report(name);
        assert_eq!(code, 3, "{name}");
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        assert_eq!(
            text,
            report(name).1.replace(env!("CARGO_PKG_VERSION"), "VERSION"),
            "{name} differs from run to run"
        );
        // The rules' prose has its own tests.
        let text = if name == "sarif" { without_help(&text) } else { text };
        let path = fixture("expected").join(name);
        if fs::read_to_string(&path).is_ok_and(|expected| expected == text) {
            continue;
        }
        match std::env::var_os("BLESS") {
            Some(_) => fs::write(&path, text).unwrap(),
            None => stale.push(name.to_owned()),
        }
    }
    assert!(stale.is_empty(), "not as expected: {stale:?}; `BLESS=1 cargo test --test formats` writes them");
}

fn without_help(text: &str) -> String {
    let mut document: Value = serde_json::from_str(text).unwrap();
    for rule in document["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        let help = rule["help"].take();
        assert!(help["text"].as_str().unwrap().len() > 100 && help["markdown"].is_string(), "{rule}: {help}");
    }
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}

#[test]
fn every_format_ends_the_same_way() {
    let clean = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    let found = tree(&[(".gitea/workflows/x.yml", &GOOD.replace("echo hello", "docker system prune -f"))]);
    for name in formats() {
        let name = name.as_str();
        for (files, code, arguments) in [(&clean, 0, None), (&found, 1, None), (&found, 0, Some("--exit-zero"))] {
            let arguments: Vec<&str> = ["check", "--format", name].into_iter().chain(arguments).collect();
            let (ended, out, err) = berthlint(files.path(), &arguments);
            assert_eq!((ended, err.as_str()), (code, ""), "{name}");
            assert_eq!(out.contains("unscoped-prune"), files.path() == found.path(), "{name}: {out}");
        }
        let (code, out, _) = berthlint(found.path(), &["check", "--format", name, "-o", "report"]);
        assert_eq!((code, out.as_str()), (1, ""), "{name}");
        let printed = berthlint(found.path(), &["check", "--format", name]).1;
        assert_eq!(fs::read_to_string(found.path().join("report")).unwrap(), printed, "{name}");
    }
}

#[test]
fn sarif_has_places_calls_fixes_and_what_is_suppressed() {
    let document: Value = serde_json::from_str(&report("sarif").1).unwrap();
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let of = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
        assert_eq!(result["partialFingerprints"]["berthlint/v1"].as_str().unwrap().len(), 64);
    }
    let suppressed = results.iter().filter(|result| result["suppressions"] != json!([])).collect::<Vec<_>>();
    assert_eq!((suppressed.len(), &suppressed[0]["ruleId"]), (1, &json!("unscoped-prune")));
    let comment = &suppressed[0]["suppressions"][0];
    assert_eq!((&comment["kind"], &comment["justification"]), (&json!("inSource"), &json!("one job | <one> daemon")));
    assert_eq!(comment["location"]["physicalLocation"]["region"]["startLine"], 10);

    // What is not safe is told of, and no program applies it by itself.
    let risky = of("static-container-name");
    assert_eq!(risky["fixes"], Value::Null);
    let told = &risky["properties"]["fix"];
    assert_eq!((&told["applicability"], &told["proof"]), (&json!("unsafe"), &json!("text")));
    assert!(told["why"].as_str().unwrap().starts_with("each run that is"), "{told}");

    // Replaced bytes are what the source has there.
    let changes = of("ancestor-filter")["fixes"][0]["artifactChanges"].as_array().unwrap();
    let (edits, mut seen) = (edits("ancestor-filter"), 0);
    for change in changes {
        let path = change["artifactLocation"]["uri"].as_str().unwrap();
        let source = fs::read(fixture("repository").join(path)).unwrap();
        for replacement in change["replacements"].as_array().unwrap() {
            let region = &replacement["deletedRegion"];
            let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            let (start, length) = (number("byteOffset"), number("byteLength"));
            let is_it = |edit: &&Value| edit["path"] == path && edit["start"] == start;
            let edit = edits.iter().find(is_it).unwrap();
            assert_eq!(std::str::from_utf8(&source[start..start + length]).unwrap(), edit["old"]);
            assert_eq!(replacement["insertedContent"]["text"], edit["text"]);
            if number("startLine") == number("endLine") {
                assert_eq!(number("endColumn") - number("startColumn"), length);
            }
            seen += 1;
        }
    }
    assert_eq!((seen, seen > 0), (edits.len(), true));

    let in_script = results.iter().find(|result| result["codeFlows"].is_array()).unwrap();
    let steps = in_script["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let uri = |step: &Value| step["location"]["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(steps.iter().map(uri).collect::<Vec<_>>(), [".gitea/workflows/ci.yml", "scripts/clean.sh"]);
}

/// What the baseline knows is there, and says since when and what people wrote beside it.
#[test]
fn sarif_has_what_the_baseline_knows() {
    let prune = GOOD.replace("echo hello", "docker system prune -f");
    let files = tree(&[(".gitea/workflows/x.yml", &prune)]);
    let arguments = ["check", "--baseline", "known.json", "--write-baseline"];
    assert_eq!(berthlint(files.path(), &arguments).0, 0);
    let path = files.path().join("known.json");
    let mut known: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    known["findings"][0]["date"] = "2026-01-02".into();
    known["findings"][0]["owner"] = "infra".into();
    known["findings"][0]["ticket"] = 7.into();
    fs::write(&path, known.to_string()).unwrap();
    fs::write(files.path().join(".gitea/workflows/y.yml"), prune.replace("system", "network")).unwrap();
    let (code, text, _) = berthlint(files.path(), &["check", "--baseline", "known.json", "--format", "sarif"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let told: Vec<_> = results.iter().map(|one| (&one["ruleId"], &one["suppressions"])).collect();
    let suppression = json!([{"kind": "external", "justification": "In the baseline since 2026-01-02; owner: infra"}]);
    assert_eq!(code, 1);
    assert_eq!(told, [(&json!("unscoped-prune"), &json!([])), (&json!("unscoped-prune"), &suppression)]);
    assert_eq!(results[1]["ruleIndex"], 0);
    let uri = |at: usize| &results[at]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!((uri(0), uri(1)), (&json!(".gitea/workflows/y.yml"), &json!(".gitea/workflows/x.yml")));
    if let Some((interpreter, schema)) = validator() {
        assert_eq!(python(&interpreter, &validation(&schema), &text).unwrap(), "");
    }
    // No finding is left: its rule is still explained.
    fs::remove_file(files.path().join(".gitea/workflows/y.yml")).unwrap();
    let (code, text, _) = berthlint(files.path(), &["check", "--baseline", "known.json", "--format", "sarif"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &document["runs"][0]["tool"]["driver"]["rules"][0]["id"]), (0, &json!("unscoped-prune")));
}

#[test]
fn rdjson_counts_bytes_and_suggests_whole_fixes() {
    let run = "docker run -d --name pg-$GITHUB_RUN_ID postgres:16";
    let stop = "docker ps -aq --filter label=a=$GITHUB_RUN_ID | xargs docker rm -fv";
    let text = format!(
        "on: push\njobs:\n  t\u{e9}st:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n      - if: always()\n        run: echo \u{e9}; {stop}\n      - run: docker run -d --name web nginx\n"
    );
    let files = tree(&[(".gitea/workflows/ci.yml", &text)]);
    let (_, out, _) = berthlint(files.path(), &["check", "--format", "rdjson"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    let suggestions = |rule: &str| {
        let found = document["diagnostics"].as_array().unwrap().iter().find(|one| one["code"]["value"] == rule);
        found.unwrap_or_else(|| panic!("no {rule}: {out}"))["suggestions"].as_array().cloned().unwrap_or_default()
    };
    let [suggestion] = suggestions("empty-removal-fails").try_into().expect("one");
    let line = text.lines().nth(7).unwrap();
    let column = line.find("xargs").unwrap();
    let place = |key: &str| (suggestion["range"][key]["line"].as_u64(), suggestion["range"][key]["column"].as_u64());
    assert_eq!(place("start"), (Some(8), u64::try_from(column + 1).ok()), "{suggestion}");
    assert_eq!(suggestion["text"], "xargs -r");
    // A reviewer clicks, and reads no reason: what is unsafe is not suggested.
    assert_eq!(suggestions("static-container-name"), [Value::Null; 0]);
}

#[test]
fn every_format_marks_low_confidence() {
    let run = "docker run --rm -v \"$PWD:/src\" alpine:3.20 ls /src";
    let text = format!("on: push\njobs:\n  a:\n    runs-on: own\n    steps:\n      - run: {run}\n");
    let files = tree(&[(".gitea/workflows/ci.yml", &text)]);
    for name in formats() {
        let (_, out, _) = berthlint(files.path(), &["check", "--min-confidence", "low", "--format", &name]);
        let mark = match name.as_str() {
            "json" | "jsonl" | "sarif" => "\"low\"",
            _ => "(low confidence)",
        };
        assert!(out.contains(mark), "{name}: {out}");
    }
}

/// The edits of a rule's first fix, as `json` has them.
fn edits(rule: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&report("json").1).unwrap();
    let found = document["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule).unwrap();
    found["fix"]["edits"].as_array().unwrap().clone()
}

/// A report in a format, of texts of a stranger, each of which some format would obey.
#[cfg(unix)]
fn of_a_stranger(format: &str) -> String {
    let workflow = ".gitea/workflows/a&<b>,c|d%0A\"e].yml";
    let run = "docker network create --label '](x)<!--@team' \"n]]>|%0A::error::x\"; docker rm -f `a`; docker system prune -f";
    let text =
        format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          {run}\n");
    let files = tree(&[(workflow, &text), ("./.gitea/workflows/loop.yml", "")]);
    let link = files.path().join(".gitea/workflows/loop.yml");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("loop.yml", &link).unwrap();
    let (code, out, err) = berthlint(files.path(), &["check", "--format", format, "--min-confidence", "low"]);
    assert_eq!(code, 3, "{format}: {out}{err}");
    out
}

#[test]
#[cfg(unix)]
#[ignore = "needs python3"]
fn a_strangers_texts_are_well_formed_xml() {
    for name in ["junit", "checkstyle"] {
        read_xml(&of_a_stranger(name));
    }
}

#[test]
#[cfg(unix)]
fn no_format_obeys_a_stranger() {
    let printed = of_a_stranger;
    for name in ["json", "sarif", "gitlab", "rdjson"] {
        let document: Value = serde_json::from_str(&printed(name)).unwrap();
        assert!(document.to_string().contains("loop.yml"), "{name} does not say what was not read");
    }
    let sarif: Value = serde_json::from_str(&printed("sarif")).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], ".gitea/workflows/a%26%3Cb%3E%2Cc%7Cd%250A%22e%5D.yml");
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let github = printed("github");
    for line in github.lines() {
        let (properties, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = properties.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        let names = properties.split(',').map(|property| property.split_once('=').unwrap().0);
        let known = ["title", "file", "line", "endLine", "col", "endColumn"];
        assert!(names.into_iter().all(|name| known.contains(&name)), "{line}");
    }
    assert!(github.contains("file=.gitea/workflows/a&<b>%2Cc|d%250A\"e].yml,line="), "{github}");
    assert!(github.contains("title=berthlint%3A not read"), "{github}");
    for line in printed("markdown").lines().filter(|line| line.starts_with("| ")) {
        let cells = line.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 5, "{line}");
    }
}

/// Has python3 read XML.
#[track_caller]
fn read_xml(text: &str) {
    let script = "import sys, xml.etree.ElementTree as tree; tree.parse(sys.stdin.buffer)";
    let said = needed("python3", python(Path::new("python3"), script, text).ok_or("it does not run"));
    assert_eq!(said, "", "{text}");
}

/// What python says of a text; nothing where it does not run.
fn python(python: &Path, script: &str, text: &str) -> Option<String> {
    let mut command = Command::new(python);
    let mut child = command.args(["-c", script]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    Some(String::from_utf8_lossy(&child.wait_with_output().ok()?.stderr).into_owned())
}

#[test]
#[ignore = "needs python3"]
fn xml_is_read() {
    read_xml(&report("junit").1);
    read_xml(&report("checkstyle").1);
}

#[test]
#[ignore = "needs npm and PyPI: the schema, and what reads it"]
fn sarif_is_valid() {
    let (interpreter, schema) = needed("schema of SARIF", validator().ok_or("npm or PyPI does not give it"));
    let script = validation(&schema);
    let clean = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    for text in [report("sarif").1, berthlint(clean.path(), &["check", "--format", "sarif"]).1] {
        assert_eq!(python(&interpreter, &script, &text).unwrap(), "");
    }
    // A validator that takes anything would not be one.
    assert!(
        python(&interpreter, &script, "{\"version\": \"2.1.0\"}").unwrap().contains("'runs' is a required property")
    );
}

/// Counts of all tests, failures, errors and skipped ones, as those who show them count.
#[test]
#[ignore = "needs npm and PyPI: junitparser"]
fn junit_is_counted_by_others_as_by_us() {
    let (interpreter, _) = needed("junitparser", validator().ok_or("npm or PyPI does not give it"));
    let script = "import sys, junitparser\nreport = junitparser.JUnitXml.fromstring(sys.stdin.buffer.read())\n\
                  cases = [case for suite in report for case in suite]\nkinds = [type(one).__name__ for case in cases for one in case.result]\n\
                  print(len(cases), *(kinds.count(kind) for kind in ['Failure', 'Error', 'Skipped']), file=sys.stderr)";
    let text = report("junit").1;
    let said = python(&interpreter, script, &text).unwrap();
    let head = text.lines().nth(1).unwrap();
    let count = |name: &str| head.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(said.trim(), ["tests", "failures", "errors", "skipped"].map(count).join(" "), "{text}");
}

#[test]
#[ignore = "minutes; needs Go: builds reviewdog"]
fn reviewdog_reads_rdjson_and_checkstyle_for_long() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats-go");
    let program = folder.join("reviewdog");
    let works = || ran(Command::new(&program).arg("-version"));
    let install = || ran(Command::new("go").args(["install", REVIEWDOG]).env("GOBIN", &folder).env("GOFLAGS", ""));
    needed("reviewdog", works().or_else(|| install().and_then(|_| works())).ok_or("`go install` does not build it"));
    for format in ["rdjson", "checkstyle"] {
        let (_, text) = report(format);
        let mut command = Command::new(&program);
        command.args(["-reporter=local", "-filter-mode=nofilter", "-name=berthlint", &format!("-f={format}")]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{format}: {shown}");
        let found: Value = serde_json::from_str(&report("json").1).unwrap();
        for finding in found["findings"].as_array().unwrap() {
            assert!(shown.contains(finding["rule"].as_str().unwrap()), "{format}: {finding}\n{shown}");
        }
    }
}

/// As GitLab's manual has it: there is no schema to be had.
#[test]
fn gitlab_gets_the_keys_that_it_needs() {
    let entries: Vec<Value> = serde_json::from_str(&report("gitlab").1).unwrap();
    let mut fingerprints = BTreeSet::new();
    for entry in &entries {
        for key in ["description", "check_name", "fingerprint"] {
            assert!(entry[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {entry}");
        }
        let severity = entry["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{entry}");
        assert!(entry["location"]["path"].as_str().is_some_and(|path| !path.starts_with("./")), "{entry}");
        let line = entry["location"]["lines"]["begin"].as_u64();
        let line = line.or_else(|| entry["location"]["positions"]["begin"]["line"].as_u64());
        assert!(line.is_some_and(|line| line > 0), "{entry}");
        assert!(fingerprints.insert(entry["fingerprint"].to_string()), "twice: {entry}");
    }
    assert!(entries.len() > 3, "{entries:?}");
}

/// A program that holds its input against the schema.
fn validation(schema: &Path) -> String {
    let schema = schema.display().to_string();
    format!("import json, sys, jsonschema\njsonschema.validate(json.load(sys.stdin), json.load(open({schema:?})))")
}

/// A python with the libraries, and the schema; both are had once, whichever test comes first.
fn validator() -> Option<(PathBuf, PathBuf)> {
    static HAD: OnceLock<Option<(PathBuf, PathBuf)>> = OnceLock::new();
    HAD.get_or_init(install_validator).clone()
}

fn install_validator() -> Option<(PathBuf, PathBuf)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sarif-schema");
    let environment = folder.join("python");
    let (interpreter, schema) = (environment.join("bin/python"), folder.join(SCHEMA.1));
    if !schema.exists() {
        fs::create_dir_all(&folder).ok()?;
        let packed = ran(Command::new("npm").args(["pack", "--silent", SCHEMA.0]).current_dir(&folder))?;
        ran(Command::new("tar").args(["-xzf", packed.trim()]).current_dir(&folder))?;
    }
    if ran(Command::new(&interpreter).args(["-c", "import jsonschema, junitparser"])).is_none() {
        ran(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", JSONSCHEMA, JUNITPARSER];
        ran(Command::new(&interpreter).args(install))?;
    }
    Some((interpreter, schema))
}

/// What a program prints, when it ends well.
fn ran(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
