//! Options as getopt and pflag read them: `-d`, `-itd`, `-p5432:5432`, `--name x`, `--name=x`, `--`.

use std::ops::Range;

use super::{Arg, BerthRun};
use crate::symbol::Part;
use crate::truth::Truth;

/// Which options a command takes.
///
/// The tables are blank-separated entries: `d/detach` is a switch with a letter, `rm` one without,
/// `p/publish=` takes a value, `menu?` takes one only when written as `--menu=x`; `r` is a letter alone.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// The tables, searched in order.
    pub tables: &'static [&'static str],
    /// Where options end.
    pub order: Order,
}

/// Where options may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Options end at the first word that is none: what follows belongs to another command
    /// (`docker run IMAGE -d` hands `-d` to the image).
    First,
    /// Options and words in any order (`docker rm pg -f`).
    Any,
}

/// An option as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Its long name, or its letter when it has no long one.
    pub name: &'static str,
    /// Its value.
    pub value: Option<Arg>,
    /// All its bytes, a value in a word of its own included.
    pub span: Range<usize>,
    /// The value stands in the option's own word, behind this many bytes of the word's text.
    pub attached: Option<usize>,
    /// It shares its word with other options (`-itd`).
    pub clustered: bool,
}

/// All options of one command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// In the order they stand.
    pub given: Vec<Given>,
    /// Words that may be options or hold some, and options that no table knows: what is absent may
    /// stand there.
    pub unsure: Vec<Range<usize>>,
    /// Words that hold options of one kind, by their own names: `$DEVICE_FLAG` and `device`.
    pub hinted: Vec<(Range<usize>, &'static str)>,
}

impl Options {
    /// The value of the last `name`.
    pub fn value(&self, name: &str) -> Option<Arg> {
        self.given.iter().rev().find(|given| given.name == name).and_then(|given| given.value.clone())
    }

    /// The values of every `name`, in order.
    pub fn values(&self, name: &str) -> Vec<Arg> {
        self.given.iter().filter(|given| given.name == name).filter_map(|given| given.value.clone()).collect()
    }

    /// Whether the switch `name` is on. Absent is [`Truth::Unknown`] when a word may hold it.
    pub fn flag(&self, name: &str) -> Truth {
        match self.given.iter().rev().find(|given| given.name == name) {
            Some(Given { value: None, .. }) => Truth::Yes,
            // Go's strconv.ParseBool.
            Some(Given { value: Some(value), .. }) => match value.text() {
                Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Truth::Yes,
                Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Truth::No,
                _ => Truth::Unknown,
            },
            None if self.unsure.is_empty() => Truth::No,
            None => Truth::Unknown,
        }
    }

    /// Whether `name`, given or not, may also stand in a word that is not known.
    pub fn may_hold(&self, name: &str) -> bool {
        let synonym = |kind: &str| match kind {
            "vol" => "volume",
            "gpu" => "gpus",
            "port" => "publish",
            _ => "",
        };
        let hinted = |kind: &str| name.starts_with(kind) || name == synonym(kind);
        !self.unsure.is_empty() || self.hinted.iter().any(|(_, kind)| hinted(kind))
    }

    /// Whether a word of this span may hold options.
    pub fn doubts(&self, span: &Range<usize>) -> bool {
        self.unsure.contains(span) || self.hinted.iter().any(|(hinted, _)| hinted == span)
    }

    /// Whether `name` was given at all.
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|given| given.name == name)
    }
}

#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    Value,
    Attached,
}

