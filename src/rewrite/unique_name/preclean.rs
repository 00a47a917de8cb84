//! A removal before the creation, by the same name: with the run in the name there is nothing to remove.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::shell_text::{Command, ShellText, begins_heredoc};
use super::super::{Draft, Place, Withheld};
use super::reference::{held, same};
use super::uses::Use;
use super::{Name, NameKind, reference};
use crate::command::Arg;
use crate::docker::{ComposeVerb, Verb};
use crate::lifecycle::removal::{Removal, Scope};
use crate::runner::table::Trait;
use crate::shell::{Statement, StatementKind};
use crate::source::Location;
use crate::symbol::{Dimensions, Value};
use crate::trace::ActKind;

/// Programs that only ask, or say, whether something is there to be removed.
const ASKS: &[&str] = &[
    "[", "test", "grep", "egrep", "fgrep", "awk", "head", "wc", "cut", "sort", "tr", "echo", "printf", "true", ":",
    "xargs", "sleep",
];

/// A command that goes, or one word of it.
#[derive(Clone, Debug)]
pub struct Gone {
    text: usize,
    span: Range<usize>,
    is_word: bool,
}

impl Gone {
    /// These bytes of a text of the job.
    pub fn new(text: usize, span: Range<usize>) -> Self {
        Self { text, span, is_word: false }
    }

    /// Whether the rest of its command stays.
    pub fn is_word(&self) -> bool {
        self.is_word
    }

    /// Whether a use goes with it.
    pub fn holds(&self, used: &Use) -> bool {
        self.text == used.text && (self.covers(&used.statement) || self.is_word && self.span == used.word.span)
    }

    /// Whether a range of that text does.
    pub fn is_in(&self, text: usize, range: &Range<usize>) -> bool {
        self.text == text && self.covers(range)
    }

    fn covers(&self, range: &Range<usize>) -> bool {
        self.span.start <= range.start && range.end <= self.span.end
    }
}

/// How many removals come before the command that makes a name: they may clear its way.
pub fn cleared_by(place: &Place<'_>, name: &Name) -> usize {
    place.job.removals.partition_point(|removal| removal.act < name.act)
}

/// Whether commands clear the way for what is made under a name.
pub fn is_there(place: &Place<'_>, name: &Name) -> bool {
    !clearing(place, name).is_empty()
}

/// Where they stand.
fn clearing<'a>(place: &Place<'a>, name: &Name) -> Vec<&'a Location> {
    // An image in the way is in nobody's: a build takes its tag over.
    if name.kind == NameKind::Image {
        return Vec::new();
    }
    let is_it = |removal: &&Removal| {
        let names = &removal.selector.names;
        match name.kind {
            // A project that is named nowhere is known by what the trace makes of its calls.
            NameKind::Project => {
                removal.scope == Scope::Project && names.iter().any(|arg| arg.value.same(&name.value).is_yes())
            }
            // What removes others by their names clears nothing here.
            _ => names.is_empty() || names.iter().any(|arg| arg.value.same(&name.value).may_be()),
        }
    };
    let earlier = place.job.removals[..cleared_by(place, name)].iter().filter(is_it);
    let acts = earlier.filter_map(|removal| place.job.trace.acts.get(removal.act));
    acts.filter(|act| act.context.trap.is_none()).map(|act| &act.at).collect()
}

