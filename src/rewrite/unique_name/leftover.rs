//! What names it without being a word of docker's: host names are changed along, anything else is told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::super::shell_text::{Command, ShellText};
use super::super::{Draft, Place, Scene, Withheld};
use super::preclean::Gone;
use super::reference::held;
use super::uses::Use;
use super::{Kind, Name, Suffix, append};
use crate::docker::{NetworkChoice, Verb};
use crate::shell::{Context, Node, RedirectKind, Word};
use crate::source::{FileKind, Source, Span};
use crate::symbol::Value;
use crate::trace::ActKind;
use crate::workflow::Var;

/// Programs whose words are files, packages, targets and texts, not containers.
const PLAIN: &[&str] = &[
    "echo", "printf", "cd", "mkdir", "rm", "cp", "mv", "ls", "cat", "grep", "test", "[", "git", "go", "npm", "npx",
    "yarn", "pnpm", "make", "cargo", "pip", "python", "python3", "apt-get", "apk", "tar", "chmod", "chown", "touch",
    "export", "unzip", "zip", "sed", "awk", "jq", "pytest", "mvn", "gradle", "set", "head", "tail", "tee", "diff",
];

/// Changes host names along, and gives back the uses that nobody can change.
///
/// # Errors
/// When a host name stands where nothing expands.
pub fn rewire(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    name: &Name,
    uses: &[Use],
    dropped: &[Gone],
    suffix: &Suffix,
) -> Result<Vec<String>, Withheld> {
    let Some(literal) = name.value.as_literal() else { return Ok(Vec::new()) };
    let said = Said::of(draft.scene(), place, texts);
    if name.kind == Kind::Image {
        return super::image::rewire(draft, place, texts, literal, uses, suffix, &said);
    }
    let has_dns = name.kind == Kind::Container && is_on_user_network(place, name);
    let mut doubts = Vec::new();
    let mut is_reached = false;
    for (index, commands) in said.commands_with(literal, texts) {
        let Some(text) = texts.get(index) else { continue };
        let mut hosts: Vec<Range<usize>> = Vec::new();
        for written in commands {
            let program = written.program.as_str();
            let call = written.call.as_ref();
            if call.is_some_and(|call| !runs_something(&call.verb)) {
                continue;
            }
            let images: Vec<_> = call.iter().flat_map(|call| held(call, Kind::Image)).collect();
            let span = &written.statement;
            if program == "echo" || program == "printf" || dropped.iter().any(|gone| gone.is_in(index, span)) {
                continue;
            }
            for (at, word) in written.words.iter().enumerate() {
                let is_image = images.iter().any(|image| image.arg.span == word.span);
                if is_image || uses.iter().any(|used| used.text == index && used.word.span == word.span) {
                    continue;
                }
                let before = at.checked_sub(1).and_then(|at| written.words.get(at)).and_then(Word::literal);
                hosts.extend(
                    tokens(text.value(), word, literal)
                        .into_iter()
                        .filter(|range| has_dns && is_host(text.value(), range, before.as_deref())),
                );
                let whole = word.literal().as_deref() == Some(literal) && at > 0;
                let known = hosts.iter().any(|host| word.span.start <= host.start && host.end <= word.span.end);
                if whole && call.is_none() && !known && !PLAIN.contains(&program) && !program.is_empty() {
                    doubts.push(format!("`{program} … {literal}` may mean it, and is left as it is"));
                }
            }
        }
        hosts.sort_by_key(|range| range.start);
        hosts.dedup();
        is_reached |= !hosts.is_empty();
        for host in hosts {
            if text.is_workflow {
                append::insert(draft, text, host.end, &suffix.expression)?;
                continue;
            }
            let added = suffix.script(text)?;
            match text.script.context(text.value(), host.end) {
                Context::Bare => append::insert(draft, text, host.end, &format!("\"{added}\""))?,
                Context::Double => append::insert(draft, text, host.end, &added)?,
                _ => return Err(Withheld::because("its host name stands in quotes in which a script expands nothing")),
            }
        }
    }
    is_reached |= values(draft, place, literal, has_dns, suffix, &mut doubts)?;
    if has_dns && !is_reached && serves_by_name(place, name) && !is_told(place, literal) {
        doubts.push(format!("nothing here shows who reaches it as `{literal}` on its network"));
    }
    doubts.extend(said.written_out(literal, texts));
    doubts.extend(said.others(literal));
    Ok(doubts)
}

