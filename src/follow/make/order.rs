//! Which recipes run, and in which order.

use std::collections::HashSet;

use super::state::{RecipeLine, State, Target};
use crate::follow::{Directory, Followed, Line, Recipe, Unfollowed};
use crate::source::Text;
use crate::symbol::Value;

/// How deep prerequisites lead to prerequisites.
const DEEPEST: usize = 100;
/// How many recipes one call runs.
const MOST: usize = 500;

/// Makes the goals.
pub(super) fn run(mut state: State<'_>, goals: &[Value]) -> Result<Followed, Unfollowed> {
    let mut names = Vec::new();
    for goal in goals {
        match goal.candidates() {
            Some(texts) => {
                let several = texts.len() > 1;
                names.extend(texts.into_iter().map(|text| (text, several)));
            }
            None => state.gaps.push(Unfollowed::new(format!("it is not known which target `{goal}` is"))),
        }
    }
    if goals.is_empty() {
        let goal = state.default_goal.clone();
        names.push((goal.ok_or_else(|| Unfollowed::new("the makefile has no target"))?, false));
    }
    let environment = environment(&state);
    let mut order = Order { state: &state, done: HashSet::new(), open: Vec::new(), made: Followed::default() };
    for (name, several) in &names {
        if !state.targets.contains_key(name) {
            let why = if state.generated { "it may be made by `$(eval …)`" } else { "the makefile has no such rule" };
            order.made.gaps.push(Unfollowed::new(format!("make {name}: {why}")));
            continue;
        }
        let before = order.made.recipes.len();
        order.make(name);
        for recipe in &mut order.made.recipes[before..] {
            recipe.conditional |= several;
        }
    }
    let mut made = order.made;
    for recipe in &mut made.recipes {
        recipe.environment.clone_from(&environment);
    }
    made.gaps.splice(0..0, state.gaps);
    match made.gaps.first() {
        Some(gap) if made.recipes.is_empty() => Err(gap.clone()),
        _ => Ok(made),
    }
}

fn environment(state: &State<'_>) -> Vec<(String, Value)> {
    state.exported.keys().map(|name| (name.clone(), state.variable(name, 0))).collect()
}

struct Order<'s> {
    state: &'s State<'s>,
    done: HashSet<String>,
    open: Vec<String>,
    made: Followed,
}

impl Order<'_> {
    fn make(&mut self, name: &str) {
        if self.done.contains(name) {
            return;
        }
        let Some(target) = self.state.targets.get(name) else { return };
        let problem = if self.open.iter().any(|open| open == name) {
            Some(format!("the target {name} needs itself"))
        } else if self.open.len() >= DEEPEST || self.made.recipes.len() >= MOST {
            Some(format!("the target {name} is too far down to be followed"))
        } else {
            None
        };
        if let Some(why) = problem {
            self.made.gaps.push(Unfollowed { why, at: target.at.clone() });
            return;
        }
        self.open.push(name.to_owned());
        for prerequisite in &target.prerequisites {
            self.make(prerequisite);
        }
        self.open.pop();
        self.done.insert(name.to_owned());
        if let Some(recipe) = self.recipe(name, target) {
            self.made.recipes.push(recipe);
        }
    }

    fn recipe(&self, name: &str, target: &Target) -> Option<Recipe> {
        let (Some(source), Some(at)) = (&target.source, &target.at) else { return None };
        if target.lines.is_empty() {
            return None;
        }
        let mut given = Vec::new();
        let mut lines = Vec::new();
        for raw in self.joined(target) {
            let (text, known) = self.state.line(name, target, &raw, given);
            given = known;
            lines.push(marked(&text, raw.conditional));
        }
        // A file that is there may be up to date.
        let is_file = !self.state.phony.contains(name)
            && self.state.directory.join(name).is_some_and(|path| self.state.files.has(&path));
        Some(Recipe {
            target: name.to_owned(),
            source: source.clone(),
            at: at.clone(),
            lines,
            directory: Directory::Inside(self.state.directory.clone()),
            given,
            environment: Vec::new(),
            shell: self.shell(),
            conditional: target.conditional || is_file,
        })
    }

    /// The lines; with `.ONESHELL` all of them as one.
    fn joined(&self, target: &Target) -> Vec<RecipeLine> {
        let (true, Some(source)) = (self.state.one_shell, &target.source) else { return target.lines.clone() };
        let mut builder = crate::follow::builder::Builder::new(source, Vec::new());
        for line in &target.lines {
            if builder.len() > 0 {
                builder.put("\n", line.text.whole());
            }
            builder.append(&line.text);
        }
        let conditional = target.lines.iter().any(|line| line.conditional);
        vec![RecipeLine { text: builder.finish().0, conditional }]
    }

    fn shell(&self) -> Option<String> {
        let set =
            |name: &str| self.state.variables.contains_key(name).then(|| self.state.variable(name, 0).to_string());
        let (shell, flags) = (set("SHELL"), set(".SHELLFLAGS"));
        if shell.is_none() && flags.is_none() {
            return None;
        }
        Some(format!("{} {}", shell.as_deref().unwrap_or("/bin/sh"), flags.as_deref().unwrap_or("-c")))
    }
}

/// A line without the marks before its command.
fn marked(text: &Text, conditional: bool) -> Line {
    let value = text.value();
    let rest = value.trim_start_matches(['@', '-', '+', ' ', '\t']);
    let marks = &value[..value.len() - rest.len()];
    Line {
        is_silent: marks.contains('@'),
        ignores_errors: marks.contains('-'),
        conditional,
        ..Line::plain(text.part(marks.len()..value.len()))
    }
}
