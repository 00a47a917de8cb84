//! Files of settings in which programs find the addresses of what they ask, where nobody sees them read it.

use std::rc::Rc;
use std::sync::Arc;

use super::hard_coded::{New, says_port};
use super::setting_files::{FILES, TEMPLATES};
use crate::address::reader::{Address, Origin, addresses_in};
use crate::docker::servers::spoken_of;
use crate::rewrite::{Place, Scene};
use crate::symbol::{Value, Variables};
use crate::trace::{Act, ActKind};

/// A line of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    path: Arc<str>,
    /// Counted from 1.
    line: usize,
    /// The variable, as it is written.
    name: String,
    host: Option<String>,
    port: Option<Port>,
    /// On the machine that asks.
    is_own: bool,
}

/// A port that a setting says: `DB_HOST=localhost` has it in the line of `DB_PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Port {
    number: u16,
    /// Counted from 1.
    line: usize,
    /// The variable that it stands in.
    name: String,
}

impl Setting {
    fn place(&self, line: usize) -> String {
        format!("line {line} of `{}`", self.path)
    }

    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Where a program of the job finds a host of that name, in words: "line 3 of `.env`".
pub fn asks_for_host(scene: &Scene<'_>, place: &Place<'_>, host: &str) -> Option<String> {
    let all = settings(scene);
    let found = all.iter().filter(|one| one.host.as_deref() == Some(host)).find(|one| is_read(one, &one.name, place));
    found.map(|one| one.place(one.line))
}

/// Whether a line of a file is a setting that asks for a host: whether programs go by it, [`asks_for_host`] says.
pub fn is_setting(scene: &Scene<'_>, path: &str, line: usize, host: &str) -> bool {
    let is_it = |one: &Setting| one.line == line && *one.path == *path && one.host.as_deref() == Some(host);
    settings(scene).iter().any(is_it)
}

/// Why a port of the machine that is no longer the same may be missed: a file has it, and the job does not say another.
pub fn asks_for_port(scene: &Scene<'_>, place: &Place<'_>, port: u16, new: New) -> Option<String> {
    let all = settings(scene);
    let own = all.iter().filter(|one| one.is_own).filter_map(|one| Some((one, one.port.as_ref()?)));
    let found = own.filter(|(_, said)| said.number == port).find(|(one, said)| is_read(one, &said.name, place));
    let Some((found, said)) = found else { return says_port(scene, port, new) };
    Some(format!(
        "{} has port {port} in `{}`, and a program that reads it must be given the new {}",
        found.place(said.line),
        said.name,
        new.in_words()
    ))
}

/// Whether programs of the job may go by it: the job does not set the variable itself.
fn is_read(setting: &Setting, variable: &str, place: &Place<'_>) -> bool {
    let job = &place.job.job;
    let steps = place.steps_with_values().map(|step| &step.env);
    let container = job.container.iter().map(|container| &container.value.env);
    let mut vars = [&place.analysed.workflow.env, &job.env].into_iter().chain(container).chain(steps);
    let is_set = vars.any(|vars| vars.entries.iter().any(|var| overrides(var.name.value(), variable)));
    let name = setting.file_name();
    let is_there = || !TEMPLATES.contains(&name) || place.job.trace.acts.iter().any(|act| copies(act, name));
    !is_set && is_there()
}

/// Whether a variable goes before a setting: `SPRING_DATASOURCE_URL` before `url`.
fn overrides(variable: &str, setting: &str) -> bool {
    let is_key = setting.contains(|c: char| c.is_ascii_lowercase());
    let key = || setting.rsplit('.').next().unwrap_or(setting).to_ascii_uppercase();
    variable == setting || is_key && variable.to_ascii_uppercase().ends_with(&key())
}

fn copies(act: &Act, name: &str) -> bool {
    let ActKind::Command { program, argv, .. } = &act.kind else { return false };
    program == "cp" && argv.iter().filter_map(|arg| arg.text()).any(|text| text.rsplit('/').next() == Some(name))
}

/// All of a repository, read once.
fn settings(scene: &Scene<'_>) -> Rc<Vec<Setting>> {
    scene.reading.of_all(|| {
        let Some(files) = scene.files else { return Vec::new() };
        let names: Vec<&str> = FILES.iter().chain(&TEMPLATES).copied().collect();
        let sources = files.named(&names).into_iter().filter_map(|path| files.read(&path));
        sources.flat_map(|source| read(source.path(), source.text())).collect()
    })
}

/// A block of a file, in which a host and a port belong together.
#[derive(Default)]
struct Block {
    variables: Variables,
    lines: Vec<(String, usize)>,
}

impl Block {
    fn end(&mut self, path: &Arc<str>) -> Vec<Setting> {
        let block = std::mem::take(self);
        let addresses = addresses_in(&block.variables);
        let mut found: Vec<Setting> = addresses.iter().filter_map(|one| block.of_address(one, path)).collect();
        let has_host =
            |stem: &str| block.variables.keys().any(|name| name.to_ascii_uppercase() == format!("{stem}HOST"));
        for (name, line) in &block.lines {
            let upper = name.to_ascii_uppercase();
            let Some(stem) = upper.strip_suffix("PORT") else { continue };
            let port = block.variables.get(name.as_str()).and_then(|value| value.as_literal()?.parse().ok());
            // A port without a host is on the machine itself, where it is that of something to ask.
            let is_asked = !spoken_of(&stem.replace('_', " ")).is_empty() && !has_host(stem);
            if let Some(number) = port.filter(|_| is_asked) {
                let (path, name) = (path.clone(), name.clone());
                let port = Some(Port { number, line: *line, name: name.clone() });
                found.push(Setting { path, line: *line, name, host: None, port, is_own: true });
            }
        }
        found
    }

