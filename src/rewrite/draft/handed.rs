//! What runs behind `sudo`, `env -i` or a login shell has none of the variables around it: a name that a fix hands on by a
//! variable does not come through.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::file::{File, gives, new_texts};
use super::given::{self, Given};
use crate::command::Keeps;
use crate::docker::Verb;
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::untrusted::is_variable;
use crate::rewrite::{Place, Scene, Withheld};
use crate::source::{Location, Source, Span};
use crate::trace::Act;

/// The variable that gives compose its project.
const PROJECT: &str = "COMPOSE_PROJECT_NAME";

/// Refuses what has to be read from a variable where none comes through.
///
/// # Errors
/// When something has.
pub(super) fn refuse(
    scene: &Scene<'_>,
    files: &BTreeMap<Arc<str>, File<'_>>,
    changes: &dyn Fn(&Location) -> bool,
) -> Result<(), Withheld> {
    let all: Vec<Rc<Shutting>> = files.keys().map(|path| Shutting::in_file(scene, path)).collect();
    for job in all.iter().flat_map(|shutting| &shutting.0) {
        let is_told = |name: &str| {
            let given = job.given.iter().filter(|given| given.is_of(name));
            let part = |path: &Arc<str>| (*path == job.path).then_some(job.span);
            let mut new = files.iter().flat_map(|(path, file)| new_texts(file, part(path)));
            new.any(|text| gives(text, name))
                || given.into_iter().any(|given| changes(&given.location(0..given.value.len())))
        };
        for shut in &job.shut {
            // What another job is told by it leaves it as it was here.
            let is_meant = |name: &str| !shut.keeps.has(name) && (name.starts_with("GITHUB_") || is_told(name));
            let written = || shut.texts.iter().find_map(|text| text.new_variable(files, &is_meant));
            let read = || shut.defaulted.iter().find(|name| is_told(name)).cloned();
            if let Some(name) = written().or_else(read) {
                return Err(shut.withheld(&name));
            }
        }
    }
    Ok(())
}

/// The jobs with such commands that read something of a file there, or are given variables in it.
struct Shutting(Vec<Rc<OfJob>>);

/// The commands of a job that run something without the variables around.
struct OfJob {
    path: Arc<str>,
    span: Span,
    shut: Vec<Shut>,
    /// What the job gives its variables.
    given: Vec<Given>,
}

/// A command that runs something without the variables around.
struct Shut {
    /// As written.
    text: String,
    at: Location,
    line: usize,
    keeps: Keeps,
    /// What it runs.
    texts: Vec<Behind>,
    /// The variables that this takes something else for where they are not set.
    defaulted: Vec<String>,
}

/// A text that is run, or read, behind such a command.
struct Behind {
    source: Source,
    span: Span,
}

impl Shutting {
    fn in_file(scene: &Scene<'_>, path: &Arc<str>) -> Rc<Self> {
        scene.reading.of_file(path, || {
            let jobs = scene.jobs_of(path).into_iter();
            let jobs = jobs.map(|place| scene.reading.of_job(place.job, || OfJob::read(&place)));
            Self(jobs.filter(|job| job.has_to_do_with(path)).collect())
        })
    }
}

impl OfJob {
    fn read(place: &Place<'_>) -> Self {
        let shut = shut(place);
        let mut given = Vec::new();
        if shut.iter().any(|shut| !shut.defaulted.is_empty()) {
            given = given::of_job(place, &ShellText::of_job(place));
            given.retain(|one| shut.iter().any(|shut| shut.defaulted.iter().any(|name| one.is_of(name))));
        }
        Self { path: place.analysed.path.clone(), span: place.job.job.span, shut, given }
    }

    fn has_to_do_with(&self, path: &Arc<str>) -> bool {
        let mut texts = self.shut.iter().flat_map(|shut| &shut.texts);
        let is_own = || self.path == *path || self.given.iter().any(|given| given.path() == path);
        !self.shut.is_empty() && (is_own() || texts.any(|text| text.source.path() == path))
    }
}

