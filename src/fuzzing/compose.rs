//! Compose files: all that is merged stands in a file that was read, and what comes up goes down.

use std::collections::BTreeMap;

use super::files::files;
use super::place::location_is_in;
use super::surroundings::{Empty, Nothing};
use crate::follow::compose::{ComposeCall, Project, load, started};
use crate::follow::{Directory, Files};
use crate::rehearsal::machine::{Caller, Declared, Dialect, Machine, Maker};

/// Any bytes as a project's files.
pub fn compose(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = Files::in_memory(files(text, "compose.yml"));
    let directory = Directory::checkout();
    let call =
        ComposeCall { directory: &directory, files: &[], project_directory: None, env_files: &[], around: &Nothing };
    let Ok(project) = load(&files, &call) else { return };
    places(&project);
    let all = started(&project.services, &[], &project.profiles);
    for service in &project.services {
        let own = started(&project.services, &[&service.id], &project.profiles);
        assert!(own.contains_key(&service.id), "{} does not start when it is asked for in {text:?}", service.id);
        assert!(all.keys().all(|id| project.services.iter().any(|known| known.id == *id)), "{all:?} in {text:?}");
    }
    goes_down(text, &Declared::of(&project, &Empty));
}

fn places(project: &Project) {
    for gap in &project.gaps {
        let Some(at) = &gap.at else { continue };
        let source = project.files.iter().map(|(_, source)| source).find(|source| *source.path() == at.path);
        location_is_in(source.expect("a gap in a file that was read"), at);
    }
    for service in &project.services {
        for port in &service.ports {
            location_is_in(&port.source, &port.location(port.span));
        }
        for text in service.environment.iter().filter_map(|var| var.text.as_ref()) {
            project.interpolate(text.value(), &Nothing);
        }
        if let Some(image) = &service.image {
            project.interpolate(image.value.value.value(), &Nothing);
        }
    }
}

/// After `down` nothing of the project is left but what `down` leaves by its own account.
fn goes_down(text: &str, declared: &Declared) {
    let env = BTreeMap::new();
    let caller = Caller {
        maker: Maker { run: 1, job: 0 },
        declared: Some(declared),
        env: &env,
        directory: "/work/app",
        input: None,
    };
    let mut machine = Machine::new(Dialect::Current);
    let mut play = |words: &[&str]| machine.words(words, &caller).expect("docker's");
    play(&["docker", "compose", "-p", "x", "up", "-d"]);
    play(&["docker", "compose", "-p", "x", "ps"]);
    let down = play(&["docker", "compose", "-p", "x", "down", "-v", "--remove-orphans"]);
    let left = play(&["docker", "ps", "-aq", "--filter", "label=com.docker.compose.project=x"]);
    assert!(down.status != 0 || left.output.is_empty(), "down leaves {:?} in {text:?}", left.output);
}
