//! From a call to a project: files, `include`, `extends`.

use std::sync::Arc;

use super::find::{Found, find, located};
use super::service::{EffectiveService, Origin};
use super::{ComposeCall, Project, merge, set};
use crate::follow::{Directory, Files, RepoPath, Unfollowed};
use crate::source::{FileKind, Location, Source};
use crate::symbol::Value;
use crate::workflow::{Compose, Field, Include, Scalar};

/// How many files one project has.
const MOST_FILES: usize = 64;
/// How deep `include` and `extends` lead.
const DEEPEST: usize = 16;

/// The project that a call of compose means.
///
/// # Errors
/// [`Unfollowed`] when its files are not known, missing, or no compose files. What is missing farther down
/// is in [`Project::gaps`].
pub fn load(files: &Files, call: &ComposeCall<'_>) -> Result<Project, Unfollowed> {
    let Found { files: paths, directory, env, gaps } = find(files, call)?;
    let profiles = call.around.variable("COMPOSE_PROFILES").or_else(|| set(&env, "COMPOSE_PROFILES"));
    let profiles = profiles.map(|list| list.split(',')).unwrap_or_default();
    let project = Project {
        name: None,
        services: Vec::new(),
        networks: Vec::new(),
        volumes: Vec::new(),
        directory: directory.clone(),
        files: Vec::new(),
        env,
        profiles: profiles.into_iter().filter(|profile| !profile.parts().is_empty()).collect(),
        gaps,
    };
    let mut loader = Loader { files, call, project, budget: MOST_FILES * 4 };
    let layer = loader.layer(&paths, &directory, &mut Vec::new())?;
    let mut project = loader.project;
    project.name = layer.name;
    project.services = layer.services;
    project.networks = layer.networks;
    project.volumes = layer.volumes;
    Ok(project)
}

/// What files that are merged with each other make.
#[derive(Default)]
struct Layer {
    name: Option<super::Placed<Box<Field<Scalar>>>>,
    services: Vec<EffectiveService>,
    networks: Vec<super::EffectiveResource>,
    volumes: Vec<super::EffectiveResource>,
}

struct Loader<'c> {
    files: &'c Files,
    call: &'c ComposeCall<'c>,
    project: Project,
    /// How many more files and extended services are looked at.
    budget: usize,
}

/// A file, or a service of it, that is being read: cycles are cut here.
type Open = Vec<(RepoPath, String)>;