/// Takes out the commands that clear the way for what is made next, and notes them. `together` are the names that the
/// same fix makes unique. Where attempts are not counted they stay: the second attempt has the first one's name, and
/// finds what that has left.
///
/// # Errors
/// When one cannot be taken out.
pub fn drop(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    (name, together): (&Name, &[Name]),
    texts: &[ShellText],
    uses: &[Use],
    gone: &mut Vec<Gone>,
) -> Result<(), Withheld> {
    // A name that has the run already gets no attempt: a second one of the same run finds what the first has left.
    let has = |dimension| name.value.unique().dimensions.has(dimension);
    let of_run_alone = has(Dimensions::RUN) && !has(Dimensions::ATTEMPT) && !has(Dimensions::RANDOM);
    // So does the next round of a loop, or of an action that tries again.
    let in_rounds = place.job.trace.acts.get(name.act).is_some_and(|act| act.context.in_loop);
    if of_run_alone || in_rounds || !place.job.substrate.does(Trait::SetsRunAttempt).is_yes() {
        return Ok(());
    }
    let places = clearing(place, name);
    if places.is_empty() {
        return Ok(());
    }
    let goes_along = |act: usize, other: &Value| is_unmade(place, name.kind, other, together, act);
    // A script is called by others as well, and at a desk.
    for (index, text) in that_may_name(name, uses, texts).filter(|(_, text)| text.is_workflow) {
        let body = &text.script.body;
        let names_it = |statement: &Statement| {
            let inside =
                |used: &Use| statement.span.start <= used.statement.start && used.statement.end <= statement.span.end;
            name.kind == NameKind::Project || uses.iter().any(|used| used.text == index && inside(used))
        };
        let leaves = |statement: &&Statement| {
            if !names_it(statement) || gone.iter().any(|known| known.is_in(index, &statement.span)) {
                return false;
            }
            let at = text.source.location(text.text.span(statement.span.clone()));
            places.iter().any(|place| place.path == at.path && at.span.contains(place.span))
                && only_removes(place, (index, text), statement, (name, uses), &goes_along)
        };
        let dropped: Vec<&Statement> = body.iter().filter(leaves).collect();
        let stays = |used: &&Use| used.text == index && !gone.iter().any(|known| known.holds(used));
        // Where all is seen, nobody makes what is left of the removal.
        let is_hidden = place.job.trace.has_unread();
        let words = uses.iter().filter(|_| is_hidden).filter(stays).filter(|used| {
            let at = text.source.location(text.text.span(used.statement.clone()));
            let is_dropped = dropped.iter().any(|statement| {
                statement.span.start <= used.statement.start && used.statement.end <= statement.span.end
            });
            !is_dropped && places.iter().any(|place| place.path == at.path && at.span.contains(place.span))
        });
        for used in words.filter_map(|used| beside_others(place, text, used, name)).collect::<Vec<_>>() {
            let at = text.location(used.clone()).ok_or_else(unclear)?;
            draft.replace(&at, "")?;
            gone.push(Gone { text: index, span: used.start + 1..used.end, is_word: true });
        }
        if dropped.is_empty() {
            continue;
        }
        if dropped.len() == body.len() {
            if remove_step(draft, place, text)? {
                gone.extend(dropped.iter().map(|statement| Gone::new(index, statement.span.clone())));
            }
            continue;
        }
        let mut cut: Vec<Range<usize>> = Vec::new();
        for statement in &dropped {
            let lead = comments_above(text, statement, &dropped);
            let start = lead.first().map_or(statement.span.start, |comment| comment.start);
            if let Some(range) = lines(text, start..statement.span.end, &cut) {
                cut.push(range.clone());
                let at = text.location(range).ok_or_else(unclear)?;
                draft.remove_lines(&at)?;
                for comment in lead.into_iter().filter_map(|comment| text.value().get(comment)) {
                    draft.drops_comment(text.source.path(), comment);
                }
                gone.push(Gone::new(index, statement.span.clone()));
            }
        }
    }
    Ok(())
}

