//! A container's log, for the job's log.

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;

use super::engine::{Engine, words};
use super::{console, token};

/// Prints the last `lines` lines of a container's log under a heading that names it.
pub async fn print(engine: &Engine, id: &str, name: &str, lines: u32) {
    let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines.to_string()).build();
    console::note(&format!("log of {name} (last {lines} lines):"));
    // Runners take `::command::` lines of a step's output for their own; a container's log must not
    // speak to them. Only who knows the word can end this.
    let word = token::random_hex(16).ok().filter(|_| std::env::var_os("GITHUB_ACTIONS").is_some());
    if let Some(word) = &word {
        console::verbatim(&format!("::stop-commands::{word}\n"));
    }
    let mut log = engine.docker.logs(id, Some(options));
    let mut open_line = false;
    while let Some(part) = log.next().await {
        match part {
            Ok(output) => {
                let text = output.to_string();
                open_line = !text.ends_with('\n');
                console::verbatim(&text);
            }
            Err(error) => {
                console::note(&format!("the log cannot be read: {}", words(&error)));
                break;
            }
        }
    }
    if open_line {
        console::verbatim("\n");
    }
    if let Some(word) = &word {
        console::verbatim(&format!("::{word}::\n"));
    }
    console::note(&format!("end of the log of {name}"));
}
