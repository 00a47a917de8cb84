//! A service of a job as the container that a step starts.

use super::address::Address;
use super::scan::{Found, Scanner};
use crate::docker::images::well_known;
use crate::rewrite::Withheld;
use crate::rewrite::emit::{self, Sibling};
use crate::rewrite::untrusted;
use crate::steering::steers;
use crate::symbol::Value;
use crate::workflow::{Scalar, Service, Words};

/// Names of the machine itself: a service that is told one of them looks for something that will not be there.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "0.0.0.0"];

/// Translates a service; `wanted` are container ports that uses of it name.
pub(super) fn sibling(
    service: &Service,
    addresses: &[Address],
    index: usize,
    wanted: &[u16],
) -> Result<Sibling, Withheld> {
    let id = service.id.value();
    let no = |why: &str| Withheld::because(format!("`{id}` {why}"));
    let address = addresses.get(index).ok_or_else(|| no("is not known"))?;
    let container = &service.container;
    untrusted::id("the service", id)?;
    if service.shared {
        return Err(no("is an alias, or merged from elsewhere"));
    }
    if container.credentials.is_some() {
        return Err(no("has `credentials:`: log in with `docker login` in a step, and start it by hand"));
    }
    if container.volumes.as_ref().is_some_and(|volumes| !volumes.value.is_empty()) {
        return Err(no("has `volumes:`, whose paths mean something else in a step"));
    }
    if container.network.is_some() || container.env.expression.is_some() {
        return Err(no("has keys that `docker run` does not have"));
    }
    let image = container.image.as_ref().ok_or_else(|| no("has no image"))?;
    let ports = ports(service, address, wanted).ok_or_else(|| no("has a port that is not a single TCP port"))?;
    if ports.is_empty() {
        return Err(no("has neither `ports:` nor an image whose port is known"));
    }
    let mut sibling = Sibling::new(id, ports);
    sibling.set_image(&image_text(image).ok_or_else(|| no("has an image that is known only in the run"))?);
    for var in &container.env.entries {
        let name = var.name.value();
        let value = var.text.as_ref().map_or("", |text| text.value());
        if names_another(addresses, index, name, value) {
            return Err(no(&format!("is configured by `{name}` with an address that it would no longer have")));
        }
        set_env(&mut sibling, name, value).map_err(|withheld: Withheld| no(&withheld.why))?;
    }
    let mut options = Vec::new();
    if let Some(text) = &container.options {
        options = split(text.value.value()).ok_or_else(|| no("has `options:` with an open quote, or an expression"))?;
    }
    set_options(&mut sibling, &options).map_err(|option| no(&format!("has the option `{option}`")))?;
    for (words, is_entrypoint) in [(&container.entrypoint, true), (&container.command, false)] {
        let Some(words) = words else { continue };
        let words = match &words.value {
            Words::Text(text) => split(text.value()),
            Words::List(list) => Some(list.iter().map(|word| word.value().to_owned()).collect()),
        };
        let mut words = words.filter(|words| !words.iter().any(|word| word.contains("${{") || word.contains('\n')));
        if let Some(words) = words.take() {
            let is_local = |word: &String| LOCAL[..2].iter().any(|local| word.contains(local));
            if words.iter().any(|word| is_local(word) || names_another(addresses, index, "", word)) {
                return Err(no("is started with an address that it would no longer have"));
            }
            sibling.add_words(words, is_entrypoint);
        } else {
            return Err(no("has a command that is not a plain list of words"));
        }
    }
    let known = well_known(&Value::literal(image.value())).map(|known| known.0);
    if let Some(ready) = known.and_then(|known| known.ready) {
        sibling.set_ready(ready);
    }
    Ok(sibling)
}

