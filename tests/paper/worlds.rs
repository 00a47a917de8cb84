//! Both worlds, and how what they show is made comparable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use berthlint::follow::compose::{ComposeCall, load};
use berthlint::follow::{Directory, Files, Surroundings};
use berthlint::rehearsal::machine::{Caller, Declared, Dialect, Machine, Maker};
use berthlint::symbol::Value;
use regex::Regex;

use crate::daemon;
use crate::generate::{Script, only_asks};

/// The daemon that is asked.
pub struct Setup {
    pub dialect: Dialect,
    /// Client and daemon are of two versions.
    pub mixed: bool,
    pub compose: bool,
    /// `BERTH_PAPER_DOCKER`, or `docker`.
    client: Vec<String>,
    pub folder: tempfile::TempDir,
}

/// What one command did.
#[derive(Debug, Default)]
pub struct Said {
    pub status: i32,
    pub output: String,
    pub error: String,
}

impl Setup {
    /// It needs a daemon.
    #[track_caller]
    pub fn new() -> Self {
        daemon::needs_daemon();
        let client = std::env::var("BERTH_PAPER_DOCKER").unwrap_or_else(|_| "docker".to_owned());
        let client: Vec<String> = client.split(' ').map(str::to_owned).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut setup = Self { dialect: Dialect::Current, mixed: false, compose: false, client, folder };
        let version = |who: &str| {
            let format = format!("{{{{.{who}.Version}}}}");
            let said = setup.run(&["version".to_owned(), "--format".to_owned(), format]);
            said.output.trim().split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0)
        };
        let (ours, theirs) = (version("Client"), version("Server"));
        setup.mixed = ours != theirs;
        setup.dialect = if theirs < 23 { Dialect::Docker20 } else { Dialect::Current };
        setup.compose = setup.run(&["compose".to_owned(), "version".to_owned()]).status == 0;
        setup
    }

    fn run(&self, words: &[String]) -> Said {
        let output = Command::new(&self.client[0])
            .args(&self.client[1..])
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (output, error) = (daemon::text(&output.stdout), (daemon::text(&output.stderr), output.status));
        Said { status: error.1.code().unwrap_or(-1), output, error: error.0 }
    }
}

/// What is shown of containers, networks, volumes and images.
fn listings(script: &Script, words: &[String]) -> Vec<Vec<String>> {
    let p = &script.prefix;
    let fields =
        "{{.ID}} {{.Names}} {{.State}} {{.Status}} [{{.Ports}}] {{.Networks}} {{.Image}} {{.Labels}} {{.Mounts}}";
    let containers = ["ps", "-a", "--no-trunc", "--filter", &format!("label=own={p}"), "--format", fields];
    let networks =
        ["network", "ls", "--filter", &format!("name=^{p}"), "--format", "{{.Name}} {{.Driver}} {{.Labels}}"];
    let volumes = ["volume", "ls", "--filter", &format!("name={p}"), "--format", "{{.Name}} {{.Labels}}"];
    let images = ["images", "--filter", &format!("reference={p}*"), "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"];
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let verb = words.first().map_or("", String::as_str);
    let mut all = vec![own(&containers)];
    let is_any = matches!(verb, "system" | "compose");
    if is_any || verb == "network" {
        all.push(own(&networks));
    }
    if is_any || matches!(verb, "volume" | "run" | "create" | "rm") {
        all.push(own(&volumes));
    }
    if is_any || matches!(verb, "image" | "tag" | "rmi" | "commit") {
        all.push(own(&images));
    }
    all
}

/// Ids, addresses and names get the numbers of their first appearance.
#[derive(Clone, Default)]
pub struct Names {
    ids: Vec<String>,
    prefixes: Vec<String>,
}