/// The texts of a job that may remove what has a name, with their numbers: those that use it. A project may be taken
/// down without a word of it.
pub fn that_may_name<'t>(
    name: &Name,
    uses: &[Use],
    texts: &'t [ShellText],
) -> impl Iterator<Item = (usize, &'t ShellText)> + use<'t> {
    let numbers: Vec<usize> = match name.kind {
        NameKind::Project => (0..texts.len()).collect(),
        _ => uses.iter().map(|used| used.text).collect::<BTreeSet<_>>().into_iter().collect(),
    };
    numbers.into_iter().filter_map(|number| Some((number, texts.get(number)?)))
}

fn unclear() -> Withheld {
    Withheld::because("its line cannot be taken out: remove it by hand")
}

/// The word of a use and the space before it, where its command removes others beside it, which nothing here makes.
fn beside_others(place: &Place<'_>, text: &ShellText, used: &Use, name: &Name) -> Option<Range<usize>> {
    let (call, _) = text.calls().find(|(_, written)| written.statement == used.statement && !written.nested)?;
    let Verb::Remove(remove) = &call.verb else { return None };
    let is_name = |arg: &&Arg| used.word.span.start <= arg.span.start && arg.span.end <= used.word.span.end;
    let is_made = |value: &Value| {
        let all = place.job.resources.iter().filter(|resource| reference::kind(name.kind) == Some(resource.kind));
        all.filter_map(|resource| resource.name.as_ref()).any(|own| !own.same(value).is_no())
    };
    let is_other = |arg: &Arg| !arg.splits && !same(name.kind, &arg.value, &name.value) && !is_made(&arg.value);
    let own = remove.names.iter().find(is_name).filter(|arg| !arg.splits)?;
    let is_named = used.held.arg.span == own.span && remove.names.iter().any(is_other);
    let start = used.word.span.start.checked_sub(1)?;
    let is_apart = text.value().get(start..used.word.span.start) == Some(" ");
    (is_named && is_apart).then_some(start..used.word.span.end)
}

/// Whether nothing of a name can be there when an act of the job removes it: the name is the run's own, or becomes so
/// in the same fix, and the job makes it later. What nothing here makes a script that nobody sees may have made.
fn is_unmade(place: &Place<'_>, kind: NameKind, name: &Value, together: &[Name], act: usize) -> bool {
    let becomes = together.iter().any(|one| one.kind == kind && same(kind, &one.value, name));
    let unique = name.unique();
    let is_own = unique.differs_in(Dimensions::RANDOM).is_yes()
        || [Dimensions::RUN, Dimensions::ATTEMPT].into_iter().all(|part| unique.differs_in(part).is_yes());
    let made = reference::kind(kind).map(|kind| {
        let all = place.job.resources.iter().filter(move |resource| resource.kind == kind);
        all.filter(|resource| resource.name.as_ref().is_some_and(|own| !own.same(name).is_no()))
    });
    let mut made = made.into_iter().flatten().peekable();
    (becomes || is_own) && made.peek().is_some() && made.all(|resource| resource.act > act)
}

/// Whether a statement does nothing but stop and remove what has the name. `goes_along` says of another name whether
/// an act may stop doing so, too.
pub fn only_removes(
    place: &Place<'_>,
    (index, text): (usize, &ShellText),
    statement: &Statement,
    (name, uses): (&Name, &[Use]),
    goes_along: &dyn Fn(usize, &Value) -> bool,
) -> bool {
    let mut removes = false;
    let mut named = name.kind == NameKind::Project;
    // What a heredoc fed it would be commands without it.
    let mut others = !is_plain(statement) || begins_heredoc(&text.script, text.value(), &statement.span);
    let inside = |command: &&Command| {
        statement.span.start <= command.statement.start && command.statement.end <= statement.span.end
    };
    let asks = |command: &Command| command.call.is_some() || ASKS.contains(&command.program.as_str());
    others |= !text.commands().iter().filter(inside).all(asks);
    others |= text.value().get(statement.span.clone()).is_none_or(writes);
    for (call, written) in text.calls() {
        let inside = statement.span.start <= written.statement.start && written.statement.end <= statement.span.end;
        if !inside {
            continue;
        }
        match &call.verb {
            Verb::Remove(_) | Verb::Control(_) => removes = true,
            Verb::List(_) | Verb::Inspect { .. } => {}
            Verb::Compose(compose) => match &compose.verb {
                ComposeVerb::Down { .. } | ComposeVerb::Remove { .. } | ComposeVerb::Control { .. } => removes = true,
                _ => others = true,
            },
            _ => others = true,
        }
        if others {
            return false;
        }
        for held in held(call, name.kind) {
            let used = uses.iter().any(|used| used.text == index && used.held.arg.span == held.arg.span);
            named |= used;
            let is_it = used || held.arg.splits || same(name.kind, &held.name, &name.value);
            others |= !is_it && !told(place, text, &held.arg, name.kind, goes_along);
        }
    }
    removes && named && !others
}

/// Whether a word of a text is one name wherever the job comes across it, and `goes_along` holds of that.
fn told(
    place: &Place<'_>,
    text: &ShellText,
    word: &Arg,
    kind: NameKind,
    goes_along: &dyn Fn(usize, &Value) -> bool,
) -> bool {
    let at = text.source.location(text.text.span(word.span.clone()));
    let mut said = place.job.trace.acts.iter().enumerate().flat_map(|(index, act)| {
        let call = match &act.kind {
            ActKind::Docker(call) if act.frame.source.path() == &at.path => Some(call),
            _ => None,
        };
        let here = call.into_iter().flat_map(|call| held(call, kind));
        let here = here.filter(|held| act.frame.location(held.arg.span.clone()) == at);
        here.map(|held| goes_along(index, &held.name)).collect::<Vec<_>>()
    });
    said.next().is_some_and(|first| first && said.all(|goes| goes))
}

/// Whether a text may write a file: `> rm.log`, but for `/dev/null` and other descriptors.
fn writes(text: &str) -> bool {
    text.match_indices('>').any(|(at, _)| {
        let target = text[at + 1..].trim_start_matches(['>', '|', ' ']);
        !text[at + 1..].starts_with('&') && !target.starts_with("/dev/null")
    })
}

/// A command, a pipe, or one with `|| true` behind it.
pub fn is_plain(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Command(_) | StatementKind::Pipeline(_) => true,
        StatementKind::Or(left, right) | StatementKind::And(left, right) => is_plain(left) && is_plain(right),
        // `if docker ps -a | grep -q pg; then docker rm -f pg; fi`
        StatementKind::If { arms, otherwise: None } => {
            let is_asked = |one: &Statement| is_plain(one) || matches!(one.kind, StatementKind::Test(_));
            arms.iter().all(|(condition, block)| condition.iter().all(is_asked) && block.iter().all(is_plain))
        }
        _ => false,
    }
}

