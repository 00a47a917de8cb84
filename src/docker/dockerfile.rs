//! What a Dockerfile says of other images.

use std::collections::BTreeMap;

use super::build::Build;
use crate::symbol::Value;

/// How deep a default stands in another: `${A:-${B:-c}}`.
const DEEPEST: usize = 4;

/// The images that it is built on, with what `build` gives for its arguments, or else their defaults: of `FROM`, of
/// `--from=…` and `from=…` of a mount, and those that an `ARG` names. What an earlier stage or a `--build-context` is
/// called is none, and an image that a `--build-arg` names stands there.
pub fn bases(text: &str, build: &Build) -> Vec<Value> {
    let mut reading = Reading { build, arguments: BTreeMap::new(), stages: Vec::new(), images: Vec::new() };
    for instruction in instructions(text) {
        reading.read(&instruction);
    }
    reading.images
}

/// Its instructions, each on one line: a `\` at the end goes on with the next, over comments and blank lines.
fn instructions(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_suffix('\\') {
            Some(part) => open.push_str(part),
            None => all.push(std::mem::take(&mut open) + line),
        }
        if !open.is_empty() {
            open.push(' ');
        }
    }
    all.push(open);
    all
}

/// What is known of a Dockerfile as far as it was read.
struct Reading<'a> {
    build: &'a Build,
    /// What the arguments are that were declared; nothing where that is not known.
    arguments: BTreeMap<String, Option<Known>>,
    /// The names of stages, in small letters: Docker does not tell them apart by case.
    stages: Vec<String>,
    images: Vec<Value>,
}

/// A text with its arguments replaced.
#[derive(Clone)]
struct Known {
    value: Value,
    /// It is an image as a `--build-arg` names it, and nothing else.
    is_passed: bool,
}

impl Known {
    fn written(text: &str) -> Self {
        Self { value: Value::literal(text), is_passed: false }
    }
}

impl Reading<'_> {
    fn read(&mut self, instruction: &str) {
        let mut words = instruction.split_whitespace();
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "FROM" => {
                let mut words = words.filter(|word| !word.starts_with("--"));
                self.image(words.next().unwrap_or_default());
                if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
                    self.stages.extend(words.next().map(str::to_ascii_lowercase));
                }
            }
            "COPY" => words.filter_map(|word| word.strip_prefix("--from=")).for_each(|from| self.image(from)),
            "RUN" => {
                let mounts = words.take_while(|word| word.starts_with("--"));
                let mounts = mounts.filter_map(|word| word.strip_prefix("--mount="));
                mounts
                    .flat_map(|mount| mount.split(','))
                    .filter_map(|part| part.strip_prefix("from="))
                    .for_each(|from| self.image(from));
            }
            "ARG" => words.for_each(|word| match word.split_once('=') {
                Some((name, value)) => self.argument(name, Some(value)),
                None => self.argument(word, None),
            }),
            _ => {}
        }
    }

    /// An argument, perhaps with a default.
    fn argument(&mut self, name: &str, default: Option<&str>) {
        if self.build.gives(name) {
            let given = self.build.argument(name).map(|value| {
                // A version is no image.
                let is_passed = value.as_literal().is_none_or(|text| text.contains(':'));
                Known { value, is_passed }
            });
            self.arguments.insert(name.to_owned(), given);
            return;
        }
        let Some(default) = default.map(|text| text.trim_matches(['"', '\''])) else { return };
        let known = self.replaced(default, DEEPEST);
        // A version is no image, and has no other image's tag.
        if let Some(known) = known.clone().filter(|known| known.value.holds(':')) {
            self.add(known);
        }
        self.arguments.insert(name.to_owned(), known);
    }

    /// What is `written` where an image stands.
    fn image(&mut self, written: &str) {
        if let Some(known) = self.replaced(written, DEEPEST) {
            self.add(known);
        }
    }

    fn add(&mut self, Known { value, is_passed }: Known) {
        let is_other = value.as_literal().is_some_and(|name| {
            let is_stage = self.stages.contains(&name.to_ascii_lowercase());
            is_stage || self.build.context_of(name).is_some() || name.chars().all(|c| c.is_ascii_digit())
        });
        if !is_passed && !is_other && !self.images.contains(&value) {
            self.images.push(value);
        }
    }

    /// A text with the values of the arguments in it: `app:${TAG}`, `app:$TAG`, `app:${TAG:-ci}`. Nothing where one is
    /// not known.
    fn replaced(&self, written: &str, depth: usize) -> Option<Known> {
        let (mut rest, mut whole) = (written, Known::written(""));
        while let Some((before, behind)) = rest.split_once('$') {
            let (known, after) = match behind.strip_prefix('{') {
                Some(inner) => {
                    let (inside, after) = inner.split_at(closing(inner)?);
                    (self.braced(inside, depth)?, &after[1..])
                }
                None => {
                    let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
                    let (name, after) = behind.split_at(end);
                    (self.arguments.get(name)?.clone()?, after)
                }
            };
            let is_all = before.is_empty() && after.is_empty() && rest.len() == written.len();
            whole.is_passed = is_all && known.is_passed;
            whole.value = whole.value.then(Value::literal(before)).then(known.value);
            rest = after;
        }
        whole.value = whole.value.then(Value::literal(rest));
        Some(whole)
    }

    /// What stands for `NAME`, `NAME:-default` and `NAME-default` between braces.
    fn braced(&self, inside: &str, depth: usize) -> Option<Known> {
        let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
        let (name, operation) = inside.split_at(end);
        let set = match self.arguments.get(name) {
            Some(set) => Some(set.clone()?),
            None => None,
        };
        if operation.is_empty() {
            return set;
        }
        let (default, counts_empty) = match operation.strip_prefix(":-") {
            Some(default) => (default, true),
            None => (operation.strip_prefix('-')?, false),
        };
        match set.filter(|known| !(counts_empty && known.value.as_literal() == Some(""))) {
            Some(known) => Some(known),
            None => self.replaced(default, depth.checked_sub(1)?),
        }
    }
}

