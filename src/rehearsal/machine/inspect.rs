//! What `docker inspect` knows of an object, as JSON.

use serde_json::{Value, json};

use super::answer::{Refusal, Reply};
use super::daemon::Machine;
use super::filter::health;
use super::ports::exposed;
use super::state::{Container, Image, Network, State, Volume};
use super::template::{TemplateError, open, pretty, render};
use crate::docker::ObjectKind;

/// A day that nobody asks for.
pub(super) const CREATED: &str = "2026-01-01T00:00:00Z";

fn labels(labels: &[(String, String)]) -> Value {
    open(labels.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))), Value::from(""))
}

impl Machine {
    pub(super) fn container_json(&self, container: &Container) -> Value {
        let endpoints = container.endpoints.iter().map(|endpoint| {
            let network = self.find_network(&endpoint.network).ok();
            let address = endpoint.address.clone().unwrap_or_default();
            let gateway = match (&endpoint.address, network) {
                (Some(_), Some(network)) => format!("{}1", network.prefix),
                _ => String::new(),
            };
            let id = if container.started { endpoint.network.clone() } else { String::new() };
            let one = json!({"IPAddress": address, "Gateway": gateway, "NetworkID": id, "Aliases": endpoint.aliases});
            (endpoint.name.clone(), one)
        });
        let networks = open(endpoints.collect::<Vec<_>>(), Value::Null);
        let on_bridge = container.endpoints.iter().find(|endpoint| endpoint.name == "bridge");
        let address = on_bridge.and_then(|endpoint| endpoint.address.clone()).unwrap_or_default();
        let mut settings = json!({"Networks": networks, "Ports": self.ports_json(container)});
        settings["IPAddress"] = Value::from(address.clone());
        settings["Gateway"] = Value::from(if address.is_empty() { "" } else { "172.17.0.1" });
        let mounts: Vec<Value> = container.mounts.iter().map(|mount| {
            let kind = if mount.is_volume { "volume" } else { "bind" };
            json!({"Type": kind, "Name": if mount.is_volume { &mount.source } else { "" }, "Source": mount.source, "Destination": mount.target, "RW": true})
        }).collect();
        let state = json!({
            "Status": container.state.name(),
            "Running": container.state.is_up(),
            "Paused": container.state == State::Paused,
            "Restarting": container.state == State::Restarting,
            "OOMKilled": false, "Dead": false,
            "Pid": if container.state.is_up() { 4242 } else { 0 },
            "ExitCode": container.exit, "Error": "",
            "StartedAt": CREATED, "FinishedAt": CREATED,
            "Health": health(container).map(|status| json!({"Status": status, "FailingStreak": 0, "Log": []})),
        });
        let (spec, policy) = (&container.spec, container.restart.split(':').next().unwrap_or_default());
        json!({
            "Id": container.id, "Created": CREATED, "Name": format!("/{}", container.name),
            "Image": format!("sha256:{}", container.image_id), "State": state, "RestartCount": 0,
            "Config": {
                "Image": spec.image, "Labels": labels(&spec.labels), "Cmd": spec.command,
                "Hostname": &container.id[..12], "Env": [],
            },
            "HostConfig": {
                "NetworkMode": self.mode(container), "AutoRemove": spec.remove,
                "RestartPolicy": {"Name": if policy.is_empty() { "no" } else { policy }, "MaximumRetryCount": 0},
            },
            "Mounts": mounts, "NetworkSettings": settings,
        })
    }

    fn mode(&self, container: &Container) -> String {
        match (&container.shares, container.spec.attachments.first()) {
            (Some(other), _) => format!("container:{other}"),
            (None, Some(first)) if first.network == "bridge" => {
                if self.is_old() { "default" } else { "bridge" }.to_owned()
            }
            (None, Some(first)) => first.network.clone(),
            (None, None) => container.endpoints.first().map_or("default", |endpoint| endpoint.name.as_str()).to_owned(),
        }
    }

    fn ports_json(&self, container: &Container) -> Value {
        if !container.state.is_up() || container.spec.mode != super::spec::Mode::Own {
            return open(Vec::new(), Value::Null);
        }
        let mut ports: Vec<(String, Value)> = exposed(container)
            .iter()
            .map(|(port, protocol)| (format!("{port}/{}", protocol.name()), Value::Null))
            .collect();
        for binding in &container.bindings {
            let key = format!("{}/{}", binding.container, binding.protocol.name());
            let one = json!({"HostIp": binding.ip, "HostPort": binding.host.to_string()});
            match ports.iter_mut().find(|(known, _)| *known == key) {
                Some((_, Value::Array(all))) => all.push(one),
                Some((_, none)) => *none = Value::Array(vec![one]),
                None => ports.push((key, Value::Array(vec![one]))),
            }
        }
        open(ports, Value::Null)
    }