impl Grammar {
    /// Options end at the first word.
    pub const fn first(tables: &'static [&'static str]) -> Self {
        Self { tables, order: Order::First }
    }

    /// Options anywhere.
    pub const fn any(tables: &'static [&'static str]) -> Self {
        Self { tables, order: Order::Any }
    }

    fn entries(&self) -> impl Iterator<Item = (Option<&'static str>, &'static str, Takes)> {
        self.tables.iter().flat_map(|table| table.split_ascii_whitespace()).map(|entry| {
            let (entry, takes) = match entry.as_bytes().last() {
                Some(b'=') => (&entry[..entry.len() - 1], Takes::Value),
                Some(b'?') => (&entry[..entry.len() - 1], Takes::Attached),
                _ => (entry, Takes::Nothing),
            };
            match entry.split_once('/') {
                Some((letter, name)) => (Some(letter), name, takes),
                None if entry.len() == 1 => (Some(entry), entry, takes),
                None => (None, entry, takes),
            }
        })
    }

    fn long(&self, name: &str) -> Option<(&'static str, Takes)> {
        self.entries().find(|(_, long, _)| *long == name).map(|(_, long, takes)| (long, takes))
    }

    fn short(&self, letter: char) -> Option<(&'static str, Takes)> {
        let mut buffer = [0; 4];
        let letter: &str = letter.encode_utf8(&mut buffer);
        self.entries().find(|(short, ..)| *short == Some(letter)).map(|(_, long, takes)| (long, takes))
    }

    /// Reads `args` into options and the words that are none.
    pub fn parse(&self, args: &[Arg]) -> (Options, Vec<Arg>) {
        let mut words = Vec::new();
        let options = self.read(args, |more| words.extend_from_slice(more));
        (options, words)
    }

    /// The same, with the number of words alone. Wrappers stand in wrappers: none of them copies what is behind it.
    pub fn count(&self, args: &[Arg]) -> (Options, usize) {
        let mut words = 0;
        let options = self.read(args, |more| words += more.len());
        (options, words)
    }

    /// Hands out the words that are no options.
    fn read(&self, args: &[Arg], mut words: impl FnMut(&[Arg])) -> Options {
        let mut options = Options::default();
        let mut rest = args;
        while let Some((arg, tail)) = rest.split_first() {
            rest = tail;
            if arg.is("--") {
                words(tail);
                break;
            }
            match self.class(arg, tail) {
                Class::Option => rest = self.option(arg, tail, &mut options),
                Class::Word if self.order == Order::First => {
                    words(std::slice::from_ref(arg));
                    words(tail);
                    break;
                }
                Class::Word => words(std::slice::from_ref(arg)),
                Class::Unsure(kind) => {
                    match kind {
                        Some(kind) => options.hinted.push((arg.span.clone(), kind)),
                        None => options.unsure.push(arg.span.clone()),
                    }
                    // Among names (`docker rm "$@"`) it is more likely names than options.
                    if self.order == Order::Any {
                        words(std::slice::from_ref(arg));
                    }
                }
                Class::Nothing => {}
            }
        }
        options
    }

    fn class(&self, arg: &Arg, tail: &[Arg]) -> Class {
        let prefix = arg.value.prefix();
        if !prefix.is_empty() {
            return if prefix.starts_with('-') && !arg.is("-") { Class::Option } else { Class::Word };
        }
        if arg.value.parts().is_empty() {
            return if arg.splits { Class::Nothing } else { Class::Word };
        }
        if let Some(texts) = arg.value.candidates() {
            let dashed = texts.iter().filter(|text| text.starts_with('-')).count();
            let blank = texts.iter().any(|text| arg.splits && text.is_empty());
            return if dashed > 0 || blank { Class::Unsure(None) } else { Class::Word };
        }
        // `$FLAGS` that was set to options in one branch, and to what nobody knows in another.
        if let ([Part::OneOf(choices)], true) = (arg.value.parts(), arg.splits)
            && choices.iter().any(|choice| choice.prefix().starts_with('-'))
        {
            return Class::Unsure(None);
        }
        // `"$X"` is one word, and `$X:tag` or `$X/name` names something.
        let ([Part::Opaque(opaque)], true) = (arg.value.parts(), arg.splits) else { return Class::Word };
        let option_follows = self.order == Order::First && tail.first().is_some_and(|next| self.knows(next));
        match meant(&opaque.source) {
            Meant::Options(kind) => Class::Unsure(kind),
            Meant::Unclear if option_follows => Class::Unsure(None),
            Meant::Unclear | Meant::Word => Class::Word,
        }
    }

    /// Whether a word is certainly one of the options.
    fn knows(&self, arg: &Arg) -> bool {
        let prefix = arg.value.prefix();
        match prefix.strip_prefix("--") {
            Some(name) => self.long(name.split('=').next().unwrap_or(name)).is_some(),
            None => prefix
                .strip_prefix('-')
                .and_then(|letters| letters.chars().next())
                .is_some_and(|letter| self.short(letter).is_some()),
        }
    }

    fn option<'a>(&self, arg: &Arg, tail: &'a [Arg], options: &mut Options) -> &'a [Arg] {
        match arg.value.prefix().strip_prefix("--") {
            Some(name) => self.long_option(arg, name, tail, options),
            None => self.cluster(arg, tail, options),
        }
    }

    fn long_option<'a>(&self, arg: &Arg, name: &str, tail: &'a [Arg], options: &mut Options) -> &'a [Arg] {
        let (name, attached) = match name.find('=') {
            Some(at) => (&name[..at], Some(2 + at + 1)),
            None => (name, None),
        };
        // `--na$X` may be any option.
        let whole = attached.is_some() || arg.value.as_literal().is_some();
        let Some((name, takes)) = self.long(name).filter(|_| whole) else {
            options.unsure.push(arg.span.clone());
            return tail;
        };
        self.give(name, takes, arg, attached, tail, false, options)
    }

    fn cluster<'a>(&self, arg: &Arg, tail: &'a [Arg], options: &mut Options) -> &'a [Arg] {
        let text = arg.value.prefix();
        let whole = arg.value.as_literal().is_some();
        let clustered = text.chars().count() > 2;
        for (at, letter) in text.char_indices().skip(1) {
            let end = at + letter.len_utf8();
            let more = end < text.len() || !whole;
            let Some((name, takes)) = self.short(letter) else {
                options.unsure.push(arg.span.clone());
                return tail;
            };
            // `-p=5432` and `-d=false`: pflag takes the `=` off.
            let equals = text[end..].starts_with('=');
            match takes {
                Takes::Nothing | Takes::Attached if !equals => {
                    let span = arg.span.clone();
                    options.given.push(Given { name, value: None, span, attached: None, clustered });
                }
                _ => {
                    let attached = more.then_some(if equals { end + 1 } else { end });
                    return self.give(name, takes, arg, attached, tail, at > 1, options);
                }
            }
        }
        // `-it$X`: more letters may stand in the variable.
        if !whole {
            options.unsure.push(arg.span.clone());
        }
        tail
    }

    #[allow(clippy::too_many_arguments)]
    fn give<'a>(
        &self,
        name: &'static str,
        takes: Takes,
        arg: &Arg,
        attached: Option<usize>,
        tail: &'a [Arg],
        clustered: bool,
        options: &mut Options,
    ) -> &'a [Arg] {
        let mut span = arg.span.clone();
        let (value, rest) = match (attached, takes, tail.split_first()) {
            (Some(length), ..) => (Some(arg.after(length)), tail),
            (None, Takes::Value, Some((value, rest))) => {
                span.end = span.end.max(value.span.end);
                (Some(value.clone()), rest)
            }
            (None, Takes::Value, None) => {
                // The value is missing: the command fails, or what follows was not seen.
                options.unsure.push(span.clone());
                (None, tail)
            }
            (None, Takes::Nothing | Takes::Attached, _) => (None, tail),
        };
        options.given.push(Given { name, value, span, attached, clustered });
        rest
    }
}

