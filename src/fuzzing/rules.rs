//! Rule files: what is wrong is said with a line that is there; what is right judges every fact.

use std::sync::OnceLock;

use super::files::on_disk;
use crate::check::{Engine, Options, facts};
use crate::facts::Fact;
use crate::rules::{judge, parse};

/// Facts of many kinds.
const WORKFLOW: &str = "on: push
jobs:
  test:
    runs-on: self-hosted
    services: { db: { image: postgres, ports: ['5432:5432'] } }
    steps:
      - run: |
          docker run -d --name pg -p 80:80 -v data:/data $IMAGE
          docker network create n
          ./server --port 8080 &
          docker ps -aq --filter name=pg | xargs docker rm -f
          docker system prune -f
          pkill server
      - if: always()
        run: docker rm -f pg
";

/// Any bytes as a rule file.
pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let rule = match parse("fuzz.yaml", text) {
        Ok(rule) => rule,
        Err(errors) => {
            assert!(!errors.is_empty() && errors.is_sorted_by_key(|error| error.line), "{errors:?} in {text:?}");
            let last = text.split('\n').count();
            let is_there = |line: usize| (1..=last).contains(&line);
            return assert!(errors.iter().all(|error| is_there(error.line)), "{errors:?} in {text:?}");
        }
    };
    rule.explain();
    for finding in judge([&rule], known()) {
        assert_eq!(finding.rule, rule.id);
        assert!(WORKFLOW.get(finding.location.span.range()).is_some(), "{finding:?}");
    }
}

fn known() -> &'static [Fact] {
    static KNOWN: OnceLock<Vec<Fact>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let folder = on_disk(&[(".gitea/workflows/test.yml", WORKFLOW)]);
        let options = Options::new(folder.path(), vec![".".into()]);
        let (facts, _) = facts(&Engine::built_in(), &options).expect("nothing is configured");
        assert!(facts.len() > 5, "{facts:?}");
        facts
    })
}
