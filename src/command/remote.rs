//! Commands that run something on another machine: ssh.

use super::options::Grammar;
use super::{Arg, Invocation};

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

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    #[test]
    fn ssh_options_are_stepped_over() {
        let cases = [
            ("ssh -o StrictHostKeyChecking=no -i key -p 22 user@host 'docker ps'", "user@host", "docker ps"),
            ("sshpass -p $PW ssh -tt $USER@$HOST docker ps", "$USER@$HOST", "docker ps"),
            ("ssh host -p 22 docker ps", "host", "docker ps"),
            ("ssh -T root@localhost docker ps", "root@localhost", "docker ps"),
            ("ssh host", "host", ""),
        ];
        for (line, host, command) in cases {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).as_ref().and_then(ssh).expect(line);
            let text: Vec<String> = found.command.iter().map(|arg| arg.value.to_string()).collect();
            assert_eq!((found.host.value.to_string().as_str(), text.join(" ").as_str()), (host, command), "{line}");
        }
    }
}
