//! What a YAML file is, by its name and its first keys.

/// Whether it is compose's.
pub(in crate::rewrite) fn is_compose(name: &str, text: &str) -> bool {
    is_yaml(name) && (name.contains("compose") || has_key(text, "services:"))
}

/// Whether it is a cluster's manifest.
pub(in crate::rewrite) fn is_manifest(name: &str, text: &str) -> bool {
    is_yaml(name) && has_key(text, "apiVersion:") && has_key(text, "kind:")
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.starts_with(key))
}