/// Whether a call runs a command that may reach a host: in a container.
fn runs_something(verb: &Verb) -> bool {
    matches!(verb, Verb::Run(_) | Verb::Create(_) | Verb::Exec(_) | Verb::Compose(_))
}

/// What a job says besides docker's own words, found by the names in it.
#[derive(Debug, Default)]
pub struct Said {
    /// The commands that have a name in a word: the text's place, and the command's in the text.
    commands: HashMap<String, Vec<(usize, usize)>>,
    /// The heredocs that have it, by their texts' places: texts for other programs.
    heredocs: HashMap<String, Vec<usize>>,
    /// Programs of the repository in other languages, with the names in them.
    programs: Vec<(Source, HashSet<String>)>,
    /// Makefiles of which the job runs some recipes, with the names in the others.
    recipes: Vec<(Source, HashSet<String>)>,
}

impl Said {
    fn of(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(scene, place, texts))
    }

    fn read(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Self {
        let (programs, recipes) = (programs(scene, place, texts), other_recipes(texts));
        let mut said = Self { programs, recipes, ..Self::default() };
        for (index, text) in texts.iter().enumerate() {
            for (at, command) in text.commands().iter().enumerate() {
                let mut names: HashSet<String> = HashSet::new();
                for word in &command.words {
                    names.extend(names_in(text.value().get(word.span.clone()).unwrap_or_default()).map(str::to_owned));
                    names.extend(word.literal());
                }
                names.into_iter().for_each(|name| said.commands.entry(name).or_default().push((index, at)));
            }
            for body in heredocs(text) {
                let body = text.value().get(body.span.clone()).unwrap_or_default();
                let names: HashSet<&str> = names_in(body).collect();
                names.into_iter().for_each(|name| said.heredocs.entry(name.to_owned()).or_default().push(index));
            }
        }
        said
    }

    /// The commands that may have a name in them, by texts, in order.
    fn commands_with<'t>(&self, name: &str, texts: &'t [ShellText]) -> Vec<(usize, Vec<&'t Command>)> {
        if is_one_name(name) {
            return self.commands_saying(name, texts);
        }
        texts.iter().enumerate().map(|(index, text)| (index, text.commands().iter().collect())).collect()
    }

    /// The commands that have a text for a word, or as a name in one, by texts, in order.
    pub fn commands_saying<'t>(&self, name: &str, texts: &'t [ShellText]) -> Vec<(usize, Vec<&'t Command>)> {
        let mut found: Vec<(usize, Vec<&Command>)> = Vec::new();
        for (index, at) in self.commands.get(name).into_iter().flatten() {
            let Some(command) = texts.get(*index).and_then(|text| text.commands().get(*at)) else { continue };
            match found.last_mut() {
                Some((last, commands)) if last == index => commands.push(command),
                _ => found.push((*index, vec![command])),
            }
        }
        found
    }

    /// Heredocs that name it.
    fn written_out(&self, name: &str, texts: &[ShellText]) -> Vec<String> {
        let of = |index: &usize| texts.get(*index).map(|text| text.source.path().clone());
        let paths: Vec<_> = match is_one_name(name) {
            true => self.heredocs.get(name).into_iter().flatten().filter_map(of).collect(),
            false => {
                let bodies = texts.iter().flat_map(|text| heredocs(text).into_iter().map(move |body| (text, body)));
                let naming = bodies.filter(|(text, body)| !tokens(text.value(), body, name).is_empty());
                naming.map(|(text, _)| text.source.path().clone()).collect()
            }
        };
        paths.iter().map(|path| format!("a text in `{path}` names it, and is left as it is")).collect()
    }

    /// Programs and recipes that name it.
    fn others(&self, name: &str) -> Vec<String> {
        let has = |(source, names): &&(Source, HashSet<String>)| match is_one_name(name) {
            true => names.contains(name),
            false => !find(source.text(), name).is_empty(),
        };
        let programs = self.programs.iter().filter(has);
        let programs = programs.map(|(source, _)| format!("`{}` names it, and is left as it is", source.path()));
        let recipes = self.recipes.iter().filter(|(_, names)| names.contains(name)).map(|(source, _)| {
            format!("a recipe of `{}` that the job does not run names it, and is left as it is", source.path())
        });
        programs.chain(recipes).collect()
    }
}