enum Class {
    Option,
    Word,
    /// Options (of one kind, when its name tells), a word, or nothing.
    Unsure(Option<&'static str>),
    Nothing,
}

/// What an expansion holds, by its own name.
enum Meant {
    /// Options; of one kind, when the name tells.
    Options(Option<&'static str>),
    Word,
    Unclear,
}

/// `$DOCKER_OPTS`, `"${ARGS[@]}"` and `$@` hold options, `$IMAGE` and `$CONTAINER` do not.
fn meant(source: &str) -> Meant {
    if ["[@]", "[*]", "$@", "$*", "${@", "${*"].iter().any(|all| source.contains(all)) {
        return Meant::Options(None);
    }
    // The helper prints options there.
    if BerthRun::read(source).is_some_and(|call| call.prints_options()) {
        return Meant::Options(None);
    }
    // What a command prints is mostly ids; `${{ env.X }}` is called X.
    if source.starts_with("$(") || source.starts_with('`') {
        return Meant::Unclear;
    }
    let name = source.rsplit('.').next().unwrap_or(source).to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let nouns =
        ["image", "img", "images", "tag", "tags", "container", "containers", "cid", "name", "names", "id", "ids"];
    if words().any(|word| nouns.contains(&word)) {
        return Meant::Word;
    }
    let ends = |word: &str, stem: &str| word.strip_suffix('s').unwrap_or(word).ends_with(stem);
    let kinds = ["device", "gpu", "mount", "vol", "volume", "env", "port", "label", "network"];
    if let Some(kind) = kinds.into_iter().find(|kind| words().any(|word| ends(word, kind))) {
        return Meant::Options(Some(kind));
    }
    let options = |word: &str| ["opt", "arg", "flag", "param", "option", "extra"].iter().any(|stem| ends(word, stem));
    if words().any(options) { Meant::Options(None) } else { Meant::Unclear }
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    const RUN: Grammar = Grammar::first(&["d/detach i/interactive t/tty rm name= p/publish= e/env= menu?"]);

    fn read(line: &str) -> (Vec<String>, Vec<String>, usize) {
        let (options, rest) = RUN.parse(&words(line));
        let given = options.given.iter().map(|given| match &given.value {
            Some(value) => format!("{}={}", given.name, value.value),
            None => given.name.to_owned(),
        });
        (given.collect(), rest.iter().map(|arg| arg.value.to_string()).collect(), options.unsure.len())
    }

    #[test]
    fn reads_options_as_pflag_does() {
        let cases: [(&str, &[&str], &[&str], usize); 16] = [
            ("-d --name pg image -d", &["detach", "name=pg"], &["image", "-d"], 0),
            ("-itd image", &["interactive", "tty", "detach"], &["image"], 0),
            ("-itp 80:80 image", &["interactive", "tty", "publish=80:80"], &["image"], 0),
            ("-p5432:5432 image", &["publish=5432:5432"], &["image"], 0),
            ("-p=80:80 -d=false image", &["publish=80:80", "detach=false"], &["image"], 0),
            ("--name=pg-$X --rm=false -- image", &["name=pg-$X", "rm=false"], &["image"], 0),
            ("-p$PORT:80 image", &["publish=$PORT:80"], &["image"], 0),
            ("--name $X $IMAGE sh", &["name=$X"], &["$IMAGE", "sh"], 0),
            ("$OPTS image", &[], &["image"], 1),
            ("$X --rm image", &["rm"], &["image"], 1),
            ("$SENTRY_IMAGE -e x", &[], &["$SENTRY_IMAGE", "-e", "x"], 0),
            ("$HOST_PORT/app x", &[], &["$HOST_PORT/app", "x"], 0),
            ("--unknown image", &[], &["image"], 1),
            ("-dz image", &["detach"], &["image"], 1),
            ("--menu image", &["menu"], &["image"], 0),
            ("--name", &["name"], &[], 1),
        ];
        for (line, given, rest, unsure) in cases {
            let (found, words, count) = read(line);
            assert_eq!(
                (found.as_slice(), words.as_slice(), count),
                (&given.map_owned()[..], &rest.map_owned()[..], unsure),
                "{line}"
            );
        }
    }

    trait Owned {
        fn map_owned(&self) -> Vec<String>;
    }
    impl Owned for &[&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|text| (*text).to_owned()).collect()
        }
    }

    #[test]
    fn spans_cover_the_value() {
        let (options, _) = RUN.parse(&words("--name pg -p80:80 image"));
        assert_eq!(options.given[0].span, 0..9);
        assert_eq!(options.given[1].value.as_ref().map(|value| value.span.clone()), Some(12..17));
        assert_eq!(options.given[1].attached, Some(2));
    }

    #[test]
    fn an_absent_switch_is_unknown_beside_an_unknown_word() {
        assert_eq!(RUN.parse(&words("$OPTS image")).0.flag("rm"), Truth::Unknown);
        assert_eq!(RUN.parse(&words("image")).0.flag("rm"), Truth::No);
        let (options, _) = RUN.parse(&words("$DEVICE_FLAG image"));
        assert_eq!(
            (options.flag("rm"), options.may_hold("device"), options.may_hold("name")),
            (Truth::No, true, false)
        );
        assert_eq!(RUN.parse(&words("--rm=$X image")).0.flag("rm"), Truth::Unknown);
    }
}