fn regex(cell: &'static OnceLock<Regex>, pattern: &str) -> &'static Regex {
    cell.get_or_init(|| Regex::new(pattern).unwrap())
}

impl Names {
    fn plain(&mut self, text: &str) -> String {
        static ID: OnceLock<Regex> = OnceLock::new();
        static ADDRESS: OnceLock<Regex> = OnceLock::new();
        static TIME: OnceLock<Regex> = OnceLock::new();
        static VERSION: OnceLock<Regex> = OnceLock::new();
        static COMPOSE: OnceLock<Regex> = OnceLock::new();
        static RANDOM: OnceLock<Regex> = OnceLock::new();
        let text = regex(&ID, r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b").replace_all(text, |found: &regex::Captures<'_>| {
            let known = self.ids.iter().position(|id| id.starts_with(&found[0]) || found[0].starts_with(id.as_str()));
            let at = known.unwrap_or_else(|| {
                self.ids.push(found[0].to_owned());
                self.ids.len() - 1
            });
            format!("<id {at}>")
        });
        let address = r"\b(172\.\d+\.\d+|192\.168\.\d+)\.(\d+)\b";
        let text = regex(&ADDRESS, address).replace_all(&text, |found: &regex::Captures<'_>| {
            if &found[1] == "172.17.0" {
                return "<bridge>".to_owned();
            }
            let known = self.prefixes.iter().position(|prefix| *prefix == found[1]);
            let at = known.unwrap_or_else(|| {
                self.prefixes.push(found[1].to_owned());
                self.prefixes.len() - 1
            });
            format!("<net {at}>.{}", &found[2])
        });
        let time =
            r"(Up|Exited \(\d+\)|Restarting \(\d+\)) (?:About |Less than )?(?:an?|\d+) (?:second|minute)s?(?: ago)?";
        let text = regex(&TIME, time).replace_all(&text, "$1");
        let text = regex(&VERSION, r",?com\.docker\.compose\.version=[^,\s]*").replace_all(&text, "");
        let text = regex(&COMPOSE, r#""com\.docker\.compose\.[^"]*":"[^"]*",?"#).replace_all(&text, "");
        let text = text.replace("(health: starting)", "(starting)").replace("[::]", "::").replace("::", "6");
        let text = regex(&RANDOM, r"\b(3[2-9]\d{3}|4\d{4}|5\d{4})\b").replace_all(&text, "<port>").into_owned();
        Self::without_made_up(&text)
    }

    fn without_made_up(text: &str) -> String {
        static OLD: OnceLock<Regex> = OnceLock::new();
        static ONCE: OnceLock<Regex> = OnceLock::new();
        let text = &regex(&OLD, r"\b[0-9a-f]{12}_").replace_all(text, "<old>_");
        let text = &regex(&ONCE, r"-run-[0-9a-f]{12}").replace_all(text, "-run-<once>");
        static MADE_UP: OnceLock<Regex> = OnceLock::new();
        regex(&MADE_UP, r"(^|[\s,/])[a-z]+_[a-z]+\d*\b").replace_all(text, "$1<name>").into_owned()
    }

    /// Labels in one order, without what compose says of itself.
    fn listing(&mut self, text: &str) -> String {
        let line = |line: &str| {
            // A start that failed at the second network leaves the first one's ports on show.
            let line = &match line.split_once(" created Created [") {
                Some((head, tail)) => {
                    format!("{head} created Created [{}", tail.find(']').map_or("", |at| &tail[at..]))
                }
                None => line.to_owned(),
            };
            let words = line.split(' ').map(|word| {
                if !word.contains('=') {
                    let mut parts: Vec<&str> = word.split(',').collect();
                    if !word.contains("->") {
                        parts.sort_unstable();
                    }
                    return parts.join(",");
                }
                let mut labels: Vec<&str> = word
                    .split(',')
                    .filter(|label| {
                        let key = label.split('=').next().unwrap_or_default();
                        !key.starts_with("com.docker")
                            || matches!(key, "com.docker.compose.service" | "com.docker.compose.project")
                    })
                    .filter(|label| label.contains('='))
                    .collect();
                labels.sort_unstable();
                labels.join(",")
            });
            words.collect::<Vec<_>>().join(" ")
        };
        let mut lines: Vec<String> = text.lines().map(line).collect();
        // Containers that compose makes at once are made in any order.
        if lines.iter().any(|line| line.contains("com.docker.compose")) {
            lines.sort_by_key(|line| line.split_once(' ').map(|(_, rest)| Self::without_made_up(rest)));
        }
        lines.iter().map(|line| self.plain(line) + "\n").collect()
    }
}

/// docker's client and its daemon.
pub struct Docker<'a> {
    setup: &'a Setup,
    script: &'a Script,
    names: Names,
    /// Volumes without names that its containers had.
    anonymous: BTreeSet<String>,
}

impl<'a> Docker<'a> {
    pub fn new(setup: &'a Setup, script: &'a Script) -> Self {
        let docker = Self { setup, script, names: Names::default(), anonymous: BTreeSet::new() };
        for (name, text) in &script.files {
            std::fs::write(setup.folder.path().join(name), text).unwrap();
        }
        for words in &script.before {
            let said = setup.run(words);
            assert_eq!(said.status, 0, "{words:?}: {}", said.error);
        }
        docker
    }

    pub fn names(&self) -> Names {
        self.names.clone()
    }

    pub fn set_names(&mut self, names: &Names) {
        self.names.clone_from(names);
    }

