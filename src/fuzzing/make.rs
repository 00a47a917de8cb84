//! Makefiles and their kin: what runs stands in the file it is said to stand in.

use super::files::files;
use super::place::{location_is_in, text_is_in};
use super::surroundings::{Empty, Nothing};
use crate::command::script::RUNNERS;
use crate::follow::make::{MakeCall, recipes};
use crate::follow::{Directory, Files, Followed, ScriptCall, Surroundings, Unfollowed, scripts};
use crate::symbol::Value;

/// Any bytes as a makefile and what it includes; a justfile, a Taskfile or a `package.json` among them is read, too.
pub fn make(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = files(text, "Makefile");
    let memory = Files::in_memory(files.iter().copied());
    let directory = Directory::checkout();
    let around: [&dyn Surroundings; 2] = [&Nothing, &Empty];
    for around in around {
        for targets in [&[][..], &[Value::literal("all")], &[Value::unknown("$T")]] {
            let call = MakeCall { directory: &directory, files: &[], targets, variables: &[], around };
            holds(recipes(&memory, &call));
        }
        for (program, runner) in
            RUNNERS.into_iter().filter(|_| files.len() > 1 || files[..].iter().any(|(path, _)| *path != "Makefile"))
        {
            let names = [Value::literal("all")];
            let call = ScriptCall {
                program,
                here: &directory,
                told: None,
                directory: &directory,
                file: None,
                names: &names,
                args: &[],
                workspace: None,
                variables: &[],
                around,
            };
            holds(scripts(&memory, runner, &call));
        }
    }
}

fn holds(followed: Result<Followed, Unfollowed>) {
    let Ok(followed) = followed else { return };
    for recipe in &followed.recipes {
        location_is_in(&recipe.source, &recipe.at);
        recipe.lines.iter().for_each(|line| text_is_in(&recipe.source, &line.text));
    }
}
