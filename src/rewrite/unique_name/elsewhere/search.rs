//! The search for names in the texts of a checkout: once for all names of a repository, and only when a fix asks.
//!
//! What the model follows is left out: workflows, actions, scripts and compose files have their uses changed along, or
//! say no by themselves. Of a Makefile that is followed the recipes are left out, what its variables say is not. All
//! other texts are read through the door, each at most a megabyte, and not without end: see
//! [`Texts::each`]. What lies beyond is not known, which is a doubt.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::super::super::doubt::followed::{As, Followed, Texts};
use super::super::super::{ByKey, Scene};
use super::super::{Name, NameKind};
use super::line::Line;
use super::sought::{Is, Looked, Sort, Sought};
use crate::docker::{Verb, is_name_letter};
use crate::lifecycle::resource::ResourceKind;

/// So many bytes of the lines around a name are looked at.
const MOST_OF_A_LINE: usize = 500;

/// So many places of a name are kept.
const MOST_PLACES: usize = 32;

/// A place that says a name.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The file, as it is shown.
    pub path: Arc<str>,
    /// Counted from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// It is asked for as a host.
    pub is_host: bool,
}

/// What was found of one name.
#[derive(Clone, Debug, Default)]
struct Found {
    mentions: Vec<Mention>,
    /// The name of an image stands in a file, with its tag elsewhere.
    is_half: bool,
    /// Where a file says the name that makes a thing of that name in another place, or takes it where a setting is not
    /// there.
    unsure: Vec<Unsure>,
    /// There were more files than are read.
    is_part: bool,
}

/// A place that may mean a name.
#[derive(Clone, Debug)]
struct Unsure {
    mention: Mention,
    /// The setting that the name is the default of.
    setting: Option<String>,
}

/// Why something may say a name that nobody sees, if so. `sets` says of a variable whether the job does for a file.
pub fn unsure(scene: &Scene<'_>, sought: &Sought, sets: impl Fn(&str, &str) -> bool) -> Option<String> {
    let found = found(scene, sought);
    let is_set = |one: &&Unsure| one.setting.as_deref().is_some_and(|name| sets(&one.mention.path, name));
    if let Some(Unsure { mention, setting }) = found.unsure.iter().find(|one| !is_set(one)) {
        let Mention { path, line, what, .. } = mention;
        return Some(match setting {
            Some(setting) => format!(
                "line {line} of `{path}` takes `{what}` where `{setting}` is not set: give it the new name by that"
            ),
            None => format!(
                "line {line} of `{path}` says `{what}` as well, and it is not seen whether it means the one that another \
                 part of the file makes"
            ),
        });
    }
    let shown = sought.shown();
    let all = || format!("not all files of the repository were looked through for its name, `{shown}`");
    found.is_part.then(all)
}

/// The places of the repository that say a name, where nothing is followed.
pub fn mentions(scene: &Scene<'_>, sought: &Sought) -> Vec<Mention> {
    found(scene, sought).mentions.clone()
}

/// Whether a file has an image's name, with its tag elsewhere.
pub fn halves(scene: &Scene<'_>, sought: &Sought) -> bool {
    found(scene, sought).is_half
}

/// The places of one text that say a name.
pub fn in_text(path: &Arc<str>, text: &str, sought: &Sought) -> Vec<Mention> {
    let names = [sought.clone()];
    let mut all = Search::of(&names).in_file(path, text, false);
    all.remove(&0).map(|found| found.mentions).unwrap_or_default()
}

fn found(scene: &Scene<'_>, sought: &Sought) -> Rc<Found> {
    /// What was found of all names that the repository's jobs give.
    struct All(HashMap<Sought, Rc<Found>>);
    let all = scene.reading.of_all(|| All(search(scene, given(scene))));
    let others = scene.reading.of_all(ByKey::<Sought, Rc<Found>>::default);
    match all.0.get(sought) {
        Some(found) => found.clone(),
        None => {
            let search = || search(scene, vec![sought.clone()]).remove(sought).unwrap_or_default();
            others.once(sought.clone(), search).as_ref().clone()
        }
    }
}

