//! Image references: `registry.example.org:5000/team/app:tag@sha256:…`.

use crate::symbol::Value;
use crate::truth::Truth;

/// A parsed image reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The registry, when one is written: the first component, if it has a `.` or `:` or is `localhost`.
    pub registry: Option<Value>,
    /// Namespace and name: `library/postgres`, `postgres`.
    pub repository: Value,
    /// The tag; `latest` when neither it nor a digest is written.
    pub tag: Option<Value>,
    /// The digest, `sha256:…`.
    pub digest: Option<Value>,
}

impl Reference {
    /// Reads an image reference.
    pub fn parse(image: &Value) -> Self {
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (image.clone(), None),
        };
        let mut components = rest.split('/');
        let last = components.pop().unwrap_or_default();
        // Only the last component's `:` is a tag's; another is a port's.
        let (name, tag) = match last.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (last, None),
        };
        let registry = match components.first() {
            Some(first) if is_registry(first) => Some(components.remove(0)),
            _ => None,
        };
        components.push(name);
        let repository = components.into_iter().reduce(|path, next| path.then(Value::literal("/")).then(next));
        Self { registry, repository: repository.unwrap_or_default(), tag, digest }
    }

    /// The tag that is meant: `latest` when none is written.
    pub fn effective_tag(&self) -> Option<Value> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag.clone()),
            (None, Some(_)) => None,
            (None, None) => Some(Value::literal("latest")),
        }
    }

    /// A text that is the same for references which certainly name the same image.
    pub fn key(&self) -> String {
        // A digest says more than a tag.
        let rest = self.digest.clone().or_else(|| self.effective_tag()).map(|rest| rest.to_string());
        format!("{} {}", self.full_name(), rest.unwrap_or_default())
    }

    /// The same for all tags of a repository.
    pub fn repository_key(&self) -> String {
        self.full_name().to_string()
    }

    /// Whether both name the same image: docker's defaults (`docker.io`, `library/`, `latest`) filled in.
    pub fn same(&self, other: &Self) -> Truth {
        let digest = match (&self.digest, &other.digest) {
            (Some(ours), Some(theirs)) => return self.full_name().same(&other.full_name()).and(ours.same(theirs)),
            (None, None) => Truth::Yes,
            _ => Truth::Unknown,
        };
        let tag = match (self.effective_tag(), other.effective_tag()) {
            (Some(ours), Some(theirs)) => ours.same(&theirs),
            _ => Truth::Unknown,
        };
        self.full_name().same(&other.full_name()).and(tag).and(digest)
    }

    /// With docker's default registry and namespace; an unknown first component may be a registry, so it gets
    /// none.
    fn full_name(&self) -> Value {
        let registry = match &self.registry {
            Some(registry) if !matches!(registry.as_literal(), Some("docker.io" | "index.docker.io")) => registry,
            _ => match self.repository.as_literal() {
                Some(name) if name.contains('/') => return Value::literal(format!("docker.io/{name}")),
                Some(name) => return Value::literal(format!("docker.io/library/{name}")),
                None => return self.repository.clone(),
            },
        };
        registry.clone().then(Value::literal("/")).then(self.repository.clone())
    }
}

fn is_registry(component: &Value) -> bool {
    component.as_literal() == Some("localhost")
        || component
            .parts()
            .iter()
            .any(|part| matches!(part, crate::symbol::Part::Literal(text) if text.contains(['.', ':'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn references_have_parts() {
        for (text, registry, repository, tag) in [
            ("postgres", None, "postgres", None),
            ("postgres:15-alpine", None, "postgres", Some("15-alpine")),
            ("docker.io/library/postgres:15", Some("docker.io"), "library/postgres", Some("15")),
            ("localhost:5000/app", Some("localhost:5000"), "app", None),
            ("team/app:$TAG", None, "team/app", Some("$TAG")),
            ("$REG/team/app:1", None, "$REG/team/app", Some("1")),
            ("ghcr.io/$OWNER/app", Some("ghcr.io"), "$OWNER/app", None),
            ("app@sha256:abc", None, "app", None),
        ] {
            let found = Reference::parse(&value(text));
            let shown = |value: &Option<Value>| value.as_ref().map(Value::to_string);
            assert_eq!(
                (
                    shown(&found.registry).as_deref(),
                    found.repository.to_string().as_str(),
                    shown(&found.tag).as_deref()
                ),
                (registry, repository, tag),
                "{text}"
            );
        }
    }

    #[test]
    fn docker_fills_in_its_defaults() {
        for (ours, theirs, wanted) in [
            ("postgres", "docker.io/library/postgres:latest", Truth::Yes),
            ("team/app", "docker.io/team/app", Truth::Yes),
            ("app:1", "app:2", Truth::No),
            ("app:@run", "app:@run", Truth::Yes),
            ("app:$X", "app:1", Truth::Unknown),
            ("ghcr.io/a/b", "a/b", Truth::No),
        ] {
            assert_eq!(
                Reference::parse(&value(ours)).same(&Reference::parse(&value(theirs))),
                wanted,
                "{ours} {theirs}"
            );
        }
    }
}
