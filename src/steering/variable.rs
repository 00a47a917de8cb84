//! Variables that steer programs: whoever sets one decides what others run.
//!
//! A step that finds `BASH_ENV` runs a file before its script, `NODE_OPTIONS` loads modules, `LD_PRELOAD` goes into
//! every program, `DOCKER_HOST` sends `docker` elsewhere. Neither `berth-run up --export` nor a step that a rewrite
//! writes sets one of these for others.

/// Shells, the dynamic linker, interpreters, git, docker, the runner, and berth's own.
const PREFIXES: [&str; 14] = [
    "ACTIONS_",
    "BASH",
    "BERTH_",
    "COMPOSE_",
    "DOCKER_",
    "DYLD_",
    "GIT_",
    "GITHUB_",
    "LD_",
    "PERL",
    "PYTHON",
    "RUBY",
    "RUNNER_",
    "GLIBC_TUNABLES",
];

/// Others, by their whole names.
const NAMES: [&str; 28] = [
    "CDPATH",
    "CONTAINER_HOST",
    "ENV",
    "GCONV_PATH",
    "GLOBIGNORE",
    "GNUMAKEFLAGS",
    "HOME",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JOB_CONTAINER_NAME",
    "LESSCLOSE",
    "LESSOPEN",
    "MAKEFILES",
    "MAKEFLAGS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_CONF",
    "PATH",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS0",
    "PS4",
    "PWD",
    "SHELL",
    "SHELLOPTS",
    "TMPDIR",
    "_JAVA_OPTIONS",
];

/// Whether a variable of that name steers programs. Capitals or not: some programs read both.
pub fn steers(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    NAMES.contains(&upper.as_str()) || PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_steers() {
        for name in [
            "BASH_ENV",
            "ENV",
            "NODE_OPTIONS",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "PERLLIB",
            "RUBYOPT",
            "GIT_SSH_COMMAND",
            "LD_PRELOAD",
            "PATH",
            "path",
            "IFS",
            "PS4",
            "SHELLOPTS",
            "BASHOPTS",
            "BASH_FUNC_ls%%",
            "DOCKER_HOST",
            "docker_host",
            "GITHUB_ENV",
            "RUNNER_TEMP",
            "JOB_CONTAINER_NAME",
            "BERTH_TOKEN",
            "BERTH_OTHER_HOST",
            "JAVA_TOOL_OPTIONS",
            "MAKEFLAGS",
            "GLIBC_TUNABLES",
        ] {
            assert!(steers(name), "{name}");
        }
        // What people give their programs to find a server.
        for name in [
            "DATABASE_URL",
            "PGHOST",
            "REDIS_HOST",
            "PATHS",
            "ENVIRONMENT",
            "NODE_ENV",
            "HTTP_PROXY",
            "HOMEPAGE",
            "PIP_INDEX_URL",
            "GITEA_URL",
            "MY_DOCKER_HOST",
            "SHELL_HOST",
        ] {
            assert!(!steers(name), "{name}");
        }
    }
}