/// The bodies of a text's heredocs.
fn heredocs(text: &ShellText) -> Vec<&Word> {
    let mut bodies = Vec::new();
    text.script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let redirects = statement.command().into_iter().flat_map(|command| &command.redirects);
        for redirect in redirects.chain(&statement.redirects) {
            if let RedirectKind::Heredoc { body, .. } = &redirect.kind {
                bodies.push(body);
            }
        }
    });
    bodies
}

/// The files of the repository, no shell scripts, that commands are given, each once.
fn programs(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Vec<(Source, HashSet<String>)> {
    let read: HashSet<&str> = texts.iter().map(|text| text.source.path().as_ref()).collect();
    let mut words: HashSet<&str> = HashSet::new();
    let mut known: HashSet<Arc<str>> = HashSet::new();
    let mut programs = Vec::new();
    for act in &place.job.trace.acts {
        let ActKind::Command { argv, .. } = &act.kind else { continue };
        for word in argv.iter().filter_map(|arg| arg.text()).filter(|word| word.contains('.')) {
            if !words.insert(word) {
                continue;
            }
            let Some(source) = scene.named(word.trim_start_matches("./")) else { continue };
            if !read.contains(source.path().as_ref()) && known.insert(source.path().clone()) {
                let names = names_in(source.text()).map(str::to_owned).collect();
                programs.push((source, names));
            }
        }
    }
    programs
}

/// The makefiles that some of the texts are lines of, with the names in the recipe lines that none of them is.
fn other_recipes(texts: &[ShellText]) -> Vec<(Source, HashSet<String>)> {
    let mut read: BTreeMap<&str, (&Source, Vec<Span>)> = BTreeMap::new();
    for text in texts.iter().filter(|text| text.source.kind() == FileKind::Makefile) {
        let (_, spans) = read.entry(text.source.path().as_ref()).or_insert_with(|| (&text.source, Vec::new()));
        spans.push(text.text.whole());
    }
    let mut all = Vec::new();
    for (source, mut spans) in read.into_values() {
        spans.sort();
        let mut spans = spans.into_iter().peekable();
        let mut names = HashSet::new();
        let lines = (1..=source.line_count()).filter_map(|line| source.line(line));
        for line in lines.filter(|line| source.slice(*line).starts_with('\t')) {
            while spans.next_if(|span| span.end <= line.start).is_some() {}
            if spans.peek().is_none_or(|span| line.end <= span.start) {
                names.extend(names_in(source.slice(line)).map(str::to_owned));
            }
        }
        all.push((source.clone(), names));
    }
    all
}

/// Whether a letter can stand in a name.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether a text is a name and nothing else: then it stands in another text as a whole, or not at all.
fn is_one_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part)
}

/// The names that stand in a text.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_part(c)).filter(|name| !name.is_empty())
}

/// Values of `env:` and `with:` that hold it.
fn values(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    literal: &str,
    has_dns: bool,
    suffix: &Suffix,
    doubts: &mut Vec<String>,
) -> Result<bool, Withheld> {
    let mut found = false;
    if !has_dns {
        return Ok(found);
    }
    let job = &place.job.job;
    let steps = job.steps.iter().flat_map(|step| step.env.entries.iter().chain(&step.with.entries));
    for Var { name, text, .. } in job.env.entries.iter().chain(steps) {
        let Some(text) = text else { continue };
        for range in find(text.value(), literal) {
            let whole = text.value() == literal && name.value().to_ascii_lowercase().contains("host");
            if !whole && !is_host(text.value(), &range, None) {
                continue;
            }
            found = true;
            match text.exact(range) {
                Some(span) => draft.insert(&place.tree.source().location(span), false, &suffix.expression)?,
                None => doubts.push(format!("`{}` names it, and is left as it is", name.value())),
            }
        }
    }
    Ok(found)
}

