//! `docker ps`, `network ls`, `volume ls`, `images`, `port`: rows, and how they are printed.

use serde_json::{Value, json};

use super::answer::{Refusal, Reply};
use super::daemon::Machine;
use super::filter::health;
use super::inspect::CREATED;
use super::patterns::regex;
use super::ports::exposed;
use super::spec::{Protocol, text};
use super::state::{Container, State};
use super::template::{TemplateError, json, open, render};
use crate::docker::{List, ObjectKind};

/// The columns of a listing without a format: their heads and what stands in them.
type Columns = &'static [(&'static str, &'static str)];

const CONTAINERS: Columns = &[
    ("CONTAINER ID", "{{.ID}}"),
    ("IMAGE", "{{.Image}}"),
    ("COMMAND", "{{.Command}}"),
    ("CREATED", "{{.RunningFor}}"),
    ("STATUS", "{{.Status}}"),
    ("PORTS", "{{.Ports}}"),
    ("NAMES", "{{.Names}}"),
];
const NETWORKS: Columns =
    &[("NETWORK ID", "{{.ID}}"), ("NAME", "{{.Name}}"), ("DRIVER", "{{.Driver}}"), ("SCOPE", "{{.Scope}}")];
const VOLUMES: Columns = &[("DRIVER", "{{.Driver}}"), ("VOLUME NAME", "{{.Name}}")];
const IMAGES: Columns = &[
    ("REPOSITORY", "{{.Repository}}"),
    ("TAG", "{{.Tag}}"),
    ("IMAGE ID", "{{.ID}}"),
    ("CREATED", "{{.CreatedSince}}"),
    ("SIZE", "{{.Size}}"),
];

/// A port in a listing: of the host or none, of the container.
struct Shown {
    ip: String,
    host: u16,
    container: u16,
    protocol: Protocol,
}

/// Ports as docker shows them: neighbours that keep their number are drawn together.
fn shown(mut ports: Vec<Shown>, six: &str) -> String {
    ports.sort_by(|one, other| {
        let key = |port: &Shown| (port.container, port.ip.clone(), port.host, port.protocol);
        key(one).cmp(&key(other))
    });
    let mut groups: Vec<(String, u16, u16)> = Vec::new();
    let (mut lines, mut mapped) = (Vec::new(), Vec::new());
    let ip = |ip: &str| if ip == "::" { six.to_owned() } else { ip.to_owned() };
    let line = |key: &str, first: u16, last: u16| {
        let range = if first == last { first.to_string() } else { format!("{first}-{last}") };
        match key.rsplit_once('/') {
            Some((ip, protocol)) => format!("{ip}:{range}->{range}/{protocol}"),
            None => format!("{range}/{key}"),
        }
    };
    for port in ports {
        let protocol = port.protocol.name();
        let key = match port.ip.as_str() {
            "" => protocol.to_owned(),
            bound if port.host != port.container => {
                mapped.push(format!("{}:{}->{}/{protocol}", ip(bound), port.host, port.container));
                continue;
            }
            bound => format!("{}/{protocol}", ip(bound)),
        };
        match groups.iter_mut().find(|(known, ..)| *known == key) {
            None => groups.push((key, port.container, port.container)),
            Some((_, _, last)) if port.container == *last + 1 => *last = port.container,
            Some(group) => {
                lines.push(line(&group.0, group.1, group.2));
                (group.1, group.2) = (port.container, port.container);
            }
        }
    }
    lines.extend(groups.iter().map(|(key, first, last)| line(key, *first, *last)));
    lines.extend(mapped);
    lines.join(", ")
}

impl Machine {
    fn ports_of(&self, container: &Container) -> String {
        if !container.state.is_up() || container.spec.mode != super::spec::Mode::Own {
            return String::new();
        }
        let bound = container.bindings.iter().map(|binding| Shown {
            ip: binding.ip.clone(),
            host: binding.host,
            container: binding.container,
            protocol: binding.protocol,
        });
        let is_bound = |port: &(u16, Protocol)| {
            container.bindings.iter().any(|binding| (binding.container, binding.protocol) == *port)
        };
        let open = exposed(container).into_iter().filter(|port| !is_bound(port));
        let open = open.map(|(container, protocol)| Shown { ip: String::new(), host: 0, container, protocol });
        shown(bound.chain(open).collect(), if self.is_old() { "::" } else { "[::]" })
    }

