//! What the shell does itself, without a process.

/// Builtins that run another program or script: what that does, they do.
const RUNS_ANOTHER: [&str; 4] = ["eval", "exec", "source", "."];

/// Whether the shell does it itself and nothing else by it: keywords and builtins of bash and of POSIX shells that
/// scripts use.
#[rustfmt::skip]
pub fn is_builtin(program: &str) -> bool {
    matches!(
        program,
        "[" | "[[" | "test" | "echo" | "printf" | "read" | "cd" | "pwd" | "export" | "set" | "unset" | "local"
            | "declare" | "readonly" | "true" | "false" | ":" | "break" | "continue" | "return" | "exit" | "shift"
            | "trap" | "wait" | "kill" | "disown" | "let" | "shopt" | "ulimit" | "umask" | "type" | "getopts" | "hash"
    )
}

/// Whether the shell does it itself, and runs what it is given.
pub fn runs_another(program: &str) -> bool {
    RUNS_ANOTHER.contains(&program)
}
