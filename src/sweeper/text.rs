//! The workflow as text.

use super::plan::Plan;
use super::select::{By, Kind};
use super::{FILE, MARK};

/// With more than these, nothing is removed.
const CAP: usize = 100;

/// What stands above the steps.
const HEAD: &str = r#"name: Sweep what killed runners have left
on:
  schedule:
    - cron: "17 * * * *"
  workflow_dispatch:
    inputs:
      dry_run:
        description: Only say what would be removed
        type: boolean
        default: true
permissions:
  contents: read
concurrency:
  group: berthlint-sweep
  cancel-in-progress: false
jobs:
  sweep:
"#;

/// What decides whether it only looks: the input of a run by hand, or a variable of the repository.
const DRY_RUN: &str = "${{ github.event.inputs.dry_run || vars.SWEEP_DRY_RUN }}";

/// Says whose name it is, and reads a time of docker's, with GNU's date and BusyBox's.
const AGE: &str = r#"set -eu
docker info >/dev/null
now=$(date -u +%s)
# Names are other people's, and a runner takes some texts in a log for its commands: only plain characters are printed.
plain() { printf '%s' "$1" | tr -c 'A-Za-z0-9 .,:;_/@()=+"-' '?'; }
named() {
  name=$(docker "$1" inspect -f '{{.Name}}' "$2" 2>/dev/null) || name=$2
  plain "$1 ${name#/}"
}
# Whether a time is long enough ago. One that cannot be read is not.
is_old() {
  text=$(printf '%s\n' "$1" | sed 's/"//g; s/T/ /; s/\.[0-9]*//; s/Z$//')
  made=$(date -u -d "$text" +%s 2>/dev/null) || made=
  case $made in
    '' | *[!0-9]*) echo "::warning::left alone, its time cannot be read: $(named "$2" "$3")" >&2; return 1 ;;
  esac
  [ $((now - made)) -ge "$OLDER_THAN" ]
}
"#;

/// When a container was started; when it was made, if it never was.
const OLD_CONTAINER: &str = r#"old_container() {
  time=$(docker container inspect -f '{{.State.StartedAt}}' "$1" 2>/dev/null) || return 1
  case $time in
    0001-*) time=$(docker container inspect -f '{{.Created}}' "$1" 2>/dev/null) || return 1 ;;
  esac
  is_old "$time" container "$1"
}
"#;
const OLD_NETWORK: &str = r#"old_network() {
  time=$(docker network inspect -f '{{json .Created}}' "$1" 2>/dev/null) || return 1
  is_old "$time" network "$1"
}
"#;
const OLD_VOLUME: &str = r#"old_volume() {
  time=$(docker volume inspect -f '{{.CreatedAt}}' "$1" 2>/dev/null) || return 1
  is_old "$time" volume "$1"
}
"#;

/// One question to docker: everything that it gives is looked at, each by itself.
struct Listing {
    kind: Kind,
    variable: String,
    filters: Vec<String>,
    /// The rule that is about such a filter in a job which removes its own.
    rule: Option<&'static str>,
}

impl Plan {
    /// The workflow.
    pub fn text(&self) -> String {
        let mut text = format!("{MARK}: {}/{FILE}\n", one_line(&self.folder));
        text.push_str(&format!(
            "# Call it with `--write` again when jobs have changed. What is older than {} goes, no more than {CAP} at once.\n",
            hours(self.older_than)
        ));
        for left in &self.left_out {
            text.push_str(&format!("# Not swept: {}\n", one_line(left)));
        }
        text.push_str(HEAD);
        match self.legs.as_slice() {
            [only] => text.push_str(&format!("    runs-on: {}\n", labels(only))),
            legs => {
                text.push_str("    strategy:\n      fail-fast: false\n      matrix:\n        runner:\n");
                legs.iter().for_each(|leg| text.push_str(&format!("          - {}\n", labels(leg))));
                text.push_str("    runs-on: ${{ matrix.runner }}\n");
            }
        }
        text.push_str("    timeout-minutes: 10\n    steps:\n");
        if self.has_helper {
            let calls = self.calls();
            text.push_str(&step("Sweep containers", "", &format!("          DRY_RUN: {DRY_RUN}\n"), &calls));
        }
        let listings = self.listings();
        if !listings.is_empty() {
            let env = format!(
                "          DRY_RUN: {DRY_RUN}\n          OLDER_THAN: \"{}\"\n          CAP: \"{CAP}\"\n",
                self.older_than * 60
            );
            // A container that stays keeps its own network and volumes, and no others.
            let (name, condition) = match self.has_helper {
                true => ("Sweep networks and volumes", "        if: success() || failure()\n"),
                false => ("Sweep", ""),
            };
            text.push_str(&step(name, condition, &env, &script(&listings)));
        }
        text
    }

    /// The calls of berth-run: what it has made itself, and containers.
    fn calls(&self) -> String {
        let (mut named, mut each) = (String::new(), vec![String::new()]);
        for (_, by) in self.selected.iter().filter(|(kind, _)| *kind == Kind::Container) {
            match by {
                By::Name(pattern) => named.push_str(&format!(" --name '{pattern}'")),
                By::Image(glob) => named.push_str(&format!(" --image '{glob}'")),
                By::Labels(labels) => each.push(labels.iter().map(|label| format!(" --label '{label}'")).collect()),
            }
        }
        if !named.is_empty() {
            each.push(named);
        }
        let call = |selectors: &String, apply: &str| match selectors.is_empty() {
            true => format!("  berth-run sweep --cap {CAP}{apply} || failed=1\n"),
            false => format!(
                "  berth-run sweep{selectors} --older-than {} --cap {CAP}{apply} || failed=1\n",
                hours(self.older_than)
            ),
        };
        let all = |apply: &str| each.iter().map(|selectors| call(selectors, apply)).collect::<String>();
        // One that stays, of one selector, is no reason to leave what the others select.
        format!(
            "set -eu\nfailed=0\nif [ \"$DRY_RUN\" = true ]; then\n{}else\n{}fi\nexit \"$failed\"\n",
            all(""),
            all(" --apply")
        )
    }