    /// How a container's image is called: by the name it was asked for, as long as that still means it.
    fn image_of(&self, container: &Container, no_trunc: bool) -> String {
        let written = &container.spec.image;
        match self.image(written) {
            Some(image) if image.id == container.image_id => written.clone(),
            _ if no_trunc => format!("sha256:{}", container.image_id),
            _ => container.image_id[..12].to_owned(),
        }
    }

    fn container_row(&self, container: &Container, no_trunc: bool) -> Value {
        let id = if no_trunc { &container.id } else { &container.id[..12] };
        let status = match container.state {
            State::Created => "Created".to_owned(),
            State::Running => match health(container) {
                Some(health) => format!("Up 1 second ({health})"),
                None => "Up 1 second".to_owned(),
            },
            State::Paused => "Up 1 second (Paused)".to_owned(),
            State::Restarting => format!("Restarting ({}) 1 second ago", container.exit),
            State::Exited => format!("Exited ({}) 1 second ago", container.exit),
        };
        let networks: Vec<&str> = container.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        let mounts: Vec<&str> = container.mounts.iter().map(|mount| mount.source.as_str()).collect();
        let command = container.spec.entrypoint.iter().chain(&container.spec.command).cloned().collect::<Vec<_>>();
        let mut row = json!({
            "ID": id, "Names": container.name, "Image": self.image_of(container, no_trunc), "Command": format!("{:?}", command.join(" ")),
            "State": container.state.name(), "Status": status, "Ports": self.ports_of(container),
            "Networks": networks.join(","), "Mounts": mounts.join(","), "LocalVolumes": mounts.len().to_string(),
            "CreatedAt": CREATED, "RunningFor": "1 second ago", "Size": "0B",
        });
        add_labels(&mut row, &container.spec.labels);
        row
    }

    /// `docker ps` and its kind.
    pub(super) fn list(&self, list: &List, no_trunc: bool, count: Option<usize>) -> Reply {
        self.rows(list, no_trunc, count).map_or_else(Reply::from, |(rows, columns, key)| {
            let format = list.format.as_ref().map(text);
            print(&rows, columns, key, list.quiet.is_yes(), format.as_deref())
        })
    }

    fn rows(
        &self,
        list: &List,
        no_trunc: bool,
        count: Option<usize>,
    ) -> Result<(Vec<Value>, Columns, &'static str), Refusal> {
        let cut = |id: &str| if no_trunc { id.to_owned() } else { id.chars().take(12).collect() };
        match list.kind {
            ObjectKind::Network => {
                let rows = self.select_networks(&list.filters)?.into_iter().map(|network| {
                    let mut row = json!({
                        "ID": cut(&network.id), "Name": network.name, "Driver": network.driver, "Scope": "local",
                        "Internal": "false", "IPv6": "false", "CreatedAt": CREATED,
                    });
                    add_labels(&mut row, &network.labels);
                    row
                });
                Ok((rows.collect(), NETWORKS, "{{.ID}}"))
            }
            ObjectKind::Volume => {
                let rows = self.select_volumes(&list.filters)?.into_iter().map(|volume| {
                    let path = format!("/var/lib/docker/volumes/{}/_data", volume.name);
                    let mut row = json!({"Name": volume.name, "Driver": "local", "Scope": "local", "Mountpoint": path});
                    add_labels(&mut row, &volume.labels);
                    row
                });
                Ok((rows.collect(), VOLUMES, "{{.Name}}"))
            }
            ObjectKind::Image => {
                let reference = list.reference.as_ref().map(text);
                let rows = self.select_images(&list.filters, reference.as_deref())?.into_iter().map(|(image, name)| {
                    let (repository, tag) = name.and_then(|name| name.rsplit_once(':')).unwrap_or(("<none>", "<none>"));
                    let id = if no_trunc { format!("sha256:{}", image.id) } else { image.id[..12].to_owned() };
                    json!({
                        "ID": id, "Repository": repository, "Tag": tag, "Digest": "<none>",
                        "CreatedSince": "1 second ago", "CreatedAt": CREATED, "Size": "0B",
                    })
                });
                let mut rows: Vec<Value> = rows.collect();
                if list.quiet.is_yes() {
                    rows.dedup_by(|one, other| one["ID"] == other["ID"]);
                }
                Ok((rows, IMAGES, "{{.ID}}"))
            }
            _ => {
                let (selected, wants_all) = self.select_containers(&list.filters)?;
                let all = list.all.is_yes() || list.latest.is_yes() || wants_all;
                let shown = selected.into_iter().filter(|container| all || container.state.is_up());
                let most = count.unwrap_or(if list.latest.is_yes() { 1 } else { usize::MAX });
                let rows = shown.take(most).map(|container| self.container_row(container, no_trunc)).collect();
                Ok((rows, CONTAINERS, "{{.ID}}"))
            }
        }
    }

