//! A name that stays in the job's own texts, where none of the changed commands has it: in a URL of the daemon's API, a
//! filter, a Dockerfile that a step writes, a call of docker in another container.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::line::{Line, is_comment};
use super::sought::Sought;
use crate::docker::is_name_letter;
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::unique_name::{Name, NameKind};
use crate::rewrite::{Draft, Place};
use crate::source::{Source, Text};

/// Where the job still says the old name behind all that a draft changes, in words.
pub fn in_own_texts(draft: &Draft<'_>, place: &Place<'_>, name: &Name) -> Option<String> {
    let sought = Sought::of(place, name).filter(|_| name.kind != NameKind::Project)?;
    let [letters] = &sought.letters()[..] else { return None };
    // Of an image that is called by its name alone nobody sees what else is called so.
    let letters = match sought.name_and_tag() {
        Some((_, "latest")) => return None,
        Some((image, tag)) => format!("{image}:{tag}"),
        None => letters.clone(),
    };
    let texts = OwnTexts::of(place);
    let at = texts.first(&letters, |text, at| {
        says(text.line(at), name.kind, text.is_program)
            && !draft.changes(&text.source.location(text.text.span(at.clone())))
    });
    at.map(|(text, at)| told(text, at, &letters))
}

/// A script of the job, or one in JavaScript.
struct OwnText {
    source: Source,
    text: Text,
    is_program: bool,
}

impl OwnText {
    /// The line that a place stands in.
    fn line(&self, at: &Range<usize>) -> Line<'_> {
        let whole = self.text.value();
        let start = whole[..at.start].rfind('\n').map_or(0, |found| found + 1);
        let end = whole[at.end..].find('\n').map_or(whole.len(), |found| at.end + found);
        Line::new(&whole[start..end], at.start - start..at.end - start)
    }
}

/// The texts of a job, each read once for all names that are looked for.
struct OwnTexts {
    texts: Vec<OwnText>,
    /// By word: in which of them it stands, and where.
    words: HashMap<String, Vec<(usize, usize)>>,
}

impl OwnTexts {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(place))
    }

    fn read(place: &Place<'_>) -> Self {
        let texts = ShellText::of_job(place);
        let text = |source: &Source, text: &Text, is_program| OwnText {
            source: source.clone(),
            text: text.clone(),
            is_program,
        };
        let own = texts.iter().map(|own| text(&own.source, &own.text, false));
        let is_script = |uses: &str| uses.starts_with("actions/github-script");
        let scripts = place
            .steps_with_values()
            .filter(|step| step.uses.as_ref().is_some_and(|uses| is_script(uses.value.value())));
        let scripts = scripts.filter_map(|step| step.with.get("script")?.text.as_ref());
        let texts: Vec<OwnText> = own.chain(scripts.map(|script| text(place.tree.source(), script, true))).collect();
        let mut words: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (number, text) in texts.iter().enumerate() {
            for (at, word) in words_of(text.text.value()) {
                words.entry(word.to_owned()).or_default().push((number, at));
            }
        }
        Self { texts, words }
    }

    /// The first place that has these letters, no letter of a name beside them, and is meant.
    fn first(
        &self,
        letters: &str,
        is_meant: impl Fn(&OwnText, &Range<usize>) -> bool,
    ) -> Option<(&OwnText, Range<usize>)> {
        let (offset, word) = words_of(letters).next()?;
        self.words.get(word)?.iter().find_map(|(number, at)| {
            let text = &self.texts[*number];
            let start = at.checked_sub(offset)?;
            let at = start..start + letters.len();
            (text.text.value().get(at.clone()) == Some(letters) && is_meant(text, &at)).then_some((text, at))
        })
    }
}

/// What stands between other letters than those of names, and where.
fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = text.split(|c| !is_name_letter(c)).filter(|word| !word.is_empty());
    words.map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

fn told(text: &OwnText, at: Range<usize>, letters: &str) -> String {
    let line = text.source.place(text.text.span(at).start).line;
    format!(
        "line {line} of `{}` still says `{letters}`, and what reads it there finds nothing, or what is old: change it by \
         hand",
        text.source.path()
    )
}

/// Whether a line of a job means the thing by this name.
fn says(line: Line<'_>, kind: NameKind, is_program: bool) -> bool {
    let (before, after) = (line.before(), line.after());
    if is_comment(line.text) || is_told(line) || before.ends_with(is_name_letter) || after.starts_with(is_name_letter) {
        return false;
    }
    match kind {
        NameKind::Image => {
            let is_path = before.ends_with('/')
                && !["docker://", "docker.io/", "library/", "images/"].iter().any(|way| before.ends_with(way));
            !is_path && !before.ends_with(['$', '{'])
        }
        NameKind::Container => {
            let words = || {
                before
                    .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                    .filter(|word| matches!(*word, "docker" | "podman"))
            };
            let is_called = line.is_alone() && line.asks_docker() && (is_program || words().count() > 1);
            before.ends_with("containers/") && after.starts_with(['/', '?', '"', '\''])
                || before.ends_with("container=")
                || is_called
        }
        NameKind::Network => before.ends_with("networks/") || before.ends_with("network="),
        NameKind::Volume => before.ends_with("volumes/") || before.ends_with("volume="),
        NameKind::Project | NameKind::Builder => false,
    }
}

/// Whether a line only tells people of it.
fn is_told(line: Line<'_>) -> bool {
    let text = line.text.trim_start().trim_start_matches("- ").trim_start_matches("run: ");
    ["echo ", "printf "].iter().any(|start| text.starts_with(start))
        && !text.contains(['|', '>', '`'])
        && !text.contains("$(")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(text: &str, name: &str, kind: NameKind, is_program: bool) -> bool {
        let at = text.find(name).expect("the name");
        says(Line::new(text, at..at + name.len()), kind, is_program)
    }

    #[test]
    fn what_is_no_word_of_a_call_is_seen() {
        for (text, is_one) in [
            ("curl --unix-socket /var/run/docker.sock http://localhost/containers/shop/json", true),
            ("docker events --since 1m --filter container=shop", true),
            ("docker run --rm -v /var/run/docker.sock:/s docker:cli docker exec shop ls", true),
            ("docker run --rm docker:cli sh -c 'docker exec shop ls'", true),
            ("docker exec shop ls", false),
            ("make shop", false),
            ("cat containers/shops/json", false),
            ("# curl http://localhost/containers/shop/json", false),
        ] {
            assert_eq!(means(text, "shop", NameKind::Container, false), is_one, "{text}");
        }
        assert!(means("await exec.exec('docker exec shop ls')", "shop", NameKind::Container, true));
        for (text, is_one) in [
            ("FROM app:ci", true),
            ("skopeo copy docker-daemon:app:ci dir:x", true),
            ("IMAGE=app:ci pytest", true),
            ("curl 'http://x/images/app:ci/json'", true),
            ("echo app:ci is there", false),
            ("docker pull registry.example.com/app:ci", false),
            ("docker run my-app:ci", false),
            ("docker run app:ci-2", false),
        ] {
            assert_eq!(means(text, "app:ci", NameKind::Image, false), is_one, "{text}");
        }
    }
}