/// The names that jobs of a repository give, each once.
fn given(scene: &Scene<'_>) -> Vec<Sought> {
    let mut names: Vec<Sought> = Vec::new();
    let mut known: HashSet<Sought> = HashSet::new();
    for place in scene.jobs() {
        let things = place.job.resources.iter().filter_map(|resource| {
            let kind = match resource.kind {
                ResourceKind::Container => NameKind::Container,
                ResourceKind::Network => NameKind::Network,
                ResourceKind::Volume => NameKind::Volume,
                ResourceKind::Project => NameKind::Project,
                _ => return None,
            };
            Some(Name { kind, value: resource.name.clone()?, act: resource.act })
        });
        let acts = place.job.trace.acts.iter().enumerate();
        let images = acts.flat_map(|(act, one)| {
            let tags = match one.verb() {
                Some(Verb::Build(build)) => build.tags.iter().map(|tag| tag.value.clone()).collect(),
                _ => Vec::new(),
            };
            tags.into_iter().map(move |value| Name { kind: NameKind::Image, value, act })
        });
        let services =
            place.job.stacks.iter().flat_map(|(act, stack)| stack.services.iter().map(move |one| (*act, one)));
        let named = services.flat_map(|(act, service)| {
            let container = service.container_name.clone().map(|value| Name { kind: NameKind::Container, value, act });
            let image = service.image.clone().map(|value| Name { kind: NameKind::Image, value, act });
            container.into_iter().chain(image)
        });
        let all = things.chain(images).chain(named).filter_map(|name| Sought::of(&place, &name));
        names.extend(all.filter(|sought| known.insert(sought.clone())));
    }
    names
}

fn search(scene: &Scene<'_>, names: Vec<Sought>) -> HashMap<Sought, Rc<Found>> {
    let mut all: Vec<Found> = vec![Found::default(); names.len()];
    let Some(files) = scene.files.filter(|_| !names.is_empty()) else { return HashMap::new() };
    let followed = Followed::of(scene);
    let search = Search::of(&names);
    let is_all = Texts::of(scene, files).each(files, |_, source| {
        let has_recipes = match followed.of_file(source.path()) {
            Some(As::Whole) => return,
            Some(As::Recipes) => true,
            None => false,
        };
        for (owner, more) in search.in_file(source.path(), source.text(), has_recipes) {
            let Some(found) = all.get_mut(owner) else { continue };
            let room = MOST_PLACES.saturating_sub(found.mentions.len());
            found.mentions.extend(more.mentions.into_iter().take(room));
            found.is_half |= more.is_half;
            let room = MOST_PLACES.saturating_sub(found.unsure.len());
            found.unsure.extend(more.unsure.into_iter().take(room));
        }
    });
    all.iter_mut().for_each(|found| found.is_part = !is_all);
    let images = names.iter().zip(&mut all).filter_map(|(sought, found)| Some((sought.name_and_tag()?, found)));
    for ((name, tag), found) in images {
        found.mentions.extend(run_by_an_action(scene, name, tag));
    }
    names.into_iter().zip(all.into_iter().map(Rc::new)).collect()
}

/// The steps and actions that run in an image: `uses: docker://app:test`.
fn run_by_an_action(scene: &Scene<'_>, name: &str, tag: &str) -> Vec<Mention> {
    /// The lines of the repository's workflows and actions that run something in an image.
    struct Run(Vec<(Arc<str>, usize, String)>);
    const IMAGE: &str = "docker://";
    let lines = scene.reading.of_all(|| {
        let all = scene.trees.iter().flat_map(|(path, tree)| {
            let lines = tree.source().text().lines().enumerate();
            let runs = lines.filter(|(_, line)| line.contains(IMAGE) && !super::line::is_comment(line));
            runs.map(|(at, line)| (path.clone(), at + 1, line.to_owned()))
        });
        Run(all.collect())
    });
    let written = format!("{IMAGE}{name}:{tag}");
    let is_it = |line: &str| {
        line.match_indices(&written).any(|(at, _)| !line[at + written.len()..].starts_with(is_name_letter))
    };
    let found = lines.0.iter().filter(|(_, _, line)| is_it(line));
    found
        .map(|(path, line, _)| Mention { path: path.clone(), line: *line, what: written.clone(), is_host: false })
        .collect()
}