    /// `docker port`.
    pub(super) fn port(&self, name: &str, asked: Option<&str>) -> Result<String, Refusal> {
        let container = self.find_container(name)?;
        let six = if self.is_old() { "::" } else { "[::]" };
        let mut lines = Vec::new();
        for binding in &container.bindings {
            let ip = if binding.ip == "::" { six } else { &binding.ip };
            let (port, protocol) = (binding.container, binding.protocol.name());
            let at = format!("{ip}:{}", binding.host);
            match asked {
                None => lines.push((port, protocol, format!("{port}/{protocol} -> {at}"))),
                Some(asked) => {
                    let (number, wanted) = asked.split_once('/').unwrap_or((asked, "tcp"));
                    if number.parse() == Ok(port) && wanted == protocol {
                        lines.push((port, protocol, at));
                    }
                }
            }
        }
        if let (Some(asked), true) = (asked, lines.is_empty()) {
            let tcp = if self.is_old() && !asked.contains('/') { "/tcp" } else { "" };
            let message = format!("Error: No public port '{asked}{tcp}' published for {name}");
            return Err(Refusal::client(1, message));
        }
        lines.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
        Ok(lines.into_iter().map(|(_, _, line)| line + "\n").collect())
    }
}

fn add_labels(row: &mut Value, labels: &[(String, String)]) {
    let mut shown: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    shown.sort();
    row["Labels"] = Value::from(shown.join(","));
    let all = labels.iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
    row["\u{0}labels"] = open(all, Value::from(""));
}

fn print(rows: &[Value], columns: Columns, id: &str, quiet: bool, format: Option<&str>) -> Reply {
    let mut reply = Reply::default();
    let template = match format {
        Some("table") | None if !quiet => {
            table(&mut reply, rows, columns);
            return reply;
        }
        Some("json" | "{{json .}}") => {
            rows.iter().for_each(|row| reply.line(json(row)));
            return reply;
        }
        Some(format) if format.starts_with("table ") => {
            let head = format.trim_start_matches("table ").replace("\\t", "\t");
            let name = |field: &::regex::Captures<'_>| field[1].to_uppercase();
            if let Some(fields) = regex(r"\{\{\s*\.(\w+)[^}]*\}\}", false) {
                reply.line(fields.replace_all(&head, name).replace('\t', "   "));
            }
            head.replace('\t', "   ")
        }
        Some(format) => format.replace("\\t", "\t").replace("\\n", "\n"),
        None => id.to_owned(),
    };
    if rows.is_empty()
        && let Err(TemplateError::Syntax(why)) = render(&template, &Value::Null)
    {
        return Refusal::client(1, format!("failed to parse template: template: :1: {why}")).into();
    }
    for row in rows {
        match render(&template, row) {
            Ok(line) => reply.line(line),
            Err(TemplateError::Syntax(why)) => {
                return Refusal::client(1, format!("failed to parse template: template: :1: {why}")).into();
            }
            Err(TemplateError::Execution(why)) => {
                return Refusal::client(1, format!("failed to execute template: template: :1: {why}")).into();
            }
        }
    }
    reply
}

fn table(reply: &mut Reply, rows: &[Value], columns: Columns) {
    let mut lines: Vec<Vec<String>> = vec![columns.iter().map(|(head, _)| (*head).to_owned()).collect()];
    for row in rows {
        lines.push(columns.iter().map(|(_, cell)| render(cell, row).unwrap_or_default()).collect());
    }
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        reply.line(cells.collect::<Vec<_>>().join("   ").trim_end());
    }
}
