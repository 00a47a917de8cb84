//! The shell texts of a job as they are written: every call of docker in them, whatever it stands in.
//!
//! The trace knows what a word becomes; here is what a word is, so that it can be changed.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::{Place, Withheld};
use crate::command::powershell::speaks_powershell;
use crate::command::{Arg, Invocation, Keeps};
use crate::docker::{self, Client, DockerCall, Verb};
use crate::shell::{self, Node, Part, Piece, RedirectKind, Script, StatementKind, Word};
use crate::source::{FileKind, Location, Source, Span, Text};
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;
use crate::workflow::Step;

/// How deep scripts within words are read.
const DEEPEST: usize = 3;

/// A `run:` text, or a script that is called.
#[derive(Clone, Debug)]
pub struct ShellText {
    /// The file.
    pub source: Source,
    /// The script in it.
    pub text: Text,
    /// The same, parsed.
    pub script: Script,
    /// It stands in a workflow or an action, where `${{ … }}` is replaced.
    pub is_workflow: bool,
    /// `set -u` holds somewhere in it, or in another text of the job.
    pub nounset: bool,
    /// The job's step whose own script it is, by its number in the file.
    step: Option<usize>,
    /// Words that the trace knows as a client's, though a variable says them, by where they begin.
    clients: HashMap<usize, &'static [&'static str]>,
    commands: OnceCell<Vec<Command>>,
}

/// A command as it is written.
#[derive(Clone, Debug)]
pub struct Command {
    /// The bytes of its statement.
    pub statement: Range<usize>,
    /// Its words.
    pub words: Vec<Word>,
    /// It stands in a word of another command (`sh -c '…'`).
    pub nested: bool,
    /// The program that runs in the end.
    pub program: String,
    /// What it asks docker for.
    pub call: Option<DockerCall>,
    /// It runs when this fails: what stands before its `||`.
    pub instead_of: Option<Range<usize>>,
    /// It stands in a word of `[[ … ]]`.
    pub in_test: bool,
    /// What it has of the variables around.
    pub keeps: Keeps,
}

impl ShellText {
    /// The shell texts of a job: its own, then those it calls.
    pub fn of_job(place: &Place<'_>) -> Rc<Vec<Self>> {
        place.reading.of_job(place.job, || Self::read(place))
    }

    fn read(place: &Place<'_>) -> Vec<Self> {
        let source = place.tree.source();
        let mut texts = Texts::default();
        for step in &place.job.trace.steps {
            let own = place.job.job.steps.get(step.index).filter(|_| step.run.is_some());
            if let Some(run) = own.and_then(|own| own.run.as_ref()) {
                texts.add(source, &run.value.text, false, true, Some(step.index));
            }
        }
        for act in &place.job.trace.acts {
            let is_shell = !matches!(act.kind, ActKind::Action(_) | ActKind::Uses { .. });
            if is_shell {
                let is_workflow = act.frame.source.kind().has_expressions();
                texts.add(&act.frame.source, &act.frame.text, act.context.nounset, is_workflow, None);
            }
        }
        let mut all = texts.all;
        know_clients(&mut all, &place.job.trace.acts);
        // What one script makes another removes: at a desk, too, both must come to the same name.
        let nounset = all.iter().any(|text| text.nounset);
        all.iter_mut().for_each(|text| text.nounset = nounset);
        all
    }

    /// Whether the job's `env:` is there for certain: an action may be used by others, who set nothing of it.
    pub fn has_job_env(&self) -> bool {
        self.source.kind() == FileKind::Workflow
    }

