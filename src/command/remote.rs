//! Commands that run or put something on another machine: ssh, scp, rsync.

use super::options::Grammar;
use super::{Arg, Invocation};
use crate::truth::Truth;

/// `ssh HOST COMMAND…`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ssh {
    /// `user@host`.
    pub host: Arg,
    /// What runs there, its words joined by blanks and read by a shell; none: a shell that reads
    /// standard input.
    pub command: Vec<Arg>,
    /// `-N`: only forwards ports.
    pub forwards_only: bool,
}

// OpenSSH's ssh(1).
const SSH: Grammar = Grammar::first(&[
    "4 6 A a C f G g K k M N n q s T t V v X x Y y B= b= c= D= E= e= F= I= i= J= L= l= m= O= o= P= p= Q= R= S= W= w=",
]);
const SCP: Grammar = Grammar::any(&["3 4 6 A B C O p q R r s T v c= D= F= i= J= l= o= P= S= X="]);
const RSYNC: Grammar = Grammar::any(&[
    "v/verbose q/quiet c/checksum a/archive r/recursive R/relative b/backup u/update l/links L/copy-links k K H/hard-links p/perms E A/acls X/xattrs o/owner g/group D t/times U O J S/sparse n/dry-run W x z/compress h/human-readable P i y C I 0 m 4 6 F delete delete-after delete-before delete-during delete-delay delete-excluded progress partial stats inplace mkpath no-perms no-owner no-group no-times omit-dir-times copy-unsafe-links safe-links force existing ignore-existing ignore-errors remove-source-files list-only e/rsh= rsync-path= exclude= exclude-from= include= include-from= f/filter= files-from= chmod= chown= usermap= groupmap= T/temp-dir= timeout= contimeout= port= bwlimit= B/block-size= max-size= min-size= compress-level= compare-dest= copy-dest= link-dest= suffix= backup-dir= info= debug= out-format= log-file= password-file= partial-dir= max-delete= address= protocol= iconv=",
]);

/// The remote command of an ssh call.
pub fn ssh(invocation: &Invocation<'_>) -> Option<Ssh> {
    if invocation.program != "ssh" && invocation.program != "autossh" {
        return None;
    }
    let (before, words) = SSH.parse(&invocation.argv);
    let (host, rest) = words.split_first()?;
    // ssh reads options behind the host too.
    let (after, command) = SSH.parse(rest);
    let forwards_only = before.has("N") || after.has("N");
    Some(Ssh { host: host.clone(), command, forwards_only })
}

impl Ssh {
    /// Whether what it runs is on another machine.
    pub fn away(&self) -> Truth {
        let host = self.host.value.suffix().rsplit('@').next().unwrap_or_default();
        if matches!(host, "localhost" | "127.0.0.1" | "::1") { Truth::Unknown } else { Truth::Yes }
    }
}

/// `scp` or `rsync`.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// From where.
    pub sources: Vec<Arg>,
    /// To where.
    pub target: Arg,
}

/// What an scp or rsync call copies.
pub fn copy(invocation: &Invocation<'_>) -> Option<Copy> {
    let grammar = match invocation.program.as_str() {
        "scp" => &SCP,
        "rsync" => &RSYNC,
        _ => return None,
    };
    let (_, mut words) = grammar.parse(&invocation.argv);
    let target = words.pop()?;
    Some(Copy { sources: words, target })
}

impl Copy {
    /// Whether the target is on another machine: `host:path`, `rsync://…`.
    pub fn to_remote(&self) -> Truth {
        let value = &self.target.value;
        match value.split_once(':') {
            Some((host, _)) => (!host.prefix().contains('/')).into(),
            None if value.as_literal().is_some() => Truth::No,
            None => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    #[test]
    fn ssh_options_are_stepped_over() {
        let cases = [
            ("ssh -o StrictHostKeyChecking=no -i key -p 22 user@host 'docker ps'", "user@host", "docker ps", true),
            ("sshpass -p $PW ssh -tt $USER@$HOST docker ps", "$USER@$HOST", "docker ps", true),
            ("ssh host -p 22 docker ps", "host", "docker ps", true),
            ("ssh -T root@localhost docker ps", "root@localhost", "docker ps", false),
            ("ssh host", "host", "", true),
        ];
        for (line, host, command, away) in cases {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).as_ref().and_then(ssh).expect(line);
            let text: Vec<String> = found.command.iter().map(|arg| arg.value.to_string()).collect();
            assert_eq!((found.host.value.to_string().as_str(), text.join(" ").as_str()), (host, command), "{line}");
            assert_eq!(found.away().is_yes(), away, "{line}");
        }
    }

    #[test]
    fn copies_know_their_target() {
        for (line, remote) in [
            ("scp -P 22 -r a b user@host:/srv", Truth::Yes),
            ("rsync -avz --delete -e 'ssh -p 22' --exclude .git ./ $HOST:/srv", Truth::Yes),
            ("scp host:/srv/x ./x", Truth::No),
            ("scp x $TARGET", Truth::Unknown),
        ] {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).as_ref().and_then(copy).expect(line);
            assert_eq!(found.to_remote(), remote, "{line}");
        }
    }
}
