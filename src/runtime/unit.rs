//! `berth-run unit`: a systemd service and timer for the standing sweep, one pair a daemon.

use super::{Error, Result};

/// The two unit files. `selectors` are the words of a sweep; `program` is where berth-run lies; `socket` is the
/// daemon's.
///
/// # Errors
/// A word cannot stand in a unit file, or the path is not absolute (exit code 2).
pub fn unit(program: &str, address: &str, selectors: &[String], calendar: &str) -> Result<String> {
    if !program.starts_with('/') {
        return Err(Error::usage(
            format!("`{program}` is no absolute path"),
            "systemd asks for one: --program /usr/local/bin/berth-run",
        ));
    }
    let mut words = vec![quoted(program)?, "sweep".to_owned(), "--apply".to_owned()];
    for selector in selectors {
        words.push(quoted(selector)?);
    }
    // Only a command line has variables.
    let environment = quoted(&format!("DOCKER_HOST={address}"))?.replace("$$", "$");
    let calendar = plain(calendar)?;
    let command = words.join(" ");
    Ok(format!(
        "# /etc/systemd/system/berth-sweep.service
[Unit]
Description=Remove what CI jobs have left on the Docker daemon
After=docker.service

[Service]
Type=oneshot
Environment={environment}
ExecStart={command}
TimeoutStartSec=10min

# /etc/systemd/system/berth-sweep.timer
[Unit]
Description=Sweep the Docker daemon

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=5min
Persistent=true

[Install]
WantedBy=timers.target"
    ))
}

/// A word as systemd.service(5) reads it: in quotes, `%` and `$` doubled.
fn quoted(word: &str) -> Result<String> {
    let word = plain(word)?;
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '%' | '$' => text.extend([letter, letter]),
            _ => text.push(letter),
        }
    }
    text.push('"');
    Ok(text)
}

fn plain(word: &str) -> Result<&str> {
    match word.chars().any(char::is_control) {
        true => Err(Error::usage(
            format!("{word:?} has a line break or another control character, which a systemd unit cannot hold"),
            "give the selector or the path without it",
        )),
        false => Ok(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_so_that_systemd_reads_them_back() {
        let words = ["--name".to_owned(), "^ws-[0-9]+$".to_owned(), "--image".to_owned(), "a\"b%c".to_owned()];
        let text = unit("/usr/bin/berth-run", "unix:///run/docker.sock", &words, "hourly").expect("fine");
        let line = text.lines().find(|line| line.starts_with("ExecStart=")).expect("one");
        assert_eq!(line, r#"ExecStart="/usr/bin/berth-run" sweep --apply "--name" "^ws-[0-9]+$$" "--image" "a\"b%%c""#);
        assert!(unit("berth-run", "x", &[], "hourly").is_err());
        assert!(unit("/x", "x", &["a\nb".to_owned()], "hourly").is_err());
    }
}