/// Names, ready to be looked for.
struct Search<'n> {
    names: &'n [Sought],
    /// All their letters at once.
    letters: Option<AhoCorasick>,
    /// Whose letters each of those are.
    owners: Vec<usize>,
}

impl<'n> Search<'n> {
    fn of(names: &'n [Sought]) -> Self {
        let all = names.iter().enumerate().flat_map(|(at, name)| name.letters().into_iter().map(move |one| (at, one)));
        let (owners, letters): (Vec<usize>, Vec<String>) = all.unzip();
        Self { names, letters: AhoCorasick::new(letters).ok(), owners }
    }

    /// What a file says of the names, by their numbers.
    fn in_file(&self, path: &Arc<str>, text: &str, has_recipes: bool) -> HashMap<usize, Found> {
        let mut all: HashMap<usize, Found> = HashMap::new();
        let Some(letters) = &self.letters else { return all };
        let mut hits = letters.find_overlapping_iter(text).peekable();
        if hits.peek().is_none() {
            return all;
        }
        let lines: Vec<&str> = text.split('\n').collect();
        let starts = starts(&lines);
        let shown: Vec<&str> = lines.iter().map(|line| &line[..line.floor_char_boundary(MOST_OF_A_LINE)]).collect();
        let calls_docker = ["docker", "podman"].iter().any(|program| text.contains(program));
        let file = Looked { lines: &shown, sort: Sort::of(path, text), calls_docker };
        let mut makes_own: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
        for hit in hits {
            let Some(&owner) = self.owners.get(hit.pattern().as_usize()) else { continue };
            let number = starts.partition_point(|start| *start <= hit.start()).saturating_sub(1);
            let (Some(line), Some(start)) = (lines.get(number), starts.get(number)) else { continue };
            let at: Range<usize> = hit.start() - start..hit.end() - start;
            if at.end > line.len() || has_recipes && line.starts_with(['\t', ' ']) {
                continue;
            }
            let Some(name) = self.names.get(owner) else { continue };
            let line = Line::new(line, at);
            let found = all.entry(owner).or_default();
            match name.judge(&file, number, line) {
                Is::Meant(what) => {
                    let is_host = line.is_host();
                    found.mentions.push(Mention { path: path.clone(), line: number + 1, what, is_host });
                }
                Is::Half => found.is_half = true,
                Is::Own => {
                    let known = makes_own.entry(owner).or_default();
                    if !known.iter().any(|part| part.contains(&number)) {
                        known.push(part_of(&shown, number));
                    }
                }
                Is::Default(setting) => {
                    let what = name.shown();
                    let mention = Mention { path: path.clone(), line: number + 1, what, is_host: false };
                    found.unsure.push(Unsure { mention, setting: Some(setting) });
                }
                Is::Other => {}
            }
        }
        // Who makes a thing under that name does not look for the job's.
        for (owner, parts) in makes_own {
            let found = all.remove(&owner).unwrap_or_default();
            let is_there = |mention: &Mention| !parts.iter().any(|part| part.contains(&(mention.line - 1)));
            let rest = found.mentions.into_iter().filter(is_there);
            let unsure = rest.map(|mention| Unsure { mention, setting: None }).collect();
            all.insert(owner, Found { unsure, ..Found::default() });
        }
        all
    }
}

/// The lines of the function or the recipe that a line is in; of one in none all lines.
fn part_of(lines: &[&str], number: usize) -> Range<usize> {
    let is_inside = |line: &str| line.starts_with([' ', '\t']) || line.trim().is_empty();
    let begins = (0..=number).rev().find(|at| !is_inside(lines[*at])).unwrap_or(number);
    let header = lines[begins];
    let is_function = ["def ", "async def ", "function ", "func ", "fn "].iter().any(|word| header.starts_with(word))
        || header.split_whitespace().next().is_some_and(|word| word.ends_with("()"))
        || header
            .split_once("()")
            .is_some_and(|(name, rest)| !name.contains(' ') && rest.trim_start().starts_with('{'));
    let is_recipe = header.trim_end().ends_with(':') && !header.contains(' ') && begins < number;
    if !(is_function || is_recipe) {
        return 0..lines.len();
    }
    let ends = (number + 1..lines.len()).find(|at| !is_inside(lines[*at])).unwrap_or(lines.len());
    begins..ends
}