    /// The step of the job whose own script it is.
    pub fn own_step<'a>(&self, place: &Place<'a>) -> Option<&'a Step> {
        place.job.job.steps.get(self.step?)
    }

    /// Refuses a text in which variables of the shell cannot be written.
    ///
    /// # Errors
    /// When it is a recipe of just, Task or npm.
    pub fn takes_variables(&self) -> Result<(), Withheld> {
        if self.is_workflow && speaks_powershell(self.value()) {
            return Err(Withheld::because(
                "its step is written for PowerShell, where variables are written in another way",
            ));
        }
        if self.source.kind().takes_variables() {
            return Ok(());
        }
        Err(Withheld::because(format!("it stands in `{}`, which is no shell script", self.source.path())))
    }

    /// The text.
    pub fn value(&self) -> &str {
        self.text.value()
    }

    /// What stands between a command and one that is added behind it: on a line of its own where it has one, and where
    /// it is all that there is.
    pub fn between_commands(&self, statement: &Range<usize>) -> String {
        let before = self.value().get(..statement.start).unwrap_or_default();
        let indent = before.rsplit('\n').next().unwrap_or_default();
        let behind = self.value().get(statement.end..).unwrap_or_default().lines().next().unwrap_or_default();
        let has_line = indent.trim().is_empty() && (self.value().trim_end().contains('\n') || behind.trim().is_empty());
        let breaks = has_line && !self.source.kind().has_recipes() && self.source.kind().takes_variables();
        if breaks { format!("\n{indent}") } else { "; ".to_owned() }
    }

    /// The bytes of a range, when they can be told for certain.
    pub fn location(&self, range: Range<usize>) -> Option<Location> {
        Some(self.source.location(self.text.exact(range)?))
    }

    /// The word as an argument: what is known without running anything. An expansion is known as it is written.
    pub fn arg(&self, word: &Word) -> Arg {
        let value = Value::concat(word.pieces.iter().map(|piece| self.piece(piece)));
        Arg { value, span: word.span.clone(), splits: word.splits() }
    }

    /// What a variable says where the trace knows it for a client: `$DOCKER run`, `$COMPOSE up`.
    fn client(&self, word: &Word, next: Option<&Word>) -> Option<Vec<Arg>> {
        let said = self.clients.get(&word.span.start).filter(|_| word.literal().is_none())?;
        // `$DOCKER compose up`: the variable says the client alone.
        let said = if next.and_then(Word::literal).as_deref() == Some("compose") { &said[..1] } else { said };
        let arg = |said: &&str| Arg { value: Value::literal(*said), span: word.span.clone(), splits: false };
        Some(said.iter().map(arg).collect())
    }

    fn piece(&self, piece: &Piece) -> Value {
        match &piece.part {
            Part::Literal(text) => Value::literal(text.clone()),
            Part::Expression(text) => Value::unknown(format!("${{{{ {text} }}}}")),
            Part::Parameter(parameter)
                if parameter.operation.is_none() && parameter.form == shell::ParameterForm::Plain =>
            {
                Value::unknown(format!("${{{}}}", parameter.name))
            }
            _ => Value::unknown(self.value().get(piece.span.clone()).unwrap_or("$?")),
        }
    }

    /// Every command, those within words (`sh -c '…'`, traps) included.
    pub fn commands(&self) -> &[Command] {
        self.commands.get_or_init(|| {
            let mut all = Vec::new();
            self.walk(&self.script, 0, &mut all);
            all
        })
    }

    /// Every call of docker on this daemon.
    pub fn calls(&self) -> impl Iterator<Item = (&DockerCall, &Command)> {
        let calls = self.commands().iter().filter_map(|command| Some((command.call.as_ref()?, command)));
        calls.filter(|(call, _)| call.away != Truth::Yes)
    }

    fn walk(&self, script: &Script, depth: usize, all: &mut Vec<Command>) {
        let mut inner = Vec::new();
        let mut lists: HashMap<Range<usize>, Range<usize>> = HashMap::new();
        let mut test = 0..0;
        script.visit(&mut |node| {
            let Node::Statement(statement) = node else { return };
            match &statement.kind {
                StatementKind::Or(before, behind) => {
                    let parts = match &behind.kind {
                        StatementKind::Pipeline(parts) => parts.as_slice(),
                        _ => std::slice::from_ref(&**behind),
                    };
                    lists.extend(parts.iter().map(|part| (part.span.clone(), before.span.clone())));
                }
                StatementKind::Test(_) => test = statement.span.clone(),
                _ => {}
            }
            let Some(command) = statement.command() else { return };
            let instead_of = lists.get(&statement.span).cloned();
            let in_test = test.contains(&statement.span.start);
            let own = self.command(statement.span.clone(), &command.words, depth > 0);
            all.push(Command { instead_of, in_test, ..own });
            inner.extend(self.script_word(&command.words));
        });
        for word in inner.into_iter().filter(|_| depth < DEEPEST) {
            if let Some(inner) = shell::reparse(self.value(), &word) {
                self.walk(&inner.parse(), depth + 1, all);
            }
        }
    }

    fn command(&self, statement: Range<usize>, words: &[Word], nested: bool) -> Command {
        let mut args: Vec<Arg> = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            match self.client(word, words.get(at + 1)) {
                Some(said) => args.extend(said),
                None => args.push(self.arg(word)),
            }
        }
        let invocation = Invocation::parse(&args);
        let program = invocation.as_ref().map(|invocation| invocation.program.clone()).unwrap_or_default();
        let call = invocation.as_ref().and_then(docker::call);
        let keeps = invocation.map(|invocation| invocation.keeps).unwrap_or_default();
        Command { statement, words: words.to_vec(), nested, program, call, instead_of: None, in_test: false, keeps }
    }

    /// The word that another shell of this job reads.
    fn script_word(&self, words: &[Word]) -> Option<Word> {
        let literal = Word::literal;
        let program = words.iter().find_map(|word| {
            let text = literal(word)?;
            (!matches!(&*text, "sudo" | "timeout" | "retry" | "nohup")).then_some(text)
        })?;
        let at = match program.rsplit('/').next().unwrap_or_default() {
            "trap" | "eval" => words.iter().position(|word| literal(word).as_ref() == Some(&program))? + 1,
            "sh" | "bash" | "dash" | "zsh" => {
                let is_option =
                    |text: Cow<'_, str>| text.starts_with('-') && !text.starts_with("--") && text.ends_with('c');
                words.iter().position(|word| literal(word).is_some_and(is_option))? + 1
            }
            _ => return None,
        };
        words.get(at).cloned()
    }
}

