//! The names of files of settings that programs look for by themselves.

/// What frameworks call their files of settings. Variables of the environment go before what is in them.
pub(super) const FILES: [&str; 18] = [
    ".env",
    ".env.test",
    ".env.testing",
    ".env.ci",
    ".env.dist",
    ".env.test.local",
    "phpunit.xml",
    "phpunit.xml.dist",
    "phpunit.dist.xml",
    "database.yml",
    "test.json",
    "appsettings.json",
    "appsettings.Test.json",
    "application.yml",
    "application.properties",
    "application-test.yml",
    "application-test.properties",
    "settings.test.json",
];

/// Those that are read under another name, when a job copies them to it.
pub(super) const TEMPLATES: [&str; 6] =
    [".env.example", ".env.sample", ".env.template", "env.example", ".env.default", ".env.docker"];

/// Whether a file of this name is one of them.
pub(super) fn is_known(name: &str) -> bool {
    FILES.contains(&name) || TEMPLATES.contains(&name)
}