/// Those of a job that run something that is seen.
fn shut(place: &Place<'_>) -> Vec<Shut> {
    let texts = ShellText::of_job(place);
    let commands = texts.iter().flat_map(|text| text.commands().iter().map(move |command| (text, command)));
    let standing = OnceCell::new();
    let shut = commands.filter(|(_, command)| command.keeps != Keeps::All).map(|(text, command)| {
        let at = text.source.location(text.text.span(command.statement.clone()));
        let (mut behind, mut is_compose): (Vec<Behind>, bool) = (Vec::new(), false);
        let mut add = |source: &Source, span: Span| {
            if !behind.iter().any(|known| known.source.path() == source.path() && known.span == span) {
                behind.push(Behind { source: source.clone(), span });
            }
        };
        let acts = &place.job.trace.acts;
        for (index, is_called) in standing.get_or_init(|| Standing::of(acts)).within(&at) {
            let Some(act) = acts.get(index) else { continue };
            if is_called {
                add(&act.frame.source, act.frame.text.whole());
            }
            if let Some(Verb::Compose(compose)) = act.verb() {
                is_compose |= compose.project.is_none();
                let sources = place.job.stacks.get(&index).into_iter().flat_map(|stack| &stack.sources);
                sources.for_each(|source| add(source, Span::new(0, source.text().len())));
            }
        }
        let mut defaulted: Vec<String> = behind.iter().flat_map(Behind::defaulted).collect();
        defaulted.extend(is_compose.then(|| PROJECT.to_owned()));
        defaulted.retain(|name| !command.keeps.has(name));
        let written = text.value().get(command.statement.clone()).unwrap_or_default();
        let line = text.source.place(at.span.start).line;
        let text = written.lines().next().unwrap_or_default().to_owned();
        Shut { text, at, line, keeps: command.keeps.clone(), texts: behind, defaulted }
    });
    shut.filter(|shut| !shut.texts.is_empty() || !shut.defaulted.is_empty()).collect()
}

/// The acts of a job by where they stand, and by where they are called, in order.
struct Standing<'a>(Vec<(&'a Location, usize, bool)>);

impl<'a> Standing<'a> {
    fn of(acts: &'a [Act]) -> Self {
        let own = acts.iter().enumerate().map(|(index, act)| (&act.at, index, false));
        let called = acts.iter().enumerate();
        let called = called.flat_map(|(index, act)| act.chain.iter().map(move |link| (&link.location, index, true)));
        let mut all: Vec<_> = own.chain(called).collect();
        all.sort_by_key(|(at, ..)| (&at.path, at.span.start));
        Self(all)
    }

    /// Those that stand in a command, or are called by it, in the job's order; whether they are called.
    fn within(&self, whole: &Location) -> BTreeMap<usize, bool> {
        let from = self.0.partition_point(|(at, ..)| (&at.path, at.span.start) < (&whole.path, whole.span.start));
        let near = self.0[from..].iter();
        let near = near.take_while(|(at, ..)| at.path == whole.path && at.span.start <= whole.span.end);
        let mut all = BTreeMap::new();
        for (_, index, is_called) in near.filter(|(at, ..)| whole.span.contains(at.span)) {
            *all.entry(*index).or_default() |= is_called;
        }
        all
    }
}

impl Shut {
    fn withheld(&self, name: &str) -> Withheld {
        let (line, path, text) = (self.line, &self.at.path, &self.text);
        let how = match text.starts_with("sudo") {
            true => format!("`sudo --preserve-env={name} …`"),
            false => format!("`{name}=\"${name}\"` among its words"),
        };
        Withheld::because(format!(
            "`{text}` in line {line} of `{path}` has none of the variables around it, and what it runs would not find the \
             new value in `{name}`: hand it on there, {how}"
        ))
    }
}

impl Behind {
    /// A variable that a draft has it read, of those that are meant.
    fn new_variable(&self, files: &BTreeMap<Arc<str>, File<'_>>, is_meant: &dyn Fn(&str) -> bool) -> Option<String> {
        let file = files.get(self.source.path())?;
        let text = self.source.slice(self.span);
        let is_own = |name: &str| text.contains(&format!("{name}="));
        let names = new_texts(file, Some(self.span)).flat_map(variables);
        names.map(|(name, _)| name).find(|name| !is_own(name) && is_meant(name)).map(str::to_owned)
    }

    /// The variables that it takes something else for where they are not set.
    fn defaulted(&self) -> Vec<String> {
        let all = variables(self.source.slice(self.span));
        let is_defaulted = |rest: &str| rest.starts_with(":-") || rest.starts_with('-') || rest.starts_with(":=");
        all.filter(|(_, rest)| is_defaulted(rest)).map(|(name, _)| name.to_owned()).collect()
    }
}

/// The variables that a text reads, each with what follows its name: `PG`, and `:-pg}` of `${PG:-pg}`.
fn variables(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let inner = rest.strip_prefix('{');
        let rest = inner.unwrap_or(rest);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        is_variable(name).then_some((name, if inner.is_some() { behind } else { "" }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_behind_a_dollar() {
        let text = "docker exec \"${PG:-pg}\" $NAME-x $1 $(id) ${RUN:+-$RUN} $$HOME ${{ env.X }}";
        let all: Vec<(&str, bool)> = variables(text).map(|(name, rest)| (name, rest.starts_with(":-"))).collect();
        assert_eq!(all, [("PG", true), ("NAME", false), ("RUN", false), ("RUN", false), ("HOME", false)]);
    }
}
