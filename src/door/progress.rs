//! What a terminal shows while something takes its time: nothing for the first second, and nothing anywhere else.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// For so long nobody waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far something is. Without a terminal it counts, and nobody sees it.
#[derive(Clone, Debug)]
pub struct Progress(ProgressBar);

impl Default for Progress {
    fn default() -> Self {
        Self(ProgressBar::hidden())
    }
}

/// Without a count.
const ALONE: &str = "{spinner} {msg} ({elapsed})";

impl Progress {
    /// From now on there are so many repositories to go through.
    pub fn begin(&self, repositories: usize) {
        // One alone is done all at once.
        let template = match repositories {
            0 | 1 => ALONE,
            _ => "{spinner} {msg}: {pos} of {len} repositories ({elapsed})",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_length(repositories.try_into().unwrap_or(u64::MAX));
        self.0.set_position(0);
    }

    /// One repository is done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Shows it on standard error after a second, where that is a terminal, until what comes back is dropped.
    pub fn show(&self, words: &'static str) -> Shown {
        if !std::io::stderr().is_terminal() {
            return Shown(None);
        }
        let bar = self.0.clone();
        bar.set_message(words);
        // How many there are is said once they are counted.
        if bar.length().is_none_or(|all| all == 0)
            && let Ok(style) = ProgressStyle::with_template(ALONE)
        {
            bar.set_style(style);
        }
        let (done, waiting) = channel::<()>();
        let shower = std::thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
                // Until the other end goes.
                let _ = waiting.recv();
                bar.finish_and_clear();
            }
        });
        Shown(Some((done, shower)))
    }
}

/// Something that is shown as long as this is there.
#[must_use]
pub struct Shown(Option<(Sender<()>, JoinHandle<()>)>);

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((done, shower)) = self.0.take() {
            drop(done);
            // The line is gone before anything else is printed.
            let _ = shower.join();
        }
    }
}
