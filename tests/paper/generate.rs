//! Made-up sequences of docker commands that meet each other: few names, ports, labels, networks and volumes.

use berthlint::rehearsal::machine::Dialect;

use crate::daemon::BUSYBOX;
use crate::worlds::Setup;

/// A sequence.
pub struct Script {
    /// What all its names begin with.
    pub prefix: String,
    /// Compose files, by name.
    pub files: Vec<(String, String)>,
    /// What is done first, without comparing.
    pub before: Vec<Vec<String>>,
    pub commands: Vec<Vec<String>>,
}

/// How many commands a sequence has.
const LENGTH: usize = 20;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from(mixed >> 33).unwrap() % sides
    }

    fn one<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    fn once_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

/// Whether a command only asks: then its output is compared.
pub fn only_asks(words: &[String]) -> bool {
    let second = words.get(1).map_or("", String::as_str);
    match words.first().map_or("", String::as_str) {
        "ps" | "port" | "inspect" | "images" | "wait" => true,
        "network" | "volume" | "image" => matches!(second, "ls" | "inspect"),
        _ => false,
    }
}

pub fn script(setup: &Setup, seed: u64) -> Script {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678);
    (0..8).for_each(|_| {
        dice.roll(2);
    });
    let prefix = format!("pp{}x{seed}-", std::process::id());
    // Below the ports that docker gives by itself; another place for each sequence that may run beside.
    let port = 10_000 + (u64::from(std::process::id()) * 37 + seed * 4) % 18_000;
    let compose = setup.compose && seed.is_multiple_of(3);
    let own = format!("own={prefix}");
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let before = vec![words(&format!("tag {BUSYBOX} {prefix}img:1"))];
    let mut maker = Maker { dice, prefix: prefix.clone(), port, own, setup };
    let commands = (0..LENGTH)
        .map(|_| if compose && maker.dice.once_in(2) { maker.compose() } else { maker.command() })
        .map(|line| line.split('\u{1f}').map(str::to_owned).collect::<Vec<String>>());
    let commands = commands.map(|words| words.iter().flat_map(|word| split(word)).collect()).collect();
    let files = if compose { maker.files() } else { Vec::new() };
    Script { prefix, files, before, commands }
}

/// A part without `\u{1e}` is split at blanks; with it, the rest is one word.
fn split(part: &str) -> Vec<String> {
    match part.strip_prefix('\u{1e}') {
        Some(word) => vec![word.to_owned()],
        None => part.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
    }
}

struct Maker<'a> {
    dice: Dice,
    prefix: String,
    port: u64,
    own: String,
    setup: &'a Setup,
}

/// One word, whatever stands in it.
fn word(text: &str) -> String {
    format!("\u{1f}\u{1e}{text}\u{1f}")
}