    pub(super) fn network_json(&self, network: &Network) -> Value {
        let users = self.on_network(network).filter(|(container, _)| container.state.is_up());
        let users = users.map(|(container, endpoint)| {
            let address = endpoint.address.as_ref().map(|address| format!("{address}/16")).unwrap_or_default();
            (container.id.clone(), json!({"Name": container.name, "IPv4Address": address}))
        });
        let subnet = json!([{"Subnet": format!("{}0/16", network.prefix), "Gateway": format!("{}1", network.prefix)}]);
        let subnet = if network.prefix.is_empty() { json!([]) } else { subnet };
        json!({
            "Name": network.name, "Id": network.id, "Created": CREATED, "Scope": "local", "Driver": network.driver,
            "Internal": false, "IPAM": {"Config": subnet}, "Containers": open(users.collect::<Vec<_>>(), Value::Null),
            "Labels": labels(&network.labels), "Options": open(Vec::new(), Value::from("")),
        })
    }

    pub(super) fn volume_json(&self, volume: &Volume) -> Value {
        let path = format!("/var/lib/docker/volumes/{}/_data", volume.name);
        json!({
            "Name": volume.name, "Driver": "local", "Mountpoint": path, "Scope": "local", "CreatedAt": CREATED,
            "Labels": labels(&volume.labels), "Options": open(Vec::new(), Value::from("")),
        })
    }

    pub(super) fn image_json(&self, image: &Image) -> Value {
        json!({
            "Id": format!("sha256:{}", image.id), "RepoTags": image.names, "RepoDigests": [], "Created": CREATED,
            "Config": {"Labels": labels(&image.labels), "Env": []}, "Os": "linux", "Architecture": "amd64",
        })
    }

    fn found(&self, kind: Option<ObjectKind>, name: &str) -> Result<Value, Refusal> {
        let is = |wanted| kind.is_none_or(|kind| kind == wanted);
        let missing = || Refusal::client(1, format!("Error: No such object: {name}"));
        let old = |what: &str| Refusal::client(1, format!("Error: No such {what}: {name}"));
        if is(ObjectKind::Container)
            && let Some(container) = self.container(name)
        {
            return Ok(self.container_json(container));
        }
        if is(ObjectKind::Image)
            && let Some(image) = self.image(name)
        {
            return Ok(self.image_json(image));
        }
        if is(ObjectKind::Network)
            && let Ok(network) = self.find_network(name)
        {
            return Ok(self.network_json(network));
        }
        if is(ObjectKind::Volume)
            && let Some(volume) = self.volume(name)
        {
            return Ok(self.volume_json(volume));
        }
        Err(match (kind, self.is_old()) {
            (Some(ObjectKind::Container), false) => Refusal::daemon(format!("No such container: {name}")),
            (Some(ObjectKind::Network), false) => Refusal::daemon(format!("network {name} not found")),
            (Some(ObjectKind::Volume), false) => Refusal::daemon(format!("get {name}: no such volume")),
            (Some(ObjectKind::Image), false) => {
                Refusal::daemon(format!("No such image: {}", super::lookup::image_name(name)))
            }
            (Some(kind), true) => old(kind.name()),
            _ => missing(),
        })
    }

    /// `docker inspect` and its kind.
    pub(super) fn inspect(&self, kind: Option<ObjectKind>, names: &[String], format: Option<&str>) -> Reply {
        let mut reply = Reply::default();
        let mut all = Vec::new();
        if let Some(format) = format
            && let Err(TemplateError::Syntax(why)) = super::template::check(format)
        {
            return Refusal::client(64, format!("template parsing error: template: :1: {why}")).into();
        }
        for name in names {
            match (self.found(kind, name), format) {
                (Ok(value), None) => all.push(value),
                (Ok(value), Some("json")) => reply.line(super::template::json(&value)),
                (Ok(value), Some(format)) => match render(format, &value) {
                    Ok(text) => reply.line(text),
                    Err(TemplateError::Syntax(why) | TemplateError::Execution(why)) => {
                        reply.fail(&Refusal::client(1, format!("template parsing error: template: :1: {why}")));
                    }
                },
                (Err(refusal), _) => reply.fail(&refusal),
            }
        }
        if format.is_some() && reply.output.is_empty() {
            reply.line("");
        } else if format.is_none() {
            reply.line(if all.is_empty() { "[]".to_owned() } else { pretty(&Value::Array(all)) });
        }
        reply
    }
}
