//! What is started beside a job, apart from how its steps are written.

use crate::rewrite::untrusted::quote;

/// A container to be started beside a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sibling {
    /// The service's id, for people.
    pub id: String,
    /// Its name in the job: `[a-z][a-z0-9-]*`.
    pub name: String,
    /// The image, or the variable of the step's `env:` that says it.
    pub image: Given,
    /// Its variables, each with its value or with the step's own.
    pub env: Vec<(String, Given)>,
    /// What the step's `env:` hands over: secrets and expressions never stand on a command line.
    pub step_env: Vec<(String, String)>,
    /// What it listens on, the main port first.
    pub ports: Vec<u16>,
    /// Replaces the image's entry point.
    pub entrypoint: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// `--tmpfs`
    pub tmpfs: Vec<String>,
    /// `--shm-size`
    pub shm_size: Option<String>,
    /// `--health-…` options, in their order.
    pub health: Vec<(String, String)>,
    /// A command inside that succeeds once it serves, for an image that is known.
    pub ready: Option<String>,
    /// Somebody reads its host by the variable of its own.
    pub tells_host: bool,
    /// Somebody may read its port so.
    pub tells_port: bool,
    /// Variables that later steps find.
    pub exports: Vec<Export>,
}

/// A value: as it is, or in a variable of the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// This text.
    Plain(String),
    /// What the step's `env:` has under that name.
    Step(String),
}

impl Default for Given {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

/// A variable for later steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Vec<Piece>,
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// The host of the sibling of that name.
    Host(String),
    /// A port of the sibling of that name, where only the run knows its number.
    Port(String, u16),
}

impl Sibling {
    /// Of a service, with what it listens on.
    pub fn new(id: &str, ports: Vec<u16>) -> Self {
        let mut name: String =
            id.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            name.insert_str(0, "s-");
        }
        Self { id: id.to_owned(), name, ports, ..Self::default() }
    }

    /// Says how an image that is known is asked whether it serves. Postgres writes a line into its log for each
    /// question under a name that it does not know.
    pub fn set_ready(&mut self, ready: &str) {
        let user = || {
            let mut names = ["POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"].iter();
            let known = names.find_map(|name| self.env.iter().find(|(known, _)| known == name));
            match known {
                Some((_, Given::Plain(user))) => quote::word(user),
                Some((name, Given::Step(_))) => format!("\"${name}\""),
                None => "postgres".to_owned(),
            }
        };
        let asks = ready.starts_with("pg_isready");
        self.ready = Some(if asks { format!("{ready} -U {}", user()) } else { ready.to_owned() });
    }

    /// `BERTH_POSTGRES_HOST`: what later steps find under that ending.
    pub fn variable(&self, ending: &str) -> String {
        variable(&self.name, ending)
    }

    /// Says what it runs; an expression goes through the step's `env:`.
    pub fn set_image(&mut self, image: &str) {
        self.image = self.given("IMAGE", image);
    }

    /// Gives it a variable; an expression goes through the step's `env:`.
    pub fn set_env(&mut self, name: &str, value: &str) {
        let given = self.given(name, value);
        self.env.push((name.to_owned(), given));
    }

    /// Its variables as options: `-e A=b`, or `-e A` for the step's own.
    pub(super) fn env_options(&self, option: &str) -> Vec<String> {
        let written = |(name, value): &(String, Given)| match value {
            Given::Plain(value) => format!("{option} {}", quote::assignment(name, value)),
            Given::Step(_) => format!("{option} {name}"),
        };
        self.env.iter().map(written).collect()
    }

    /// The options that `docker run` and `berth-run up` write alike: entry point, memory, health.
    pub(super) fn shared_options(&self) -> Vec<Vec<String>> {
        let one = |option: &str, value: &str| format!("{option} {}", quote::word(value));
        let mut shape: Vec<String> = self.entrypoint.iter().map(|value| one("--entrypoint", value)).collect();
        shape.extend(self.tmpfs.iter().map(|value| one("--tmpfs", value)));
        shape.extend(self.shm_size.iter().map(|value| one("--shm-size", value)));
        vec![shape, self.health.iter().map(|(option, value)| one(option, value)).collect()]
    }

    /// Its arguments as words.
    pub(super) fn argument_words(&self) -> Vec<String> {
        self.arguments.iter().map(|argument| quote::word(argument)).collect()
    }

    fn given(&mut self, name: &str, value: &str) -> Given {
        if !value.contains("${{") {
            return Given::Plain(value.to_owned());
        }
        self.step_env.push((name.to_owned(), value.to_owned()));
        Given::Step(name.to_owned())
    }

    /// Adds words of its command line; of an entry point only the first is one, the others are arguments.
    pub fn add_words(&mut self, words: Vec<String>, is_entrypoint: bool) {
        let mut words = words.into_iter();
        if is_entrypoint {
            self.entrypoint = words.next();
        }
        self.arguments.extend(words);
    }
}

impl Given {
    /// As a word of a shell command.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Plain(text) => quote::word(text),
            Self::Step(name) => format!("\"${name}\""),
        }
    }
}

/// `BERTH_<NAME>_<ending>`
pub fn variable(name: &str, ending: &str) -> String {
    format!("BERTH_{}_{ending}", name.to_ascii_uppercase().replace('-', "_"))
}

/// `a, b and c`
pub(super) fn listed(siblings: &[Sibling]) -> String {
    let ids: Vec<&str> = siblings.iter().map(|sibling| sibling.id.as_str()).collect();
    crate::facts::listed(&ids, "and")
}