impl Maker<'_> {
    fn name(&mut self) -> String {
        format!("{}{}", self.prefix, self.dice.one(&["a", "a", "a", "b", "b", "c"]))
    }

    fn network(&mut self) -> String {
        format!("{}{}", self.prefix, self.dice.one(&["n", "n", "m"]))
    }

    fn volume(&mut self) -> String {
        format!("{}{}", self.prefix, self.dice.one(&["v", "w"]))
    }

    fn image(&mut self) -> String {
        format!("{}img:{}", self.prefix, self.dice.one(&["1", "1", "1", "1", "2", "3"]))
    }

    /// `run` or `create`, without the verb.
    fn spec(&mut self, lasts: bool) -> String {
        let old = self.setup.dialect == Dialect::Docker20;
        let mut line = String::new();
        if !self.dice.once_in(8) {
            line += &format!(" --name {}", self.name());
        }
        line += &format!(" --label {}", self.own);
        if self.dice.once_in(2) {
            line += &format!(" --label k={}", self.dice.roll(2));
        }
        let p = self.port;
        match self.dice.roll(12) {
            0 | 1 => line += &format!(" -p {p}:80"),
            2 => line += &format!(" -p {}:80", p + 1),
            3 => line += &format!(" -p 127.0.0.1:{p}:80"),
            4 => line += " -p 80",
            5 => line += &format!(" -p {p}-{}:80", p + 1),
            6 => line += &format!(" -p {p}:80/udp"),
            7 => line += &format!(" -p {p}-{}:80-81", p + 1),
            8 => line += " -P --expose 90",
            _ => {}
        }
        match self.dice.roll(12) {
            0..=2 => line += &format!(" --network {} --network-alias x", self.network()),
            3 => line += &format!(" --network {}", self.network()),
            4 => line += " --network host",
            5 => line += " --network none",
            6 => line += &format!(" --network container:{}", self.name()),
            7 if !old => line += &format!(" --network {} --network {}", self.network(), self.network()),
            8 if !self.setup.mixed && self.dice.once_in(3) => line += " --network-alias y",
            _ => {}
        }
        match self.dice.roll(8) {
            0 | 1 => line += &format!(" -v {}:/data", self.volume()),
            2 => line += " -v /data",
            3 => line += &format!(" --mount type=volume,source={},target=/data", self.volume()),
            4 if self.dice.once_in(2) => line += &format!(" --volumes-from {}", self.name()),
            _ => {}
        }
        match self.dice.roll(10) {
            0 | 1 => line += " --rm",
            2 => line += " --restart always",
            3 => line += " --restart on-failure",
            4 if lasts => line += " --health-cmd true --health-interval 200ms",
            _ => {}
        }
        let image = self.image();
        line + &format!(" {image} ")
    }

    fn command(&mut self) -> String {
        let name = self.name();
        let own = self.own.clone();
        match self.dice.roll(60) {
            0..=13 => {
                format!("run -d{}sleep 1000", self.spec(true))
            }
            14 => {
                format!(
                    "run -d{}",
                    self.spec(false).replace(" --restart always", "").replace(" --restart on-failure", "")
                ) + "true"
            }
            15 => {
                let spec = self.spec(false).replace(" --restart always", "").replace(" --restart on-failure", "");
                format!("run{spec}sh -c{}", word("exit 3"))
            }
            16 | 17 => {
                format!("create{}sleep 1000", self.spec(true))
            }
            18 | 19 => format!("start {name}"),
            20 | 21 => format!("stop -t 0 {name}"),
            22 => format!("kill {name}"),
            23 => format!("kill -s TERM {name}"),
            24 => format!("restart -t 0 {name}"),
            25 => format!("pause {name}"),
            26 => format!("unpause {name}"),
            27 => format!("rm {name}"),
            28 | 29 => format!("rm -f {name}"),
            30 => {
                let other = self.name();
                // The client removes both at once, and one twice meets itself.
                let other = if other == name { String::new() } else { other };
                format!("rm -fv {name} {other}")
            }
            31 => format!("rename {name} {}", self.name()),
            32 => format!("exec {name} {}", self.dice.one(&["true", "false"])),
            33 => format!("wait {name}"),
            34..=36 => format!("network create --label {own} {}", self.network()),
            37 => format!("network rm {}", self.network()),
            38 => format!("network connect {} {name}", self.network()),
            39 => format!("network connect --alias q {} {name}", self.network()),
            40 => format!("network disconnect {}{} {name}", self.dice.one(&["", "-f "]), self.network()),
            41 => format!("volume create --label {own} {}", self.volume()),
            42 => format!("volume rm {}{}", self.dice.one(&["", "-f "]), self.volume()),
            43 => format!("tag {} {}", self.image(), self.image()),
            44 => format!("rmi {}{}", self.dice.one(&["", "-f "]), self.image()),
            45 => format!("commit {name} {}", self.image()),
            46 => format!("update --restart {} {name}", self.dice.one(&["no", "always"])),
            47 => {
                let kind = self.dice.one(&["container", "network", "volume", "system", "image"]);
                let all = match (kind, self.dice.roll(2)) {
                    ("system", 0) => " --volumes",
                    ("volume", 0) if self.setup.dialect == Dialect::Current => " -a",
                    ("image", 0) => " -a",
                    _ => "",
                };
                let more = self.dice.one(&["", "", " --filter label=k=1", " --filter label!=k=1"]);
                format!("{kind} prune{all}{} --filter label={own}{more}", self.dice.one(&[" -f", " -f", " -f", ""]))
            }
            48 => format!("port {name}{}", self.dice.one(&["", " 80", " 80/tcp", " 81", " 80/udp", " 90"])),
            49..=52 => self.inspects(&name),
            53..=56 => self.lists(),
            57 => format!("logs {name}"),
            58 => format!("cp {name}:/etc/passwd ."),
            _ => format!("diff {name}"),
        }
    }

    fn inspects(&mut self, name: &str) -> String {
        let formats = [
            "{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.ExitCode}}",
            "{{.Name}} {{.Config.Image}} {{.HostConfig.AutoRemove}}",
            "{{.HostConfig.RestartPolicy.Name}}",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
            "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}",
            "{{.NetworkSettings.IPAddress}}",
            "{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}",
            "{{range $p, $b := .NetworkSettings.Ports}}{{$p}} {{if $b}}{{(index $b 0).HostPort}}{{end}} {{end}}",
            "{{index .Config.Labels \"k\"}}",
            "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}",
            "{{json .Config.Labels}}",
            "{{range .Mounts}}{{.Type}}:{{.Destination}} {{end}}",
            "{{.State.Health.Status}}",
            "{{.Id}}",
            "{{.Nope}}",
            "{{.Na",
        ];
        let format = self.dice.one(&formats);
        match self.dice.roll(6) {
            0 => {
                let format = self.dice.one(&[
                    "{{.Name}} {{.Driver}}",
                    "{{range .Containers}}{{.Name}} {{end}}",
                    "{{len .Containers}}",
                ]);
                format!("network inspect -f{}{}", word(format), self.network())
            }
            1 => format!("volume inspect -f{}{}", word("{{.Name}} {{.Driver}}"), self.volume()),
            2 => format!("image inspect -f{}{}", word("{{.Id}}"), self.image()),
            3 => format!("inspect -f{}{name} {}", word(format), self.name()),
            _ => format!("inspect -f{}{name}", word(format)),
        }
    }

    fn lists(&mut self) -> String {
        let own = self.own.clone();
        let (p, port) = (self.prefix.clone(), self.port);
        match self.dice.roll(8) {
            0 => format!("network ls --format{}--filter name=^{p}", word("{{.Name}} {{.Labels}}")),
            1 => {
                let dangling = self.dice.one(&["", " --filter dangling=true", " --filter dangling=false"]);
                format!("volume ls -q --filter name=^{p}{dangling}")
            }
            2 => format!("images --format{}{p}img", word("{{.Repository}}:{{.Tag}}")),
            _ => {
                let filters = [
                    "status=running".to_owned(),
                    "status=exited".to_owned(),
                    "status=created".to_owned(),
                    "status=paused".to_owned(),
                    "label=k".to_owned(),
                    "label=k=1".to_owned(),
                    format!("name=^{p}a$"),
                    format!("name=^/{p}"),
                    format!("network={}", self.network()),
                    format!("volume={}", self.volume()),
                    format!("ancestor={}", self.image()),
                    format!("publish={port}"),
                    "publish=80".to_owned(),
                    "exited=137".to_owned(),
                    "exited=3".to_owned(),
                    "health=healthy".to_owned(),
                    "health=none".to_owned(),
                    "status=nope".to_owned(),
                    "nope=1".to_owned(),
                ];
                let mut line = format!("ps {}--filter label={own}", self.dice.one(&["", "-a ", "-a "]));
                for _ in 0..=self.dice.roll(2) {
                    line += &format!(" --filter {}", filters[self.dice.roll(filters.len())]);
                }
                if self.dice.once_in(4) {
                    return line + " -q";
                }
                format!(
                    "{line} --format{}",
                    word(self.dice.one(&[
                        "{{.Names}}",
                        "{{.Names}} {{.State}}",
                        "{{.Label \"k\"}}",
                        "{{.Image}}",
                        "{{.Ports}}"
                    ]))
                )
            }
        }
    }

    fn files(&self) -> Vec<(String, String)> {
        let (p, own, port) = (&self.prefix, &self.own, self.port);
        let image =
            format!("image: {p}img:1\n    command: sleep 1000\n    labels: [{own}]\n    stop_grace_period: 0s\n");
        let one = format!(
            "services:\n  db:\n    {image}    ports: [\"{port}:80\"]\n    volumes: [data:/data]\n  app:\n    {image}    depends_on: [db]\n    networks:\n      default:\n        aliases: [front]\nvolumes:\n  data: {{}}\n"
        );
        let two = format!(
            "services:\n  app:\n    {image}    container_name: {p}a\n  job:\n    image: {p}img:1\n    labels: [{own}]\n    command: \"true\"\n    depends_on:\n      app:\n        condition: service_started\n  web:\n    {image}    networks: [back]\n    ports: [\"80\"]\n    profiles: [more]\nnetworks:\n  back:\n    name: {p}m\n"
        );
        vec![(format!("{p}one.yml"), one), (format!("{p}two.yml"), two)]
    }

    fn compose(&mut self) -> String {
        let file = self.dice.one(&["one", "one", "two"]);
        let p = self.prefix.clone();
        let project = format!("{p}{}", self.dice.one(&["x", "x", "y"]));
        let call = format!("compose -p {project} -f {p}{file}.yml");
        let service = self.dice.one(if file == "one" { &["db", "app"] } else { &["app", "job"] });
        let some = if self.dice.once_in(3) { format!(" {service}") } else { String::new() };
        match self.dice.roll(24) {
            0..=6 => format!(
                "{call} up -d -t 0{}{some}",
                self.dice.one(&["", "", " --remove-orphans", " --no-deps", " --force-recreate"])
            ),
            7 => format!("{call} create{some}"),
            8..=10 => format!(
                "{call} down -t 0{}",
                self.dice.one(&["", " -v", " --remove-orphans", " -v --remove-orphans", " --rmi local"])
            ),
            11 => format!("{call} stop -t 0{some}"),
            12 => format!("{call} start{some}"),
            13 => format!("{call} restart -t 0{some}"),
            14 => format!("{call} kill{some}"),
            15 => format!("{call} rm -f{}{some}", self.dice.one(&["", " -s", " -v"])),
            16 => format!("{call} exec -T {service} {}", self.dice.one(&["true", "false"])),
            17 => format!("{call} run --rm -T {service} {}", self.dice.one(&["true", "false"])),
            18 => format!("{call} run -d {service} sleep 1000"),
            19 => format!("{call} port {service} 80"),
            20 if file == "one" => format!("{call} up -d -t 0 --scale app={}", self.dice.roll(3) + 1),
            20 => format!("{call} --profile more up -d -t 0"),
            21 => format!("{call} pause{some}"),
            22 => format!("{call} unpause{some}"),
            _ => format!("{call} up -d -t 0 --wait{some}"),
        }
    }
}
