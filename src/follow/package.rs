//! Scripts of package.json, as npm, pnpm, yarn and bun run them.

use super::builder::Builder;
use super::{Directory, Files, Followed, Line, Recipe, RepoPath, ScriptCall, Unfollowed};
use crate::source::{FileKind, Source, Span, Text};
use crate::symbol::Value;
use crate::yaml::Node;

/// The script with its `pre` and `post` scripts. Nested `npm run` are commands of the text.
///
/// # Errors
/// [`Unfollowed`] when there is no package.json, or no such script in it.
pub fn recipes(files: &Files, call: &ScriptCall<'_>) -> Result<Followed, Unfollowed> {
    let name = call.name().unwrap_or_default();
    let directory = match call.workspace {
        Some(told) => &workspace(files, call.directory, told)?,
        None => call.directory,
    };
    let start = match directory {
        Directory::Inside(path) => path.clone(),
        Directory::Outside(_) => return Err(Unfollowed::new(format!("{} runs outside the checkout", call.program))),
        Directory::Unknown => return Err(Unfollowed::new(format!("it is not known where {} runs", call.program))),
    };
    let (path, directory) = nearest(files, &start)?;
    let source = files.follow(&path, FileKind::Package).map_err(|why| Unfollowed::new(format!("{path}: {why}")))?;
    let tree = files.tree(&path).ok_or_else(|| Unfollowed::new(format!("{path} is not JSON")))?;
    let all = tree.root().and_then(|root| root.get("scripts"));
    let all = all.ok_or_else(|| Unfollowed::new(format!("{path} has no scripts")))?;
    let mut followed = Followed::default();
    for (script, args) in [(format!("pre{name}"), &[][..]), (name.to_owned(), call.args), (format!("post{name}"), &[])]
    {
        if let Some(mut recipe) = recipe(&source, all, &script, args, &directory) {
            // Not every version of pnpm and yarn runs these.
            recipe.conditional = script != name && !matches!(call.program, "npm" | "bun");
            followed.recipes.push(recipe);
        }
    }
    if all.get(name).is_none() {
        let at = source.location(all.span());
        return Err(Unfollowed::at(format!("{path} has no script {name}"), at));
    }
    Ok(followed)
}

/// Where a workspace is that is named by its path.
fn workspace(files: &Files, directory: &Directory, told: &Value) -> Result<Directory, Unfollowed> {
    let entered = directory.enter(told);
    match entered.path().and_then(|path| files.first(path, &["package.json"])) {
        Some(_) => Ok(entered),
        None => Err(Unfollowed::new(format!("it is not known where the workspace {told} is"))),
    }
}

fn nearest(files: &Files, start: &RepoPath) -> Result<(RepoPath, RepoPath), Unfollowed> {
    let mut here = Some(start.clone());
    while let Some(directory) = here {
        if let Some(path) = files.first(&directory, &["package.json"]) {
            return Ok((path, directory));
        }
        here = directory.parent();
    }
    Err(Unfollowed::new(format!("there is no package.json in {start} or above")))
}

fn recipe(source: &Source, all: Node<'_>, name: &str, args: &[Value], directory: &RepoPath) -> Option<Recipe> {
    let entry = all.entry(name)?;
    let text: Text = entry.value.text()?;
    // Values of a runner's own language would be given here; npm has none.
    let mut builder = Builder::new(source, Vec::new());
    builder.append(&text);
    let end = Span::new(text.whole().end, text.whole().end);
    for arg in args {
        builder.put(" ", end);
        match arg.as_literal() {
            Some(word) => builder.put(&quoted(word), end),
            None => {
                builder.put("\"", end);
                builder.put_value(arg, end);
                builder.put("\"", end);
            }
        }
    }
    let (text, given) = builder.finish();
    Some(Recipe {
        target: name.to_owned(),
        source: source.clone(),
        at: source.location(entry.key.span()),
        // One shell runs the whole text, however many lines it has.
        lines: vec![Line::plain(text)],
        directory: Directory::Inside(directory.clone()),
        given,
        environment: Vec::new(),
        // It is `sh -c`. Another one is `Some("bash -euo pipefail -c".to_owned())`.
        shell: None,
        conditional: false,
    })
}

/// A word as the shell needs it written.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_with_what_runs_around_them() {
        let text = "{\n  \"scripts\": {\n    \"pree2e\": \"docker rm -f \\\"pg\\\"\",\n    \"e2e\": \"npm run up && jest\",\n\t\"up\": \"docker compose up -d\"\n  }\n}\n";
        let files = Files::in_memory([("web/package.json", text), ("package.json", "{}"), ("bad/package.json", "{")]);
        let run = |program: &str, at: &str, name: &str, args: &[Value]| {
            let directory = Directory::checkout().enter(&Value::literal(at));
            recipes(&files, &ScriptCall::plain(program, &directory, &[Value::literal(name)], args))
        };
        let made = run("npm", "web/src", "e2e", &[Value::literal("a b"), Value::unknown("$X")]).expect("followed");
        let lines: Vec<&str> = made.recipes.iter().map(|recipe| recipe.lines[0].text.value()).collect();
        assert_eq!(lines, ["docker rm -f \"pg\"", "npm run up && jest 'a b' \"${{ given.0 }}\""]);
        let first = &made.recipes[0];
        assert_eq!(first.lines[0].text.exact(0..12).map(|span| first.source.slice(span)), Some("docker rm -f"));
        assert_eq!(first.directory, Directory::checkout().enter(&Value::literal("web")));
        assert_eq!(
            run("npm", "web", "x", &[]).err().map(|error| error.why).as_deref(),
            Some("web/package.json has no script x")
        );
        assert_eq!(
            run("npm", ".", "x", &[]).err().map(|error| error.why).as_deref(),
            Some("package.json has no scripts")
        );
        assert_eq!(
            run("npm", "bad", "x", &[]).err().map(|error| error.why).as_deref(),
            Some("bad/package.json is not JSON")
        );
    }
}
