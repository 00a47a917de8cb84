//! Incident 4: the deployed engine that died with every integration run, because both carry one label.

use std::sync::Mutex;

use crate::daemon::{Container, exists, labelled, needs_daemon};
use crate::mended::{copy, fixture, mended};
use crate::runner::Run;

const FIXTURE: &str = "live/sandbox";
const DEPLOY: &str = ".gitea/workflows/dev-deploy.yaml";
const INTEGRATION: &str = ".gitea/workflows/integration.yaml";
const DEPLOYED: &str = "galaxy-dev-engine";

/// One test: before the fix an integration run takes every engine on the daemon, other tests' too.
#[test]
#[ignore = "needs a Docker daemon"]
fn the_deployed_engine_dies_before_the_fix_and_lives_after_it() {
    needs_daemon();
    let deployed = Container(DEPLOYED.to_owned());
    let before = copy(&fixture(FIXTURE));
    assert!(Run::of(before.path(), DEPLOY).go().success);
    assert!(deployed.running());
    let integration = Run::of(before.path(), INTEGRATION).go();
    assert!(integration.success, "{}", integration.log);
    assert!(!exists(DEPLOYED), "the fixture no longer shows the incident");

    let after = mended(&fixture(FIXTURE), &["--unsafe-fixes"]);
    assert!(Run::of(after.path(), DEPLOY).go().success);
    let engines = |run: &str| labelled(&format!("berth.run={run}"));
    let first = Run::of(after.path(), INTEGRATION);
    let met: Mutex<Vec<usize>> = Mutex::default();
    // While the first run's engines work, a second one comes and goes.
    let watch = |step: &str| {
        if step == "Integration tests" {
            let before = engines(&first.id).len();
            let second = Run::of(after.path(), INTEGRATION).go();
            assert!(second.success, "{}", second.log);
            assert!(engines(&second.run).is_empty());
            met.lock().unwrap().extend([before, engines(&first.id).len()]);
        }
    };
    let first = Run { watch: &watch, id: first.id.clone(), ..first }.go();
    assert!(first.success, "{}", first.log);
    assert_eq!(met.into_inner().unwrap(), [2, 2], "engines of the first run, before and after the second");
    assert!(engines(&first.run).is_empty(), "the run's own engines are left");
    assert!(deployed.running(), "the deployed engine is gone");
}
