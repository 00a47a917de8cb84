//! The text that a command is given to read, as it is written: a heredoc, a here-string, what `echo` pipes into it.

use super::Act;
use crate::command::Arg;
use crate::shell::{self, Node, RedirectKind};

impl Act {
    /// That text, with its variables as they are written.
    pub fn fed_text(&self) -> Option<String> {
        if let Some(stage) = self.context.stdin.as_ref().and_then(|capture| capture.stages.last()) {
            let prints = matches!(stage.program.as_str(), "echo" | "printf");
            let words: Vec<String> = stage.argv.iter().map(|arg: &Arg| arg.value.to_string()).collect();
            return prints.then(|| words.join(" ").replace("\\n", "\n"));
        }
        let text = &self.frame.text;
        let mut fed = None;
        shell::parse(text.value()).visit(&mut |node| {
            let Node::Statement(statement) = node else { return };
            let redirects = statement.command().map(|command| &command.redirects).into_iter().flatten();
            for redirect in redirects.chain(&statement.redirects) {
                let body = match &redirect.kind {
                    RedirectKind::Heredoc { body, .. } | RedirectKind::HereString(body) => body,
                    _ => continue,
                };
                if text.span(statement.span.clone()).start == self.at.span.start {
                    fed = text.value().get(body.span.clone()).map(str::to_owned);
                }
            }
        });
        fed
    }
}