/// Where the brace that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    text.char_indices().find_map(|(at, c)| match c {
        '{' => {
            open += 1;
            None
        }
        '}' if open == 0 => Some(at),
        '}' => {
            open -= 1;
            None
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;
    use crate::docker::Verb;

    /// The images of a Dockerfile, built with these options.
    fn bases_with(text: &str, options: &str) -> Vec<String> {
        let Verb::Build(build) = read(&format!("docker build {options} .")).verb else { panic!("{options}") };
        bases(text, &build).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_dockerfile_names_the_images_it_is_built_on() {
        let text = "ARG BASE=app:base\nARG TOOLS=app:tools\nARG VERSION=1.2\nfrom --platform=linux/amd64 app:ci AS x\n\
                    COPY --from=app:files /a /b\nRUN echo FROM app:no\n";
        assert_eq!(bases_with(text, "--build-arg TOOLS=app:other"), ["app:base", "app:ci", "app:files"]);
    }

    #[test]
    fn a_stage_is_no_image_once_it_has_its_name() {
        let text = "FROM app AS one\nFROM node:20 AS App\nFROM nginx\nCOPY --from=app /dist /x\nCOPY --from=0 /a /b\n\
                    FROM app\n";
        assert_eq!(bases_with(text, ""), ["app", "node:20", "nginx"]);
    }

    #[test]
    fn an_argument_has_its_default() {
        let text =
            "ARG TAG=ci NAME=\"tools\"\nFROM app:${TAG}\nFROM $NAME:$TAG\nFROM base:${OTHER:-dev}\nFROM x:${GIVEN}\n";
        assert_eq!(bases_with(text, ""), ["app:ci", "tools:ci", "base:dev"]);
        assert_eq!(bases_with(text, "--build-arg TAG=x"), ["app:x", "tools:x", "base:dev"]);
        assert_eq!(bases_with(text, "--build-arg TAG"), ["base:dev"]);
    }

    #[test]
    fn an_argument_has_what_is_given_and_the_defaults_of_others() {
        for (text, options, expected) in [
            ("ARG TAG\nFROM app:${TAG}", "--build-arg TAG=ci", Some("app:ci")),
            ("ARG TAG\nFROM app:${TAG}", "", None),
            ("FROM app:${TAG}", "--build-arg TAG=ci", None),
            ("ARG REG=app\nARG NAME=$REG\nFROM $NAME:ci", "", Some("app:ci")),
            ("ARG TAG=ci\nARG BASE=app:$TAG\nFROM $BASE", "", Some("app:ci")),
            ("FROM app:${TAG-ci}", "", Some("app:ci")),
            ("ARG TAG=\nFROM app:${TAG:-ci}", "", Some("app:ci")),
            ("FROM app:${TAG:-${OTHER:-ci}}", "", Some("app:ci")),
            ("ARG TAG=ci\nFROM app:${TAG%x}", "", None),
            ("FROM app:${TAG", "", None),
            // A command that names the image can name another.
            ("ARG BASE=app:old\nFROM $BASE", "--build-arg BASE=app:ci", None),
            ("ARG BASE\nARG OTHER=$BASE\nFROM ${OTHER}", "--build-arg BASE=app:ci", None),
            ("FROM base", "--build-context base=docker-image://app:ci", None),
        ] {
            let found = bases_with(text, options);
            assert_eq!(found.first().map(String::as_str), expected, "{text} {options}: {found:?}");
        }
    }

    #[test]
    fn an_instruction_may_go_on_and_a_run_may_mount_an_image() {
        let text = "FROM \\\n  # which\n  app:ci \\\n  AS one\nRUN --mount=type=bind,from=app:files,target=/f --network=none \\\n \
                    make from=app:no\nCOPY --from=one /a /b";
        assert_eq!(bases_with(text, ""), ["app:ci", "app:files"]);
    }
}