    fn of_address(&self, address: &Address, path: &Arc<str>) -> Option<Setting> {
        let Origin::Variable(name) = &address.from else { return None };
        let host = address.host_text()?.to_owned();
        let line = |name: &str| self.lines.iter().find(|(known, _)| known == name).map(|(_, line)| *line);
        let beside = name.to_ascii_uppercase().strip_suffix("HOST").map(|stem| format!("{stem}PORT"));
        let beside = self.lines.iter().find(|(known, _)| beside.as_ref() == Some(&known.to_ascii_uppercase()));
        let line = line(name)?;
        let (port_name, port_line) = beside.map_or((name, line), |(name, line)| (name, *line));
        Some(Setting {
            path: path.clone(),
            line,
            name: name.clone(),
            host: Some(host),
            port: address.port_number().map(|number| Port { number, line: port_line, name: port_name.clone() }),
            is_own: address.is_own(),
        })
    }
}

/// The addresses in a file of `NAME=value`, YAML, JSON or XML: each line says one thing.
fn read(path: &Arc<str>, text: &str) -> Vec<Setting> {
    let (mut block, mut found) = (Block::default(), Vec::new());
    for (at, (name, value)) in text.lines().enumerate().filter_map(|(at, line)| Some((at, variable(line)?))) {
        // A name that comes again begins another block.
        if block.variables.contains_key(name) {
            found.extend(block.end(path));
        }
        block.variables.insert(name.into(), value_of(value));
        block.lines.push((name.to_owned(), at + 1));
    }
    found.extend(block.end(path));
    found
}

/// The variable that a line sets, and its value.
fn variable(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) || line.starts_with("//") || line.starts_with("<!--") {
        return None;
    }
    let quoted = line.split_once(" name=").zip(line.split_once(" value="));
    let (name, value) = match quoted {
        Some(((_, name), (_, value))) => (name.split('"').nth(1)?, value.split('"').nth(1)?),
        None => line.strip_prefix("export ").unwrap_or(line).split_once(['=', ':'])?,
    };
    let (name, value) = (bare(name), bare(value));
    (!name.is_empty() && !value.is_empty()).then_some((name, value))
}

/// A setting's value: of another variable in it (`$NAME`, `${NAME:-x}`) nobody knows what it says.
fn value_of(text: &str) -> Value {
    let mut value = Value::default();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        let end = match behind.strip_prefix('{') {
            Some(_) => behind.find('}').map_or(behind.len(), |at| at + 1),
            None => behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len()),
        };
        value = value.then(Value::literal(before)).then(Value::unknown(format!("${}", &behind[..end])));
        rest = &behind[end..];
    }
    value.then(Value::literal(rest))
}

fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(',').trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name host:port line` of what a file asks for.
    fn shown(text: &str) -> Vec<String> {
        let shown = |one: &Setting| {
            let host = one.host.as_deref().unwrap_or("-");
            let port = one.port.as_ref().map_or("-".to_owned(), |port| match port.line == one.line {
                true => port.number.to_string(),
                false => format!("{}({} {})", port.number, port.name, port.line),
            });
            format!("{} {host}:{port} {}", one.name, one.line)
        };
        read(&".env".into(), text).iter().map(shown).collect()
    }

    #[test]
    fn a_line_says_an_address() {
        for (text, expected) in [
            ("DATABASE_URL=postgres://app:app@database:5432/app", "DATABASE_URL database:5432 1"),
            ("REDIS_URL='redis://database'", "REDIS_URL database:6379 1"),
            ("export DB_HOST=database", "DB_HOST database:- 1"),
            ("REDIS_URL=redis://default:${REDIS_PASSWORD}@redis:6380", "REDIS_URL redis:6380 1"),
            ("REDIS_URL=redis://:$PASSWORD@redis/0", "REDIS_URL redis:6379 1"),
            ("  url: jdbc:postgresql://localhost:5433/app", "url localhost:5433 1"),
            ("  \"url\": \"redis://127.0.0.1:6380\",", "url 127.0.0.1:6380 1"),
            (
                "<server name=\"DATABASE_URL\" value=\"pgsql://app@database/app\" force=\"true\"/>",
                "DATABASE_URL database:- 1",
            ),
        ] {
            assert_eq!(shown(text), [expected], "{text}");
        }
    }

    #[test]
    fn a_host_and_its_port_go_together() {
        assert_eq!(shown("DB_HOST=localhost\nDB_PORT=5433\nDB_NAME=app\n"), ["DB_HOST localhost:5433(DB_PORT 2) 1"]);
        let twice = "test:\n  host: one\n  port: 5433\nother:\n  host: two\n  port: 5434\n";
        assert_eq!(shown(twice), ["host one:5433(port 3) 2", "host two:5434(port 6) 5"]);
        assert_eq!(shown("REDIS_PORT=6380\n"), ["REDIS_PORT -:6380 1"]);
    }

    #[test]
    fn what_names_no_address_says_nothing() {
        for text in [
            "# DB_HOST=database",
            "DB_DATABASE=database",
            "CACHE=database",
            "PORT=8080",
            "URL=http://$HOST:8080",
            "URL=http://${HOST:-app}:8080",
            "HOST=$DB_HOST",
            "WORKERS=4",
        ] {
            assert!(shown(text).is_empty(), "{text}");
        }
        assert_eq!(shown("DB_HOST=database.example.com"), ["DB_HOST database.example.com:- 1"]);
    }
}