/// How it is reached, as far as the command that makes it says: on a network that somebody made, by nothing but its
/// name.
pub fn way_to(place: &Place<'_>, name: &Name) -> (bool, bool) {
    (is_on_user_network(place, name), serves_by_name(place, name))
}

/// Whether its name is the only way to it: it runs on behind the command, and publishes nothing.
fn serves_by_name(place: &Place<'_>, name: &Name) -> bool {
    place.job.trace.acts.get(name.act).and_then(crate_verb).is_some_and(
        |verb| matches!(verb, Verb::Run(run) if run.detach.may_be() && run.publishes.is_empty() && run.aliases.is_empty()),
    )
}

/// Whether an `env:` tells its name, which changes along: programs may read it there.
fn is_told(place: &Place<'_>, literal: &str) -> bool {
    let job = &place.job.job;
    let vars = job.steps.iter().map(|step| &step.env).chain([&job.env, &place.analysed.workflow.env]);
    vars.flat_map(|vars| &vars.entries).any(|var| var.text.as_ref().is_some_and(|text| text.value() == literal))
}

/// The containers that a job connects to networks.
struct Connected(Vec<Value>);

/// Whether it is reached by its name: it is on a network that somebody made.
fn is_on_user_network(place: &Place<'_>, name: &Name) -> bool {
    let acts = &place.job.trace.acts;
    let is_started_there = match acts.get(name.act).and_then(crate_verb) {
        Some(Verb::Run(run) | Verb::Create(run)) => {
            !run.networks.is_empty() && matches!(run.network(), NetworkChoice::Named(_))
        }
        _ => false,
    };
    let connected = place.reading.of_job(place.job, || {
        let connected = acts.iter().filter_map(|act| match crate_verb(act)? {
            Verb::Connect { container, .. } => Some(container.value.clone()),
            _ => None,
        });
        Connected(connected.collect())
    });
    is_started_there || connected.0.iter().any(|container| container.same(&name.value).is_yes())
}

fn crate_verb(act: &crate::trace::Act) -> Option<&Verb> {
    match &act.kind {
        ActKind::Docker(call) => Some(&call.verb),
        _ => None,
    }
}

/// Where a name stands in a word, as a whole.
fn tokens(text: &str, word: &Word, name: &str) -> Vec<Range<usize>> {
    let raw = text.get(word.span.clone()).unwrap_or_default();
    find(raw, name).into_iter().map(|range| word.span.start + range.start..word.span.start + range.end).collect()
}

/// Where a name stands in a text, as a whole.
pub fn find(text: &str, name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(name) {
        let (before, after) = (text.get(..at), text.get(at + name.len()..));
        let apart =
            !before.is_some_and(|text| text.ends_with(is_part)) && !after.is_some_and(|text| text.starts_with(is_part));
        if apart {
            found.push(at..at + name.len());
        }
    }
    found
}

/// Whether a name stands where a host does: `http://pg`, `user@pg`, `-h pg`, `HOST=pg`, `pg:5432`.
fn is_host(text: &str, range: &Range<usize>, word_before: Option<&str>) -> bool {
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    let port = after.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let option = before.ends_with("-h ") || before.ends_with("--host ") || before.ends_with("--host=");
    let word = before.ends_with(['"', '\'']) || before.is_empty() || before.ends_with(char::is_whitespace);
    let given = word && word_before.is_some_and(|word| matches!(word, "-h" | "--host" | "--hostname"));
    let upper = before.to_ascii_uppercase();
    port && !before.ends_with('/')
        || before.ends_with("://")
        || before.ends_with('@')
        || option
        || given
        || upper.ends_with("HOST=")
}
