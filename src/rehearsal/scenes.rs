//! A job's plays for people: of each kind the one that shows most.

use super::compare::{Harm, hit_strangers, meeting, starved_service};
use super::plays::{Ending, Next, Peer, Play, Show};
use super::story;

/// One play, told.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What is played, as a heading.
    pub title: &'static str,
    /// What comes of it, in a sentence.
    pub story: String,
    /// Something collides, is hit or is left.
    pub is_bad: bool,
    /// The event at which the runs meet, or somebody else is hit.
    pub meets_at: Option<usize>,
    /// The play itself.
    pub show: Show,
}

impl Scene {
    /// Whether three runs end alike in it.
    pub fn is_of_three(&self) -> bool {
        matches!(self.show.play, Play::Thrice(_))
    }
}

/// How many of the things that are left run: they have a name, a port or memory that others miss.
fn running(show: &Show) -> usize {
    show.left.iter().filter(|thing| thing.runs()).count()
}

/// The scenes of a job's plays: two runs at once, what follows a kill, what three runs leave, and strangers that are
/// hit.
pub(super) fn scenes(shows: &[Show]) -> Vec<Scene> {
    let mut all = Vec::new();
    for (plays, title) in [
        (&[Play::Twice(Peer::Run), Play::Twice(Peer::Leg), Play::Twice(Peer::Call)][..], "two runs at once"),
        (
            &[Play::Killed(Next::Run), Play::Killed(Next::Attempt), Play::Killed(Next::Uncounted)][..],
            "killed, then run again",
        ),
    ] {
        let own = || shows.iter().filter(|show| plays.contains(&show.play));
        // Of equals the first: the earliest moment at which it comes to that.
        let worst = own()
            .map(|show| (meeting(show), show))
            .reduce(|known, next| if next.0.harm > known.0.harm { next } else { known });
        // Where they do not meet otherwise, one may have no service.
        let starved = || own().find_map(|show| Some((starved_service(show)?, show)));
        let meets = worst.as_ref().is_some_and(|(meeting, _)| meeting.harm > Harm::None);
        let worst = if meets { worst } else { starved().or(worst) };
        if let Some((meeting, show)) = worst {
            let story = meeting.story.unwrap_or_else(|| format!("{title}: both go well, and neither meets the other"));
            let is_bad = meeting.harm > Harm::None;
            all.push(Scene { title, story, is_bad, meets_at: meeting.at, show: show.clone() });
        }
    }
    if let Some((show, (at, story))) = shows.iter().find_map(|show| Some((show, hit_strangers(show)?))) {
        let title = "beside another repository";
        all.push(Scene { title, story, is_bad: true, meets_at: Some(at), show: show.clone() });
    }
    for (ending, title) in [
        (Ending::Success, "three runs that go well"),
        (Ending::Failure, "three runs that fail"),
        (Ending::Cancel, "three runs that are cancelled"),
        (Ending::Timeout, "three runs that run out of time"),
        (Ending::Kill, "three runs whose runner is killed"),
    ] {
        let own = shows.iter().filter(|show| show.play == Play::Thrice(ending));
        let Some(most) =
            own.max_by_key(|show| (running(show), show.left.len(), show.services_left.len(), show.is_late))
        else {
            continue;
        };
        let is_bad = !most.left.is_empty() && !most.keeps_all();
        all.push(Scene { title, story: story::left(most, ending), is_bad, meets_at: None, show: most.clone() });
    }
    all
}