    /// What the shell lists: of containers only what no helper sweeps.
    fn listings(&self) -> Vec<Listing> {
        let mut listings = Vec::new();
        for (kind, word) in [(Kind::Container, "containers"), (Kind::Network, "networks"), (Kind::Volume, "volumes")] {
            if kind == Kind::Container && self.has_helper {
                continue;
            }
            let own = || self.selected.iter().filter(|(of, _)| *of == kind).map(|(_, by)| by);
            let names: Vec<&String> =
                own().filter_map(|by| if let By::Name(name) = by { Some(name) } else { None }).collect();
            let mut filters = Vec::new();
            if !names.is_empty() {
                let is_one = names.len() == 1 && names.iter().all(|name| is_complete(name));
                let rule = if is_one { None } else { Some("unscoped-name-filter") };
                filters.push((names.iter().map(|name| format!("name={name}")).collect::<Vec<_>>(), rule));
            }
            for by in own() {
                if let By::Labels(labels) = by {
                    let labels = labels.iter().map(|label| format!("label={label}")).collect();
                    filters.push((labels, Some("unscoped-label-filter")));
                }
            }
            listings.extend(filters.into_iter().enumerate().map(|(at, (filters, rule))| Listing {
                kind,
                variable: format!("{word}_{}", at + 1),
                filters,
                rule,
            }));
        }
        listings
    }
}

impl Listing {
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self.kind {
            Kind::Container => ("container", "docker ps -aq --no-trunc", "docker rm -fv"),
            Kind::Network => ("network", "docker network ls -q --no-trunc", "docker network rm"),
            Kind::Volume => ("volume", "docker volume ls -q", "docker volume rm"),
        }
    }
}

/// Counts first, removes then: above the cap nothing goes.
fn script(listings: &[Listing]) -> String {
    let mut text = AGE.to_owned();
    for (kind, function) in [(Kind::Container, OLD_CONTAINER), (Kind::Network, OLD_NETWORK), (Kind::Volume, OLD_VOLUME)]
    {
        if listings.iter().any(|listing| listing.kind == kind) {
            text.push_str(function);
        }
    }
    for listing in listings {
        let filters: String = listing.filters.iter().map(|filter| format!(" --filter '{filter}'")).collect();
        text.push_str(&format!("{}=$({}{filters})\n", listing.variable, listing.words().1));
    }
    text.push_str("count=0\n");
    for listing in listings {
        let (word, variable) = (listing.words().0, &listing.variable);
        text.push_str(&format!(
            "for id in ${variable}; do if old_{word} \"$id\"; then count=$((count + 1)); fi; done\n"
        ));
    }
    text.push_str(
        "if [ \"$count\" -gt \"$CAP\" ]; then\n  \
         echo \"::error::$count things are to go, more than the cap of $CAP: nothing was removed\" >&2\n  exit 1\nfi\nfailed=0\n",
    );
    for listing in listings {
        let ((word, _, remove), variable) = (listing.words(), &listing.variable);
        text.push_str(&format!(
            "for id in ${variable}; do\n  old_{word} \"$id\" || continue\n  what=$(named {word} \"$id\")\n  \
             if [ \"$DRY_RUN\" = true ]; then echo \"would remove $what\"; continue; fi\n"
        ));
        if let Some(rule) = listing.rule {
            text.push_str(&format!("  # berthlint: ignore[{rule}] a sweep takes what any run has left, by its age\n"));
        }
        // Somebody else may have removed it meanwhile.
        text.push_str(&format!(
            "  if said=$({remove} \"$id\" 2>&1) || ! docker {word} inspect \"$id\" >/dev/null 2>&1; then\n    \
             echo \"removed $what\"\n  else\n    \
             echo \"::warning::$what stays: $(plain \"$said\")\" >&2\n    failed=1\n  fi\ndone\n"
        ));
    }
    text.push_str("if [ \"$failed\" = 1 ]; then echo \"::error::not everything could be removed\" >&2; exit 1; fi\n");
    text
}

fn step(name: &str, condition: &str, env: &str, script: &str) -> String {
    let mut text = format!("      - name: {name}\n{condition}        env:\n{env}        shell: sh\n        run: |\n");
    script.lines().for_each(|line| text.push_str(&format!("          {line}\n")));
    text
}

/// Whether a pattern is one complete name.
fn is_complete(pattern: &str) -> bool {
    let body = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    body.is_some_and(|body| !body.contains(['[', '*', '+', '(', '|', '?']))
}

/// The labels of a runner, as YAML.
fn labels(labels: &[String]) -> String {
    let one = |label: &String| {
        let is_plain = label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
            && !["true", "false", "null", "yes", "no", "on", "off"].contains(&label.to_ascii_lowercase().as_str());
        if is_plain { label.clone() } else { format!("'{}'", one_line(label).replace('\'', "''")) }
    };
    match labels {
        [only] => one(only),
        several => format!("[{}]", several.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

fn hours(minutes: u32) -> String {
    format!("{}h", minutes.div_ceil(60))
}

/// A text from outside, in a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