impl Loader<'_> {
    fn read(&mut self, path: &RepoPath) -> Result<(Arc<Compose>, Source), Unfollowed> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| Unfollowed::new("the project has too many files"))?;
        let source =
            self.files.follow(path, FileKind::Compose).map_err(|why| Unfollowed::new(format!("{path}: {why}")))?;
        let start = || source.location(crate::source::Span::new(0, 0));
        let compose = self.files.compose(path).ok_or_else(|| Unfollowed::at(format!("{path} is not YAML"), start()))?;
        let compose = compose.map_err(|not| Unfollowed::at(format!("{path}: {not}"), source.location(not.span)))?;
        if !self.project.files.iter().any(|(known, _)| known == path) {
            self.project.files.push((path.clone(), source.clone()));
        }
        Ok((compose, source))
    }

    /// Files, each merged over the ones before.
    fn layer(&mut self, paths: &[RepoPath], base: &RepoPath, open: &mut Open) -> Result<Layer, Unfollowed> {
        let mut layer = Layer::default();
        for path in paths {
            let (compose, source) = self.read(path)?;
            let origin = Origin { source, base: base.clone() };
            for service in &compose.services {
                let service = EffectiveService::of(service, &origin);
                let service = self.extended(service, path, &compose, open);
                match layer.services.iter().position(|known| known.id == service.id) {
                    Some(at) => {
                        let base = layer.services.remove(at);
                        if let Some(merged) = merge::over(base, service) {
                            layer.services.insert(at, merged);
                        }
                    }
                    None => layer.services.push(service),
                }
            }
            for network in &compose.networks {
                merge::resource(&mut layer.networks, origin.place(network.clone()));
            }
            for volume in &compose.volumes {
                merge::resource(&mut layer.volumes, origin.place(volume.clone()));
            }
            if let Some(name) = &compose.name {
                layer.name = Some(origin.place(name.clone()));
            }
            for include in &compose.include {
                self.include(include, &origin, path, &mut layer, open);
            }
        }
        Ok(layer)
    }

    fn value(&self, scalar: &Scalar) -> Value {
        self.project.interpolate(scalar.value(), self.call.around)
    }

    fn gap(&mut self, why: impl Into<String>, at: Location) {
        self.project.gaps.push(Unfollowed::at(why, at));
    }

    fn include(&mut self, include: &Include, origin: &Origin, from: &RepoPath, layer: &mut Layer, open: &mut Open) {
        let at = origin.source.location(include.span);
        let directory = Directory::Inside(origin.base.clone());
        let paths = include.paths.iter().map(|path| located(&directory, &self.value(path)));
        let told = include.project_directory.as_ref().map(|path| located(&directory, &self.value(path))).transpose();
        let (paths, told) = match (paths.collect::<Result<Vec<_>, _>>(), told) {
            (Ok(paths), Ok(told)) => (paths, told),
            (Err(unfollowed), _) | (_, Err(unfollowed)) => return self.gap(unfollowed.why, at),
        };
        let Some(first) = paths.first() else { return };
        let key = (from.clone(), String::new());
        if open.len() >= DEEPEST || paths.contains(from) || open.iter().any(|(path, _)| paths.contains(path)) {
            return self.gap(format!("`include` of {first} leads in a circle, or too deep"), at);
        }
        let base = told.or_else(|| first.parent()).unwrap_or_default();
        open.push(key);
        let inner = self.layer(&paths, &base, open);
        open.pop();
        match inner {
            Ok(inner) => {
                for service in inner.services {
                    // Compose refuses two of one name; the including file's is meant.
                    if !layer.services.iter().any(|known| known.id == service.id) {
                        layer.services.push(service);
                    }
                }
                inner.networks.into_iter().for_each(|network| merge::resource(&mut layer.networks, network));
                inner.volumes.into_iter().for_each(|volume| merge::resource(&mut layer.volumes, volume));
            }
            Err(unfollowed) => self.gap(unfollowed.why, at),
        }
    }

    /// The service over the one it extends.
    fn extended(
        &mut self,
        mut service: EffectiveService,
        path: &RepoPath,
        compose: &Arc<Compose>,
        open: &mut Open,
    ) -> EffectiveService {
        let (Some(extends), Some(own)) = (service.extends.take(), service.definitions.last()) else { return service };
        let at = own.location(extends.span);
        let base = own.base.clone();
        let Some(name) = extends.service.as_ref().map(|name| name.value().to_owned()) else { return service };
        let (target, directory) = match &extends.file {
            None => (path.clone(), base),
            Some(file) => match located(&Directory::Inside(base), &self.value(file)) {
                Ok(target) => {
                    let directory = target.parent().unwrap_or_default();
                    (target, directory)
                }
                Err(unfollowed) => {
                    self.gap(unfollowed.why, at);
                    return service;
                }
            },
        };
        let here = (path.clone(), service.id.clone());
        let next = (target.clone(), name.clone());
        if open.len() >= DEEPEST || next == here || open.contains(&next) {
            self.gap(format!("`extends` of {name} leads in a circle, or too deep"), at);
            return service;
        }
        let read = if target == *path { None } else { Some(self.read(&target)) };
        let (file, source) = match read {
            None => (compose.clone(), service.definitions[0].source.clone()),
            Some(Ok((file, source))) => (file, source),
            Some(Err(unfollowed)) => {
                self.gap(unfollowed.why, at);
                return service;
            }
        };
        let Some(found) = file.service(&name) else {
            self.gap(format!("{target} has no service {name}"), at);
            return service;
        };
        let Some(budget) = self.budget.checked_sub(1) else { return service };
        self.budget = budget;
        open.push(here);
        let base =
            self.extended(EffectiveService::of(found, &Origin { source, base: directory }), &target, &file, open);
        open.pop();
        merge::merge(base, service)
    }
}