    pub fn run(&mut self, words: &[String]) -> Said {
        let said = self.setup.run(words);
        // What is not compared is not counted: `rmi` tells layers, too.
        let output = if only_asks(words) { self.names.plain(&said.output) } else { said.output };
        Said { output, ..said }
    }

    pub fn listing(&mut self, words: &[String]) -> String {
        let mut shown = String::new();
        for listing in listings(self.script, words) {
            let text = self.setup.run(&listing).output;
            let is_volume = |word: &&str| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
            for line in text.lines().filter(|_| listing[0] == "ps") {
                let mounts = line.rsplit(' ').next().unwrap_or_default();
                self.anonymous.extend(mounts.split(',').filter(is_volume).map(str::to_owned));
            }
            shown += &self.names.listing(&text);
        }
        shown
    }

    fn all(&self, words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        self.setup.run(&words).output.lines().map(str::to_owned).collect()
    }

    fn sweep(&self) {
        let p = &self.script.prefix;
        let remove = |verb: &[&str], names: Vec<String>| {
            if !names.is_empty() {
                let words = verb.iter().map(|word| (*word).to_owned()).chain(names).collect::<Vec<_>>();
                self.setup.run(&words);
            }
        };
        remove(&["rm", "-fv"], self.all(&["ps", "-aq", "--filter", &format!("label=own={p}")]));
        remove(&["network", "rm"], self.all(&["network", "ls", "-q", "--filter", &format!("name=^{p}")]));
        remove(&["volume", "rm"], self.all(&["volume", "ls", "-q", "--filter", &format!("name={p}")]));
        remove(&["volume", "rm"], self.anonymous.iter().cloned().collect());
        let format = "{{.Repository}}:{{.Tag}}";
        remove(&["rmi", "-f"], self.all(&["images", "--filter", &format!("reference={p}*"), "--format", format]));
        remove(&["rmi", "-f"], self.all(&["images", "-aq", "--filter", &format!("label=own={p}")]));
    }
}

impl Drop for Docker<'_> {
    fn drop(&mut self) {
        self.sweep();
    }
}

struct Nothing;

impl Surroundings for Nothing {
    fn variable(&self, _: &str) -> Option<Value> {
        Some(Value::default())
    }
}

/// The machine on paper.
pub struct Paper<'a> {
    script: &'a Script,
    machine: Machine,
    names: Names,
    declared: BTreeMap<String, Declared>,
    folder: PathBuf,
}

impl<'a> Paper<'a> {
    pub fn new(setup: &Setup, script: &'a Script) -> Self {
        let mut machine = Machine::new(setup.dialect).without_registry();
        machine.put_image(daemon::BUSYBOX, Maker::default());
        let files = Files::in_memory(script.files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let declared = script.files.iter().map(|(name, _)| {
            let (directory, file) = (Directory::checkout(), [Value::literal(name.as_str())]);
            let call = ComposeCall {
                directory: &directory,
                files: &file,
                project_directory: None,
                env_files: &[],
                around: &Nothing,
            };
            (name.clone(), Declared::of(&load(&files, &call).unwrap(), &Nothing))
        });
        let declared = declared.collect();
        let folder = setup.folder.path().to_owned();
        let mut paper = Self { script, machine, names: Names::default(), declared, folder };
        for words in &script.before {
            assert_eq!(paper.run(words).unwrap().status, 0, "{words:?}");
        }
        paper
    }

    /// `None` when it would not come back: then it is not run.
    pub fn run(&mut self, words: &[String]) -> Option<Said> {
        let before = self.machine.clone();
        let reply = self.play(words);
        if reply.blocks {
            self.machine = before;
            return None;
        }
        let output = if only_asks(words) { self.names.plain(&reply.output) } else { reply.output };
        Some(Said { status: reply.status.into(), output, error: reply.error })
    }

    fn play(&mut self, words: &[String]) -> berthlint::rehearsal::machine::Reply {
        let file = words.iter().position(|word| word == "-f").and_then(|at| words.get(at + 1));
        let env = BTreeMap::new();
        let caller = Caller {
            maker: Maker { run: 1, job: 0 },
            declared: file.and_then(|file| self.declared.get(file)),
            env: &env,
            directory: self.folder.to_str().unwrap(),
            input: None,
        };
        let words: Vec<&str> = ["docker"].into_iter().chain(words.iter().map(String::as_str)).collect();
        self.machine.words(&words, &caller).unwrap()
    }

    pub fn listing(&mut self, words: &[String]) -> String {
        let mut shown = String::new();
        for listing in listings(self.script, words) {
            let text = self.play(&listing).output;
            shown += &self.names.listing(&text);
        }
        shown
    }
}
