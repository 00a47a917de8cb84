//! Commands that run what follows inside a machine or cluster of their own.

use super::options::Grammar;
use super::{Arg, Invocation};

/// A command that runs elsewhere: not on this job's machine, not against its Docker daemon.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// The program that carries it there.
    pub carrier: &'static str,
    /// Its words, when it has any that are known.
    pub command: Vec<Arg>,
}

const VALUES: Grammar = Grammar::any(&[
    "n/namespace= c/container= context= p/profile= node= command= C zone= project= i/stdin t/tty ssh-flag=",
]);

/// `minikube ssh -- …`, `kubectl exec POD -- …`, `gcloud compute ssh VM --command …`, `vagrant ssh -c …`.
pub fn elsewhere(invocation: &Invocation<'_>) -> Option<Elsewhere> {
    let verbs: (&'static str, &[&str]) = match invocation.program.as_str() {
        "minikube" => ("minikube", &["ssh"]),
        "kubectl" => ("kubectl", &["exec"]),
        "oc" => ("oc", &["exec", "rsh"]),
        "gcloud" => ("gcloud", &["ssh"]),
        "vagrant" => ("vagrant", &["ssh"]),
        "multipass" => ("multipass", &["exec"]),
        "limactl" => ("limactl", &["shell"]),
        "fly" | "flyctl" => ("flyctl", &["ssh"]),
        _ => return None,
    };
    let args = &*invocation.argv;
    let dashes = args.iter().position(|arg| arg.is("--"));
    let own = &args[..dashes.unwrap_or(args.len())];
    let (options, words) = VALUES.parse(own);
    if !words.iter().take(3).any(|word| word.text().is_some_and(|text| verbs.1.contains(&text))) {
        return None;
    }
    let command = match (dashes, options.value("command")) {
        (Some(dashes), _) => args[dashes + 1..].to_vec(),
        (None, Some(text)) => vec![text],
        (None, None) => Vec::new(),
    };
    Some(Elsewhere { carrier: verbs.0, command })
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    #[test]
    fn what_runs_inside_a_machine_is_elsewhere() {
        let cases = [
            ("minikube -p ci ssh -- docker ps", Some("docker ps")),
            ("kubectl -n x exec pod -- sh -c 'docker ps'", Some("sh -c docker ps")),
            ("gcloud compute ssh vm --zone=a --command='docker ps'", Some("docker ps")),
            ("minikube start", None),
            ("kubectl get pods", None),
        ];
        for (line, wanted) in cases {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).as_ref().and_then(elsewhere);
            let text =
                found.map(|found| found.command.iter().map(|arg| arg.value.to_string()).collect::<Vec<_>>().join(" "));
            assert_eq!(text.as_deref(), wanted, "{line}");
        }
    }
}