/// The ports to wait for: those of `ports:`, those that are used, else the image's first.
fn ports(service: &Service, address: &Address, wanted: &[u16]) -> Option<Vec<u16>> {
    let entries = service.container.ports.as_ref().map_or(0, |ports| ports.value.len());
    if entries != address.written {
        return None;
    }
    let written = address.ports.iter().take(address.written).map(|port| port.container);
    let mut ports: Vec<u16> = Vec::new();
    for port in written.chain(wanted.iter().copied()) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    if ports.is_empty() {
        ports.extend(address.ports.first().map(|port| port.container));
    }
    Some(ports)
}

/// Gives it a variable.
fn set_env(sibling: &mut Sibling, name: &str, value: &str) -> Result<(), Withheld> {
    let no = |why: &str| Err(Withheld::because(format!("takes `{name}`, {why}")));
    if !untrusted::is_id(name) {
        return no("which is not a plain name (`[A-Za-z_][A-Za-z0-9_-]*`), so it is not put into a script");
    }
    if value.contains('\n') {
        return no("which has several lines");
    }
    // What the step itself has to be given, it must be able to read, and to leave alone.
    if value.contains("${{") && !untrusted::is_variable(name) {
        return no("which a step cannot hand on");
    }
    if value.contains("${{") && (steers(name) || emit::is_own(name)) {
        return no("which would change what the step itself does");
    }
    sibling.set_env(name, value);
    Ok(())
}

/// An image that is known, or differs by what the file's author wrote elsewhere: the matrix, a variable.
fn image_text(image: &Scalar) -> Option<String> {
    let text = image.value().trim();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("${{") {
        let (inner, after) = behind.split_once("}}")?;
        let inner = inner.trim();
        let is_path = inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !is_path || !["matrix.", "vars."].iter().any(|context| inner.starts_with(context)) {
            return None;
        }
        rest = after;
    }
    // Nothing but an expression may be nothing at all, and then there is no service.
    (!text.starts_with("${{") && !text.is_empty()).then(|| text.to_owned())
}

/// Whether a service's configuration names this machine or another service.
fn names_another(addresses: &[Address], index: usize, name: &str, value: &str) -> bool {
    if LOCAL[..2].iter().any(|local| value.contains(local)) {
        return true;
    }
    let is_other = |found: &Found| found.by_name && found.service != index;
    Scanner::new(addresses, Vec::new()).value(name, value, &[]).iter().any(is_other)
}

/// The options that a step's container gets as well; the first that is not known otherwise.
fn set_options(sibling: &mut Sibling, options: &[String]) -> Result<(), String> {
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let mut value = || value.clone().or_else(|| words.next().cloned()).ok_or_else(|| option.to_owned());
        match option {
            "--health-cmd"
            | "--health-interval"
            | "--health-timeout"
            | "--health-retries"
            | "--health-start-period" => sibling.health.push((option.to_owned(), value()?)),
            "--tmpfs" => sibling.tmpfs.push(value()?),
            "--shm-size" => sibling.shm_size = Some(value()?),
            "--entrypoint" => sibling.add_words(vec![value()?], true),
            "-e" | "--env" => {
                let value = value()?;
                let (name, value) = value.split_once('=').ok_or_else(|| format!("--env {value}"))?;
                set_env(sibling, name, value).map_err(|_| format!("--env {name}"))?;
            }
            other => return Err(other.to_owned()),
        }
    }
    Ok(())
}

/// Splits a command line as the runners do: quotes and backslashes, nothing expanded.
fn split(text: &str) -> Option<Vec<String>> {
    if text.contains("${{") {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => match chars.next()? {
                '\n' => {}
                c => word.get_or_insert_default().push(c),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_split_as_the_runners_do() {
        let words = split("--health-cmd \"pg_isready -U $POSTGRES_USER\"\n --x='a b' \\\n -y").expect("words");
        assert_eq!(words, ["--health-cmd", "pg_isready -U $POSTGRES_USER", "--x=a b", "-y"]);
        assert_eq!(split("--x 'open"), None);
    }
}
