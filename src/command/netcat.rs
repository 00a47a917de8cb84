//! `nc`, `ncat` and `socat`: whether they listen or connect.

use super::Arg;

/// What one of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Netcat {
    /// It listens; else it connects.
    pub listens: bool,
    /// The word that has the port it listens on, by its place, and the port itself where that word says it in full.
    pub port: Option<(usize, Option<u16>)>,
    /// It only looks whether somebody answers, or sends what it has: then it ends.
    pub ends: bool,
}

/// The options of netcat's that take a value, in any of its kinds.
const VALUED: &str = "GIOPTVXbceimopqsgwx";
const LONG_VALUED: [&str; 24] = [
    "--allow",
    "--allowfile",
    "--delay",
    "--deny",
    "--denyfile",
    "--exec",
    "--hex-dump",
    "--idle-timeout",
    "--lua-exec",
    "--max-conns",
    "--output",
    "--proxy",
    "--proxy-auth",
    "--proxy-type",
    "--sh-exec",
    "--source",
    "--source-port",
    "--ssl-alpn",
    "--ssl-cert",
    "--ssl-ciphers",
    "--ssl-key",
    "--ssl-servername",
    "--ssl-trustfile",
    "--wait",
];

/// What a program does with these arguments; none for another program. Where only the start of a word is known, that is
/// what stands here.
pub fn read(program: &str, words: &[&str]) -> Option<Netcat> {
    match program {
        "nc" | "ncat" | "netcat" => Some(netcat(words)),
        "socat" => Some(socat(words)),
        _ => None,
    }
}

/// The same, of a command's arguments.
pub fn of(program: &str, argv: &[Arg]) -> Option<Netcat> {
    read(program, &argv.iter().map(|arg| arg.value.prefix()).collect::<Vec<_>>())
}

fn netcat(words: &[&str]) -> Netcat {
    let (mut listens, mut ends) = (false, false);
    let (mut source, mut attached, mut plain) = (None, None, Vec::new());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word.starts_with("--") {
            listens |= *word == "--listen";
            ends |= matches!(*word, "--send-only" | "--recv-only");
            if *word == "--source-port" {
                source = Some(at + 1);
            }
            at += usize::from(LONG_VALUED.contains(word));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (index, letter) in letters.char_indices() {
                listens |= letter == 'l';
                ends |= matches!(letter, 'z' | 'N' | 'q' | 'w');
                if VALUED.contains(letter) {
                    let rest = &letters[index + letter.len_utf8()..];
                    let is_last = rest.is_empty();
                    if letter == 'p' {
                        source = Some(at + usize::from(is_last));
                        attached = rest.parse().ok();
                    }
                    at += usize::from(is_last);
                    break;
                }
            }
        } else {
            plain.push(at);
        }
        at += 1;
    }
    let place = source.or(plain.last().copied()).filter(|at| listens && words.get(*at).is_some());
    let port = place.map(|at| (at, attached.or_else(|| words.get(at)?.parse().ok())));
    Netcat { listens, port, ends: ends && !listens }
}

/// `socat TCP-LISTEN:8080,fork TCP:db:80`.
fn socat(words: &[&str]) -> Netcat {
    let kind = |word: &str| word.split(':').next().unwrap_or_default().to_ascii_uppercase();
    let is_listener = |word: &&str| {
        let kind = kind(word);
        ["-LISTEN", "-L", "-RECV", "-RECVFROM"].iter().any(|end| kind.ends_with(end))
    };
    let at = words.iter().position(is_listener);
    let port = |word: &str| word.split(':').nth(1)?.split(',').next()?.parse().ok();
    let of_host = |at: &usize| {
        words
            .get(*at)
            .is_some_and(|word| !["UNIX", "ABSTRACT", "VSOCK"].iter().any(|other| kind(word).starts_with(other)))
    };
    let place = at.filter(of_host).map(|at| (at, words.get(at).and_then(|word| port(word))));
    Netcat { listens: at.is_some(), port: place, ends: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_told_from_who_connects() {
        for (line, listens, port, ends) in [
            ("nc -z localhost 8080", false, None, true),
            ("nc -zv db 5432", false, None, true),
            ("nc -w1 localhost 8080", false, None, true),
            ("nc localhost 8080", false, None, false),
            ("nc -p 4000 localhost 8080", false, None, false),
            ("ncat --send-only localhost 8080", false, None, true),
            ("nc -l 8080", true, Some(8080), false),
            ("nc -lk -p 8080", true, Some(8080), false),
            ("nc -l -p8080", true, Some(8080), false),
            ("nc -lp8080", true, Some(8080), false),
            ("ncat -l 8080 --allow 10.0.0.0/8", true, Some(8080), false),
            ("socat VSOCK-LISTEN:1234 -", true, None, false),
            ("nc -lkp 8080", true, Some(8080), false),
            ("nc -l -p 8080 -e /bin/cat", true, Some(8080), false),
            ("ncat --listen 0.0.0.0 8080 --keep-open", true, Some(8080), false),
            ("ncat -l 8080 --sh-exec ./answer", true, Some(8080), false),
            ("netcat -X connect -x proxy:3128 example.org 80", false, None, false),
            ("socat - TCP:localhost:8080", false, None, false),
            ("socat TCP-LISTEN:8080,fork,reuseaddr TCP:db:80", true, Some(8080), false),
            ("socat TCP4-LISTEN:8080 -", true, Some(8080), false),
            ("socat UNIX-LISTEN:/tmp/s,fork TCP:db:80", true, None, false),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = read(words[0], &words[1..]).expect(line);
            assert_eq!(
                (found.listens, found.port.and_then(|port| port.1), found.ends),
                (listens, port, ends),
                "{line}"
            );
        }
        assert_eq!(read("curl", &["-l"]), None);
    }
}