/// Where each line begins.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut start = 0;
    let next = lines.iter().map(|line| {
        let own = start;
        start += line.len() + 1;
        own
    });
    next.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a file that say a name.
    fn said(path: &str, text: &str, sought: &Sought) -> Vec<usize> {
        in_text(&path.into(), text, sought).iter().map(|mention| mention.line).collect()
    }

    fn image(name: &str, tag: &str) -> Sought {
        Sought::Image { name: name.to_owned(), tag: tag.to_owned() }
    }

    #[test]
    fn a_container_is_said() {
        let (plain, own) = (Sought::container("queue"), Sought::container("e2e-queue"));
        for (text, lines) in [
            ("docker.containers.get('queue')", vec![1]),
            ("\nURL = \"redis://queue:6379\"", vec![2]),
            ("run([\"docker\", \"exec\", \"queue\", \"ls\"])", vec![1]),
            ("queue.append('queue')", vec![]),
            ("channel = connect(queue='queue')", vec![]),
            ("# docker exec queue ls", vec![]),
            ("docker compose exec queue ls", vec![]),
        ] {
            assert_eq!(said("a.py", text, &plain), lines, "{text}");
        }
        assert_eq!(said("a.py", "NAME = 'e2e-queue'\n", &own), [1]);
        assert_eq!(said("a.py", "open('tests/e2e-queue/x')\n", &own), [] as [usize; 0]);
        // Who makes one under that name does not look for the job's.
        assert_eq!(
            said("dev.sh", "docker run --name e2e-queue redis\ndocker logs e2e-queue\n", &own),
            [] as [usize; 0]
        );
        assert_eq!(said("compose.yml", "services:\n  e2e-queue:\n    image: redis\n", &own), [] as [usize; 0]);
        assert_eq!(said("k8s/a.yml", "apiVersion: v1\nkind: Service\nname: e2e-queue\n", &own), [] as [usize; 0]);
    }

    #[test]
    fn who_makes_one_of_that_name_in_another_function_may_mean_the_jobs() {
        let own = Sought::container("e2e-db");
        let unsure = |path: &str, text: &str, sought: &Sought| -> Vec<usize> {
            let names = [sought.clone()];
            let found = Search::of(&names).in_file(&path.into(), text, false).remove(&0).unwrap_or_default();
            assert!(found.mentions.is_empty(), "{text}");
            found.unsure.iter().map(|one| one.mention.line).collect()
        };
        for (text, lines) in [
            ("def dev(): sh('docker run --name e2e-db x')\nsh('docker exec e2e-db ls')\n", vec![2]),
            ("dev() {\n  docker run --name e2e-db x\n  docker logs e2e-db\n}\ndocker exec e2e-db ls\n", vec![5]),
            ("docker run --name e2e-db x\nlog() {\n  docker logs e2e-db\n}\n", vec![]),
            ("if true; then\n  docker run --name e2e-db x\nfi\ndocker logs e2e-db\n", vec![]),
        ] {
            assert_eq!(unsure("a.x", text, &own), lines, "{text}");
        }
        let plain = Sought::container("pg");
        for (text, lines) in [
            ("C = os.getenv(\"PG_NAME\", \"pg\")\nsh(f\"docker exec {C} ls\")\n", vec![1]),
            ("const c = process.env.PG_CONTAINER || 'pg'\nrun(`docker exec ${c} ls`)\n", vec![1]),
            ("C = os.getenv(\"PG_USER\", \"pg\")\nsh(f\"docker exec {C} ls\")\n", vec![]),
            ("C = os.getenv(\"APP_NAME\", \"pg\")\n", vec![]),
        ] {
            assert_eq!(unsure("a.x", text, &plain), lines, "{text}");
        }
    }

    #[test]
    fn what_only_has_the_letters_is_none() {
        let own = Sought::container("e2e-db");
        for (path, text) in [
            ("Cargo.toml", "name = \"e2e-db\""),
            ("charts/app/Chart.yaml", "name: e2e-db"),
            ("Makefile", "e2e-db: build"),
            ("a.go", "x := 1 // unlike e2e-db"),
            ("a.py", "print(\"starting e2e-db\")"),
            ("a.sh", "kubectl exec e2e-db -- ls"),
            ("queries.sql", "-- e2e-db is the oldest"),
        ] {
            assert_eq!(said(path, text, &own), [] as [usize; 0], "{path}: {text}");
        }
        for text in ["*) docker exec e2e-db ls ;;", "call(\"docker exec e2e-db ls\")", "NAME = 'e2e-db' # the database"]
        {
            assert_eq!(said("a.sh", text, &own), [1], "{text}");
        }
        assert_eq!(said("a.js", "const dockerfile = \"worker\"", &Sought::container("worker")), [] as [usize; 0]);
    }

    #[test]
    fn a_network_and_a_volume_are_said_in_options() {
        let thing = |kind, name: &str| Sought::Thing { kind, name: name.to_owned() };
        let (net, data) = (thing(NameKind::Network, "ci_net"), thing(NameKind::Volume, "ci_data"));
        assert_eq!(said("a.py", "run('docker run --network ci_net x')", &net), [1]);
        assert_eq!(said("a.py", "run('docker run -v ci_data:/d x')", &data), [1]);
        assert_eq!(said("a.py", "ci_net = build()\nci_data = ci_net", &net), [] as [usize; 0]);
    }

    #[test]
    fn a_file_of_one_line_is_looked_at_near_each_name() {
        let data = format!("[{}\"docker exec db ls\"]", "\"db\", ".repeat(20_000));
        assert_eq!(said("data.json", &data, &Sought::container("db")), [1]);
        let wide = format!("{}docker exec db{}", "ü".repeat(400), "ü".repeat(400));
        assert_eq!(said("data.json", &wide, &Sought::container("db")), [] as [usize; 0]);
    }

    #[test]
    fn an_image_is_said() {
        let app = image("app", "test");
        for (path, text, lines) in [
            ("k8s/a.yaml", "        image: app:test\n", vec![1]),
            ("a.py", "run('docker.io/library/app:test')", vec![1]),
            ("values.yaml", "image:\n  repository: app\n  tag: test\n", vec![2]),
            ("values.yaml", "image:\n  repository: app\n  tag: main\n", vec![]),
            ("a.yaml", "image: ghcr.io/acme/app:test\n", vec![]),
            ("a.yaml", "image: app:test-2\n", vec![]),
            ("Dockerfile.e2e", "FROM app:test AS base\n", vec![]),
            ("package.json", "\"app:test\": \"jest\"", vec![]),
            ("compose.yml", "services:\n  app:\n    build: .\n    image: app:test\n", vec![]),
            ("dev.sh", "docker build -t app:test .\ndocker run app:test\n", vec![]),
        ] {
            assert_eq!(said(path, text, &app), lines, "{path}: {text}");
        }
        let latest = image("acme/app", "latest");
        assert_eq!(said("a.yaml", "image: acme/app\n", &latest), [1]);
        assert_eq!(said("a.go", "import \"acme/app\"\n", &latest), [] as [usize; 0]);
    }

    #[test]
    fn what_compose_derives_is_said() {
        let services = vec!["db".to_owned()];
        let shop = Sought::Project { project: "shop".to_owned(), services, volumes: vec!["data".to_owned()] };
        let text = "shop-db-1\nshop_default\nshop-db\nshop_data\nshop-front\nlabel=com.docker.compose.project=shop\n";
        assert_eq!(said("a.py", text, &shop), [1, 2, 4, 6]);
        assert_eq!(said("a.py", "run('docker compose -p shop exec db ls')", &shop), [1]);
        assert_eq!(said("dev.sh", "docker compose -p shop up -d\nmkdir -p shop\n", &shop), [] as [usize; 0]);
    }
}