/// The comments right above a statement, when they are about nothing that stays: behind them there are only statements
/// that go, and then a blank line or the end.
pub fn comments_above(text: &ShellText, statement: &Statement, dropped: &[&Statement]) -> Vec<Range<usize>> {
    let script = text.value();
    let line_start = |at: usize| script[..at].rfind('\n').map_or(0, |at| at + 1);
    let mut above = line_start(statement.span.start);
    let mut lead: Vec<Range<usize>> = Vec::new();
    for comment in text.script.comments.iter().rev().filter(|comment| comment.end <= statement.span.start) {
        let start = line_start(comment.start);
        let is_right_above = script.get(comment.end..above).is_some_and(|gap| gap == "\n");
        if !is_right_above || !script[start..comment.start].trim().is_empty() || script[start..].starts_with("#!") {
            break;
        }
        lead.insert(0, comment.clone());
        above = start;
    }
    let mut end = statement.span.end;
    loop {
        let mut rest = script[end..].split('\n');
        let (own, next) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
        if !own.trim().is_empty() {
            return Vec::new();
        }
        if next.trim().is_empty() {
            return lead;
        }
        let below = end + own.len() + 1;
        match dropped.iter().find(|other| line_start(other.span.start) == below) {
            Some(other) => end = other.span.end,
            None => return Vec::new(),
        }
    }
}

/// What stands alone on its lines. With the blank lines behind it where above there is one already, or nothing but what
/// goes: `cut`.
fn lines(text: &ShellText, span: Range<usize>, cut: &[Range<usize>]) -> Option<Range<usize>> {
    let script = text.value();
    let before = script.get(..span.start)?.rsplit('\n').next()?;
    let behind = script.get(span.end..)?;
    let rest = behind.split('\n').next()?;
    if !before.trim().is_empty() || !rest.trim().is_empty() {
        return None;
    }
    let mut above = script.get(..span.start - before.len())?;
    let holds_end =
        |gone: &&Range<usize>, above: &str| gone.start < above.trim_end().len() && above.trim_end().len() <= gone.end;
    while let Some(gone) = cut.iter().find(|gone| holds_end(gone, above)) {
        above = script.get(..gone.start)?;
    }
    let last_above = above.trim_end_matches([' ', '\t']).strip_suffix('\n').unwrap_or(above);
    let is_apart = last_above.rsplit('\n').next()?.trim().is_empty();
    let blank = behind.len() - behind.trim_start().len();
    let last = behind.get(..blank)?.rfind('\n').filter(|_| is_apart).unwrap_or_default();
    Some(span.start..span.end + last)
}

/// Takes out the step whose whole text this is, when nothing refers to it.
fn remove_step(draft: &mut Draft<'_>, place: &Place<'_>, text: &ShellText) -> Result<bool, Withheld> {
    let source = place.tree.source();
    let is_alone = place.job.job.steps.len() == 1;
    let Some(step) = text.own_step(place).filter(|step| step.id.is_none() && !step.aliased && !is_alone) else {
        return Ok(false);
    };
    let node = place.tree.node(step.node);
    let Some(lines) = node.item_lines() else { return Ok(false) };
    if !place.tree.comments_in(lines.span).is_empty() {
        return Ok(false);
    }
    draft.remove_item(source.path(), step.node, false)?;
    for comment in text.script.comments.iter().filter_map(|comment| text.value().get(comment.clone())) {
        draft.drops_comment(source.path(), comment);
    }
    Ok(true)
}