/// Whether a heredoc begins in a range of a script: its body, which stands below, is no code only because of it.
pub fn begins_heredoc(script: &Script, text: &str, range: &Range<usize>) -> bool {
    let mut found = false;
    script.visit_near(text, range, &mut |node| {
        let Node::Statement(statement) = node else { return };
        let redirects = statement.command().into_iter().flat_map(|command| &command.redirects);
        found |= redirects.chain(&statement.redirects).any(|redirect| {
            matches!(redirect.kind, RedirectKind::Heredoc { .. })
                && range.start <= redirect.span.start
                && redirect.span.end <= range.end
        });
    });
    found
}

/// The texts of a job while they are gathered: each once, also where a part of it is met again.
#[derive(Default)]
struct Texts {
    all: Vec<ShellText>,
    /// By file: where each begins, and its number.
    begins: HashMap<Arc<str>, BTreeMap<usize, usize>>,
    /// By file: the length of the longest.
    longest: HashMap<Arc<str>, usize>,
}

impl Texts {
    fn add(&mut self, source: &Source, text: &Text, nounset: bool, is_workflow: bool, step: Option<usize>) {
        if let Some(known) = self.holding(source, text.whole()).and_then(|known| self.all.get_mut(known)) {
            known.nounset |= nounset;
            return;
        }
        let whole = text.whole();
        self.begins.entry(source.path().clone()).or_default().insert(whole.start, self.all.len());
        let longest = self.longest.entry(source.path().clone()).or_default();
        *longest = (*longest).max(whole.end - whole.start);
        self.all.push(ShellText {
            source: source.clone(),
            text: text.clone(),
            script: shell::parse(text.value()),
            is_workflow,
            nounset,
            step,
            clients: HashMap::new(),
            commands: OnceCell::new(),
        });
    }

    /// The one that a text is, or is a part of.
    fn holding(&self, source: &Source, whole: Span) -> Option<usize> {
        let earliest = whole.end.saturating_sub(*self.longest.get(source.path())?);
        let near = self.begins.get(source.path())?.range(earliest.min(whole.start)..=whole.start).rev();
        let holds = |known: &usize| self.all.get(*known).is_some_and(|known| known.text.whole().contains(whole));
        near.map(|(_, number)| *number).find(holds)
    }
}

/// Notes where the job's calls of docker have their client's word.
fn know_clients(all: &mut [ShellText], acts: &[Act]) {
    let texts: HashMap<(Arc<str>, Span), usize> =
        all.iter().enumerate().map(|(at, text)| ((text.source.path().clone(), text.text.whole()), at)).collect();
    for act in acts {
        let ActKind::Docker(call) = &act.kind else { continue };
        let said: &[&str] = match (call.program, &call.verb) {
            (Client::Docker, Verb::Compose(_)) => &["docker", "compose"],
            (Client::Docker, _) => &["docker"],
            (Client::DockerCompose, _) => &["docker-compose"],
            (Client::Podman | Client::Nerdctl | Client::Buildah, _) => continue,
        };
        let text = texts.get(&(act.frame.source.path().clone(), act.frame.text.whole()));
        if let Some(text) = text.and_then(|at| all.get_mut(*at)) {
            text.clients.insert(call.at.start, said);
        }
    }
}
