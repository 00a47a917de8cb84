//! What a Dockerfile says of other images.

use std::collections::BTreeMap;

/// The images that it is built on, as they are written, with what an `ARG` has by default where nobody `given` says
/// another: of `FROM`, of `--from=…` and `from=…` of a mount, and those that an `ARG` names. What an earlier stage is
/// called is none.
pub fn bases(text: &str, given: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut reading = Reading { given, defaults: BTreeMap::new(), stages: Vec::new(), images: Vec::new() };
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
    given: &'a dyn Fn(&str) -> bool,
    defaults: BTreeMap<String, String>,
    /// The names of stages, in small letters: Docker does not tell them apart by case.
    stages: Vec<String>,
    images: Vec<String>,
}

impl Reading<'_> {
    fn read(&mut self, instruction: &str) {
        let mut words = instruction.split_whitespace();
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "FROM" => {
                let mut words = words.filter(|word| !word.starts_with("--"));
                self.add(words.next().unwrap_or_default());
                if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
                    self.stages.extend(words.next().map(str::to_ascii_lowercase));
                }
            }
            "COPY" => words.filter_map(|word| word.strip_prefix("--from=")).for_each(|from| self.add(from)),
            "RUN" => {
                let mounts = words.take_while(|word| word.starts_with("--"));
                let mounts = mounts.filter_map(|word| word.strip_prefix("--mount="));
                mounts
                    .flat_map(|mount| mount.split(','))
                    .filter_map(|part| part.strip_prefix("from="))
                    .for_each(|from| self.add(from));
            }
            "ARG" => words.filter_map(|word| word.split_once('=')).for_each(|(name, value)| self.argument(name, value)),
            _ => {}
        }
    }

    /// An argument with a default.
    fn argument(&mut self, name: &str, value: &str) {
        if (self.given)(name) {
            return;
        }
        let value = value.trim_matches(['"', '\'']);
        // A version is no image, and has no other image's tag.
        if value.contains(':') {
            self.add(value);
        }
        self.defaults.insert(name.to_owned(), value.to_owned());
    }

    fn add(&mut self, written: &str) {
        let is_stage = self.stages.contains(&written.to_ascii_lowercase());
        let is_number = written.chars().all(|c| c.is_ascii_digit());
        if let Some(image) = self.with_defaults(written).filter(|_| !is_stage && !is_number)
            && !self.images.contains(&image)
        {
            self.images.push(image);
        }
    }

    /// A text with the defaults of the arguments in it: `app:${TAG}`, `app:$TAG`, `app:${TAG:-ci}`. Nothing where one is
    /// not known.
    fn with_defaults(&self, written: &str) -> Option<String> {
        let (mut rest, mut whole) = (written, String::new());
        while let Some((before, behind)) = rest.split_once('$') {
            whole.push_str(before);
            let (name, after) = match behind.strip_prefix('{') {
                Some(inner) => inner.split_once('}')?,
                None => behind
                    .split_at(behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len())),
            };
            let (name, default) = name.split_once(":-").map_or((name, None), |(name, value)| (name, Some(value)));
            let unless_given = default.filter(|_| !(self.given)(name));
            whole.push_str(self.defaults.get(name).map(String::as_str).or(unless_given)?);
            rest = after;
        }
        whole.push_str(rest);
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_names_the_images_it_is_built_on() {
        let text = "ARG BASE=app:base\nARG TOOLS=app:tools\nARG VERSION=1.2\nfrom --platform=linux/amd64 app:ci AS x\n\
                    COPY --from=app:files /a /b\nRUN echo FROM app:no\n";
        assert_eq!(bases(text, &|name| name == "TOOLS"), ["app:base", "app:ci", "app:files"]);
    }

    #[test]
    fn a_stage_is_no_image_once_it_has_its_name() {
        let text = "FROM app AS one\nFROM node:20 AS App\nFROM nginx\nCOPY --from=app /dist /x\nCOPY --from=0 /a /b\n\
                    FROM app\n";
        assert_eq!(bases(text, &|_| false), ["app", "node:20", "nginx"]);
    }

    #[test]
    fn an_argument_has_its_default() {
        let text =
            "ARG TAG=ci NAME=\"tools\"\nFROM app:${TAG}\nFROM $NAME:$TAG\nFROM base:${OTHER:-dev}\nFROM x:${GIVEN}\n";
        assert_eq!(bases(text, &|_| false), ["app:ci", "tools:ci", "base:dev"]);
        assert_eq!(bases(text, &|name| name == "TAG"), ["base:dev"]);
    }

    #[test]
    fn an_instruction_may_go_on_and_a_run_may_mount_an_image() {
        let text = "FROM \\\n  # which\n  app:ci \\\n  AS one\nRUN --mount=type=bind,from=app:files,target=/f --network=none \\\n \
                    make from=app:no\nCOPY --from=one /a /b";
        assert_eq!(bases(text, &|_| false), ["app:ci", "app:files"]);
    }
}
