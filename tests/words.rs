//! What findings say is true: small repositories, each with the words that a reader must find, and those that would be
//! false there.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use berthlint::check::{Engine, Options, check};
use berthlint::edit::Applicability;
use berthlint::facts::Confidence;
use berthlint::finding::{Finding, Level};
use berthlint::fix::fix;
use regex::Regex;
use tempfile::TempDir;

const GITEA: &str = ".gitea/workflows/ci.yml";
const GITHUB: &str = ".github/workflows/ci.yml";

/// A repository with one workflow of one job, `head` before its steps, and other files.
fn repository(workflow: &str, head: &str, steps: &str, files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let text = format!("on: push\njobs:\n  test:\n{head}    steps:\n      - uses: actions/checkout@v4\n{steps}");
    for (path, text) in files.iter().copied().chain([(workflow, text.as_str())]) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

const UBUNTU: &str = "    runs-on: ubuntu-latest\n";
const OWN: &str = "    runs-on: self-hosted\n";

/// The first finding of a rule.
fn first(root: &TempDir, rule: &str) -> Finding {
    all(root, rule).into_iter().next().unwrap_or_else(|| panic!("nothing of {rule}"))
}

fn all(root: &TempDir, rule: &str) -> Vec<Finding> {
    let mut options = Options::new(root.path(), vec![root.path().to_owned()]);
    options.select = vec![rule.to_owned()];
    let report = check(&Engine::built_in(), &options).unwrap();
    assert!(!report.is_incomplete(), "{:?}", report.errors);
    report.findings
}

#[track_caller]
fn says(text: &str, words: &[&str], never: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    for word in never {
        assert!(!text.contains(word), "`{word}` is in: {text}");
    }
}

fn help(finding: &Finding) -> &str {
    finding.help.as_deref().unwrap()
}

const COMPOSE: &str = "services:\n  web:\n    image: nginx\n    container_name: web1\n    ports: [\"8080:80\"]\n";
const UP: &str = "      - run: docker compose up -d\n      - run: npm test\n      - if: always()\n        run: docker compose down -v\n";

#[test]
fn a_compose_port_is_lost_to_other_projects_while_the_runs_share_theirs() {
    let static_project = repository(GITEA, UBUNTU, UP, &[("compose.yml", COMPOSE)]);
    assert!(!all(&static_project, "static-compose-project").is_empty());
    for finding in all(&static_project, "compose-fixed-port") {
        says(
            &finding.message,
            &["another project", "another repository", "A project of its own for each run is not enough"],
            &["another run"],
        );
    }
    let head = format!(
        "{UBUNTU}    env: {{ COMPOSE_PROJECT_NAME: \"web-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}\" }}\n"
    );
    let own = repository(GITEA, &head, UP, &[("compose.yml", COMPOSE)]);
    says(&first(&own, "compose-fixed-port").message, &["while another run is up"], &["another project"]);
    // Where the project is not known, nothing is said of it.
    let steps = format!("      - run: echo \"COMPOSE_PROJECT_NAME=$(./name.sh)\" >> $GITHUB_ENV\n{UP}");
    let unknown = repository(GITEA, UBUNTU, &steps, &[("compose.yml", COMPOSE)]);
    says(&first(&unknown, "compose-fixed-port").message, &["while another run is up"], &["another project"]);
}

#[test]
fn a_server_on_the_hosts_network_as_well() {
    let files = [("compose.yml", "services:\n  mq:\n    image: rabbitmq:3\n    network_mode: host\n")];
    let root = repository(GITEA, UBUNTU, UP, &files);
    says(&first(&root, "compose-fixed-port").message, &["another project's server"], &["a second run's `mq`"]);
}

const DATABASE: &str =
    "services:\n  db:\n    image: mysql:8\n    restart: always\n    volumes: [\"./data/mysql:/var/lib/mysql\"]\n";

#[test]
fn a_mount_of_the_checkout_says_what_is_lost_on_that_runner() {
    let deploy = |workflow, label: &str, config: &str| {
        let head = format!("    name: deploy\n    runs-on: {label}\n");
        let files = [("compose.yml", DATABASE), (".berthlint.yaml", config)];
        let root = repository(workflow, &head, "      - run: docker compose up -d\n", &files);
        first(&root, "workspace-bind-mount")
    };
    let mode = |mode: &str| format!("runners:\n  - labels: [box]\n    mode: {mode}\n");
    let unknown = deploy(GITEA, "box", "{}\n");
    assert_eq!(unknown.confidence, Confidence::Medium);
    says(&unknown.message, &["a new, empty folder", "the data is lost"], &["and does not start again", "deletes"]);
    let host = deploy(GITEA, "box", &mode("host"));
    assert_eq!(host.confidence, Confidence::High);
    says(&host.message, &["the runner deletes", "a new, empty folder"], &["and does not start again"]);
    let container = deploy(GITEA, "box", &mode("container"));
    says(&container.message, &["the job's own container", "empty folder"], &["deletes"]);
    let github = deploy(GITHUB, "self-hosted", "{}\n");
    assert_eq!(github.confidence, Confidence::High);
    says(&github.message, &["cleans"], &["deletes"]);
}

#[test]
fn a_mount_of_the_checkout_says_what_becomes_of_a_file_and_of_a_folder() {
    let mounted = |volume: &str, mode: &str| {
        let compose =
            format!("services:\n  db:\n    image: mysql:8\n    restart: always\n    volumes: [\"{volume}\"]\n");
        let config = format!("runners:\n  - labels: [box]\n{mode}");
        let files = [
            ("compose.yml", compose.as_str()),
            (".berthlint.yaml", config.as_str()),
            ("conf/my.cnf", "[mysqld]\n"),
            ("conf/data.bin", "\0"),
        ];
        let head = "    name: deploy\n    runs-on: box\n";
        let root = repository(GITEA, head, "      - run: docker compose up -d\n", &files);
        first(&root, "workspace-bind-mount").message
    };
    for mode in ["    mode: host\n", ""] {
        let both = ["where it was a file", "is not there, and"];
        says(&mounted("./conf/my.cnf:/etc/my.cnf", mode), &["is a file of", "does not start"], &["empty", both[0]]);
        says(&mounted("./conf/data.bin:/data.bin", mode), &["is a file of", "does not start"], &["empty", both[0]]);
        says(&mounted("./conf:/etc/mysql", mode), &["is a folder of", "a new, empty folder"], &both);
        // What the job makes by itself may be either.
        says(&mounted("./made:/etc/mysql", mode), &["a new, empty folder", both[0]], &["is a file", "is a folder"]);
        says(&mounted("./made/:/etc/mysql", mode), &["is a folder of", "a new, empty folder"], &both);
    }
}

#[test]
fn the_runs_that_share_a_name_are_those_that_have_it() {
    let of = |name: &str, rule: &str| {
        let run = format!(
            "      - run: |\n          docker rm -f \"{name}\" || true\n          docker run -d --name \"{name}\" nginx\n"
        );
        first(&repository(GITEA, UBUNTU, &run, &[]), rule).message
    };
    for (name, runs) in [
        ("web", "every run"),
        ("web-${{ github.sha }}", "every run of one commit"),
        ("web-${GITHUB_SHA::7}", "every run of one commit"),
        ("web-${{ github.ref_name }}", "every run of one branch or tag"),
        ("web-${{ github.event.pull_request.number }}", "every run of one pull request"),
    ] {
        says(&of(name, "static-container-name"), &[&format!("{runs} names this container")], &[]);
        let never: &[&str] = if runs == "every run" { &[" of one "] } else { &[] };
        says(&of(name, "preclean-kills-peer"), &[&format!("is the same in {runs}")], never);
    }
}

#[test]
fn no_workflow_expression_is_advised_for_a_place_that_reads_none() {
    let build = "services:\n  web:\n    build: .\n    image: \"web:ci\"\n";
    let root = repository(GITEA, UBUNTU, UP.replace("up -d", "up -d --build").as_str(), &[("compose.yml", build)]);
    let finding = first(&root, "static-image-tag");
    assert_eq!(finding.location.path.as_ref(), "compose.yml");
    says(
        help(&finding),
        &["a variable with the old one as its default", "the job's `env:`"],
        &["here and at every use: `${{"],
    );

    let script = "docker rm -f db || true\ndocker run -d --name db postgres:16\ndocker network create net\ndocker network rm net\n";
    let root = repository(GITEA, UBUNTU, "      - run: bash up.sh\n", &[("up.sh", script)]);
    for rule in ["static-container-name", "preclean-kills-peer", "static-resource-name"] {
        let finding = first(&root, rule);
        assert_eq!(finding.location.path.as_ref(), "up.sh", "{rule}");
        says(help(&finding), &["`${CI_NAME:-…}`", "the job's `env:`"], &["put the run's id into the name"]);
    }

    let prune = "docker container prune -f\n";
    let makefile = format!("clean:\n\t{prune}");
    let steps = format!("      - run: bash clean.sh\n      - run: make clean\n      - run: {prune}");
    let root = repository(GITEA, UBUNTU, &steps, &[("clean.sh", prune), ("Makefile", &makefile)]);
    let labels: Vec<String> =
        all(&root, "unscoped-prune").iter().map(|one| format!("{}: {}", one.location.path, help(one))).collect();
    for (path, label) in
        [("clean.sh", "${GITHUB_RUN_ID:-local}"), ("Makefile", "$(GITHUB_RUN_ID)"), (GITEA, "${{ github.run_id }}")]
    {
        let of = labels.iter().find(|label| label.starts_with(path)).unwrap();
        says(of, &[&format!("label=berth.run={label}`")], &[]);
    }
}

#[test]
fn a_local_action_reads_expressions() {
    let action =
        "runs:\n  using: composite\n  steps:\n    - run: docker run -d --name db postgres:16\n      shell: bash\n";
    let root = repository(GITEA, UBUNTU, "      - uses: ./up\n", &[("up/action.yml", action)]);
    let finding = first(&root, "static-container-name");
    assert_eq!(finding.location.path.as_ref(), "up/action.yml");
    says(help(&finding), &["`db-${{ github.run_id }}-${{ github.run_attempt || 1 }}`"], &["CI_NAME"]);
}

const STATUS: &str = "      - run: |\n          code=$(curl -s -m 5 -w '%{http_code}' \"$URL\" || echo 000)\n          [ \"$code\" = 200 ]\n";

/// The workflow after `--fix` for one rule.
fn mended(root: &TempDir, rule: &str, workflow: &str) -> Option<String> {
    let mut options = Options::new(root.path(), vec![root.path().to_owned()]);
    options.select = vec![rule.to_owned()];
    let outcome = fix(&Engine::built_in(), &options, Applicability::Safe).unwrap();
    outcome.files.get(workflow).map(|changed| String::from_utf8(changed.new.clone()).unwrap())
}

#[test]
fn a_broken_transfer_is_not_advised_to_read_as_a_whole_one() {
    let root = repository(GITEA, UBUNTU, STATUS, &[]);
    let finding = first(&root, "curl-status-fallback");
    says(&finding.message, &["`000000`, not `000`"], &[]);
    says(help(&finding), &["code=$(curl …) || code=000"], &["|| true"]);
    let text = mended(&root, "curl-status-fallback", GITEA).unwrap();
    says(&text, &["code=$(curl -s -m 5 -w '%{http_code}' \"$URL\") || code=000\n"], &["|| true", "echo 000"]);
}

#[test]
fn a_fallback_is_told_as_it_is_written() {
    let with = |fallback: &str| repository(GITEA, UBUNTU, &STATUS.replace("echo 000", fallback), &[]);
    let finding = first(&with("echo DOWN"), "curl-status-fallback");
    says(&finding.message, &["`000DOWN`", "never equal to `DOWN`"], &["000000", "`000`"]);
    says(help(&finding), &["|| code=DOWN`"], &["code=000"]);
    let finding = first(&with("echo 'no answer'"), "curl-status-fallback");
    says(&finding.message, &["`000no answer`"], &["000000"]);
    says(help(&finding), &["|| code='no answer'`"], &[]);
    // What it prints is not known to the letter.
    let finding = first(&with("printf '%s' 0"), "curl-status-fallback");
    says(&finding.message, &["the fallback is appended to it"], &["000", "%s"]);
    let root = with("echo DOWN");
    let text = mended(&root, "curl-status-fallback", GITEA).unwrap();
    says(&text, &["\"$URL\") || code=DOWN\n"], &["echo DOWN"]);
    // Who knows what curl prints of its own would miss it.
    let known = STATUS.replace("echo 000", "echo DOWN").replace("= 200 ]", "!= 000DOWN ]");
    assert_eq!(mended(&repository(GITEA, UBUNTU, &known, &[]), "curl-status-fallback", GITEA), None);
}

#[test]
fn a_status_that_is_declared_and_assigned_is_split() {
    let steps = "      - run: export code=$(curl -w '%{http_code}' \"$URL\" || echo 000)\n";
    let text = mended(&repository(GITEA, UBUNTU, steps, &[]), "curl-status-fallback", GITEA).unwrap();
    says(&text, &["code=$(curl -w '%{http_code}' \"$URL\") || code=000\n          export code\n"], &["echo 000"]);
}

#[test]
fn a_status_in_a_list_or_a_test_is_left_alone() {
    let curl = "curl -w '%{http_code}' \"$URL\" || echo 000";
    for line in [
        format!("ready && code=$({curl})"),
        format!("[ \"$({curl})\" = 200 ]"),
        format!("ready && export code=$({curl})"),
        format!("code=x$({curl})"),
    ] {
        let steps = format!("      - run: |\n          {line}\n");
        let root = repository(GITEA, UBUNTU, &steps, &[]);
        assert_eq!(all(&root, "curl-status-fallback").len(), 1, "{line}");
        assert_eq!(mended(&root, "curl-status-fallback", GITEA), None, "{line}");
    }
}

#[test]
fn the_advised_name_has_the_leg_of_the_matrix_in_it() {
    let steps =
        "      - run: docker run -d --name x busybox sleep 9\n      - if: always()\n        run: docker rm -f x\n";
    let of = |matrix: &str| {
        let head = format!("{OWN}    strategy:\n      matrix:\n        {matrix}\n");
        help(&first(&repository(GITHUB, &head, steps, &[]), "static-container-name")).to_owned()
    };
    let run = "x-${{ github.run_id }}-${{ github.run_attempt }}";
    says(&of("shard: [0, 1]"), &[&format!("{run}-${{{{ matrix.shard }}}}`")], &[]);
    // Values that may not stand in a name.
    says(&of("cmd: ['a b', 'c d']"), &[&format!("{run}-${{{{ strategy.job-index }}}}`")], &[]);
    says(&of("shard: [0]"), &[&format!("{run}`")], &["matrix"]);
}

#[test]
fn a_name_that_two_jobs_make_has_the_job_in_it() {
    let other = "      - run: docker run -d --name x busybox sleep 9\n  other:\n    runs-on: self-hosted\n    steps:\n      - run: docker run -d --name x busybox sleep 9\n";
    let finding = first(&repository(GITHUB, OWN, other, &[]), "static-container-name");
    says(help(&finding), &["`x-test-${{ github.run_id }}-"], &[]);
}

#[test]
fn an_advised_project_is_one_that_compose_takes() {
    let files = [("compose.yml", "services:\n  web:\n    image: nginx\n")];
    let finding = first(&repository(GITEA, UBUNTU, UP, &files), "static-compose-project");
    says(
        help(&finding),
        &["`COMPOSE_PROJECT_NAME: test-${{ github.run_id }}-${{ github.run_attempt || 1 }}`"],
        &["repository.name"],
    );
    let head = format!("{UBUNTU}    strategy:\n      matrix:\n        os: [Linux, Darwin]\n        db: [pg, my]\n");
    let finding = first(&repository(GITEA, &head, UP, &files), "static-compose-project");
    says(help(&finding), &["<leg>`"], &["matrix.os"]);
    // An option of the command is asked first.
    let named = UP.replace("compose", "compose -p MyApp");
    let finding = first(&repository(GITEA, UBUNTU, &named, &files), "static-compose-project");
    says(help(&finding), &["`-p myapp-${{ github.run_id }}"], &["COMPOSE_PROJECT_NAME"]);
}

#[test]
fn a_pushed_tag_keeps_its_name() {
    let build = "      - run: docker build -t me/app:latest .\n      - run: trivy image me/app:latest\n";
    let push = format!("{build}      - run: docker push me/app:latest\n");
    let finding = first(&repository(GITEA, UBUNTU, &push, &[]), "static-image-tag");
    says(help(&finding), &["`docker tag`", "others pull"], &["here and at every use"]);
    let finding = first(&repository(GITEA, UBUNTU, build, &[]), "static-image-tag");
    says(help(&finding), &["here and at every use"], &["docker tag"]);
}

#[test]
fn an_image_that_may_not_be_built_keeps_its_name() {
    let why = |steps: &str| {
        let found = first(&repository(GITHUB, OWN, steps, &[]), "static-image-tag");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    let at_once = "      - run: |\n          [ -z \"$DONE\" ] || exit 0\n          docker build -t app:dev .\n          docker run --rm app:dev make\n";
    assert!(why(at_once).0);
    let inside = "      - run: if docker build -t app:dev .; then docker run --rm app:dev make; else echo no; fi\n";
    assert!(why(inside).0);
    let used = "      - run: docker run --rm app:dev make test\n";
    for passed_over in [
        "      - run: docker pull app:dev || docker build -t app:dev .\n",
        "      - run: if ! docker image inspect app:dev; then docker build -t app:dev .; fi\n",
        "      - if: inputs.rebuild\n        run: docker build -t app:dev .\n",
    ] {
        let (is_made, said) = why(&format!("{passed_over}{used}"));
        assert!(!is_made, "{passed_over}");
        says(&said, &["`docker build -t app:dev .` may be passed over", "`docker run --rm app:dev make test`"], &[]);
    }
    for left in [
        "      - run: |\n          if [ -n \"$SKIP_BUILD\" ]; then exit 0; fi\n          docker build -t app:dev .\n",
        "      - run: |\n          b() { [ -f Dockerfile ] || return 0; docker build -t app:dev .; }\n          b\n",
        "      - run: |\n          [ -f Dockerfile ] || exit 0\n          bash -c 'docker build -t app:dev .'\n",
    ] {
        let (is_made, said) = why(&format!("{left}{used}"));
        assert!(!is_made, "{left}");
        says(&said, &["`docker build -t app:dev .` may be passed over"], &[]);
    }
    for forgiven in [
        "      - run: docker build -t app:dev . || echo the old one\n",
        "      - run: if docker build -t app:dev .; then echo built; fi\n",
        "      - run: docker build -t app:dev .\n        continue-on-error: true\n",
    ] {
        let (is_made, said) = why(&format!("{forgiven}{used}"));
        assert!(!is_made, "{forgiven}");
        says(&said, &["`docker build -t app:dev .` may fail without ending the job"], &[]);
    }
    for built in [
        "      - run: docker build -t app:dev . || { echo failed; exit 1; }\n",
        "      - run: if ! docker build -t app:dev .; then exit 1; fi\n",
        "      - run: docker build -t app:dev . || docker build --no-cache -t app:dev .\n",
        "      - run: |\n          if [ -n \"$FAST\" ]; then\n            docker build -t app:dev fast\n            exit 0\n          fi\n          docker build -t app:dev .\n",
        "      - run: |\n          docker build -t app:dev .\n          if [ -z \"$MORE\" ]; then exit 0; fi\n          echo more\n",
        "      - run: |\n          if [ -z \"$TOKEN\" ]; then echo none; exit 1; fi\n          docker build -t app:dev .\n",
        "      - run: docker build -t app:dev .\n",
        "      - if: always()\n        run: docker build -t app:dev .\n",
        "      - run: cd app && docker build -t app:dev .\n",
        "      - run: |\n          if [ \"$ARCH\" = arm64 ]; then docker build -t app:dev arm; else docker build -t app:dev .; fi\n",
    ] {
        let (is_made, said) = why(&format!("{built}{used}"));
        assert!(is_made, "{built}{said}");
    }
}

#[test]
fn a_tag_that_a_build_takes_its_layers_from_keeps_its_name() {
    let used = "      - run: docker run --rm app:ci make test\n";
    let why = |steps: &str, compose: &str| {
        let found = first(&repository(GITHUB, OWN, steps, &[("compose.yml", compose)]), "static-image-tag");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    for options in ["--cache-from app:ci", "--cache-to type=inline --cache-from=type=registry,ref=app:ci"] {
        let (is_made, said) =
            why(&format!("      - run: docker build -t app:ci {options} .\n{used}"), "services: {}\n");
        assert!(!is_made, "{options}");
        says(&said, &["takes the layers of the image that has this tag"], &[]);
    }
    assert!(why(&format!("      - run: docker build -t app:ci --cache-from app:main .\n{used}"), "services: {}\n").0);
    let steps = "      - run: docker compose -p a-$GITHUB_RUN_ID build\n      - run: docker compose -p a-$GITHUB_RUN_ID run --rm app make\n";
    let compose = |cache: &str| format!("services:\n  app:\n    image: app:ci\n    build:\n      context: .\n{cache}");
    let (is_made, said) = why(steps, &compose("      cache_from: [\"app:ci\"]\n"));
    assert!(!is_made);
    says(&said, &["`cache_from:` takes the layers"], &[]);
    let (is_made, said) = why(steps, &compose(""));
    assert!(is_made, "{said}");
}

#[test]
fn a_tag_that_a_removal_looks_for_keeps_its_name() {
    let why = |end: &str| {
        let steps = format!(
            "      - run: docker build -t acme/scan .\n      - run: docker run --rm acme/scan\n      - run: docker rmi $(docker image ls --format '{{{{.Repository}}}}:{{{{.Tag}}}}' | grep \"{end}\n"
        );
        let found = first(&repository(GITHUB, OWN, &steps, &[]), "static-image-tag");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    let (is_made, said) = why("acme/scan:latest\")");
    assert!(!is_made);
    says(&said, &["looks for `acme/scan:latest`"], &[]);
    for kept in ["acme/scan\")", "acme/scan:latest\") || true"] {
        let (is_made, said) = why(kept);
        assert!(is_made, "{kept}: {said}");
    }
}

#[test]
fn a_name_that_is_put_together_is_told_with_its_place() {
    let steps = "      - run: make image\n      - run: docker run --rm app:ci true\n";
    let makefile = "TAG ?= ci\nimage:\n\tdocker build -t app:$(TAG) .\n";
    let found = first(&repository(GITHUB, OWN, steps, &[("Makefile", makefile)]), "static-image-tag");
    says(&found.withheld.unwrap(), &["`app:ci` in `Makefile` is put together from variables"], &[]);
}

#[test]
fn a_service_that_nobody_is_seen_to_use_keeps_its_port_for_a_program_that_may() {
    let head = format!(
        "{OWN}    services:\n      postgres:\n        image: postgres:16\n        ports: [\"5432:5432\"]\n    steps:\n"
    );
    let why = |steps: &str| {
        let root = TempDir::new().unwrap();
        let path = root.path().join(GITHUB);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("on: push\njobs:\n  test:\n{head}{steps}")).unwrap();
        let found = first(&root, "service-fixed-port");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    let (is_made, said) = why("      - run: ./node start --with-indexer\n");
    assert!(!is_made);
    says(&said, &["`./node start --with-indexer` may", "job.services.postgres.ports['5432']"], &[]);
    assert!(why("      - run: yes | head -1\n").0);
}

#[test]
fn a_folder_with_a_containers_name_is_no_host() {
    let compose = |rest: &str| {
        format!("services:\n  db:\n    image: acme/pg1:16\n    container_name: pg1\n    ports: [\"5432\"]\n{rest}")
    };
    let is_fixed = |rest: &str| {
        let up = "      - run: docker compose -p shop up -d\n      - if: always()\n        run: docker compose -p shop down -v\n";
        let root = repository(GITEA, UBUNTU, up, &[("compose.yml", &compose(rest))]);
        first(&root, "compose-fixed-port").fix.is_some()
    };
    assert!(is_fixed("    volumes: [\"data:/var/lib/pg1\"]\nvolumes: { data: {} }\n"));
    assert!(is_fixed("    build: pg1\n"));
    assert!(!is_fixed("  web:\n    image: nginx\n    environment: { DATABASE: \"postgres://pg1/shop\" }\n"));
    assert!(!is_fixed("  web:\n    image: nginx\n    environment: { hostname: pg1 }\n"));
    assert!(!is_fixed("  web:\n    image: nginx\n    command: [sh, -c, \"cat < /dev/tcp/pg1/5432\"]\n"));
}

#[test]
fn a_program_beside_the_one_that_is_seen_may_have_the_port_by_itself() {
    let service = "    services:\n      db:\n        image: postgres:16\n        ports: [\"5432:5432\"]\n";
    let fixed = |steps: &str, rule: &str| {
        let head = if rule == "service-fixed-port" { format!("{OWN}{service}") } else { OWN.to_owned() };
        let finding = first(&repository(GITHUB, &head, steps, &[]), rule);
        let withheld = finding.withheld.unwrap_or_default();
        finding.fix.unwrap_or_else(|| panic!("{withheld}"))
    };
    let seen = "      - run: psql -h localhost -p 5432 -c 'create database x'\n";
    for other in [
        "      - run: cargo run --bin node\n",
        "      - run: docker run --rm --network host acme/e2e\n",
        "      - run: docker run --rm --add-host host.docker.internal:host-gateway acme/e2e\n",
        "      - run: import psycopg2\n        shell: python\n",
        "      - uses: ./.github/actions/missing\n",
        "      - run: psql -h localhost -p 5432 -c 'select 1' && ./node\n",
    ] {
        let fix = fixed(&format!("{seen}{other}"), "service-fixed-port");
        assert_eq!(fix.applicability, Applicability::Unsafe, "{other}");
        says(&fix.why.clone().unwrap_or_default(), &["may read port 5432 from a file"], &[]);
    }
    for told in [
        "      - run: npm test\n        env: { DATABASE_URL: postgres://localhost:5432/x }\n",
        "      - run: |\n          export URL=postgres://localhost:5432/x\n          npm test\n",
        "      - run: docker run --rm acme/e2e\n",
        "      - run: docker run --rm --network host alpine echo done\n",
        "      - run: npm ci\n",
        "      - run: eslint . && cargo fmt --check\n",
    ] {
        let fix = fixed(&format!("{seen}{told}"), "service-fixed-port");
        assert_eq!(fix.applicability, Applicability::Safe, "{told}{:?}", fix.why);
    }
    let web =
        "      - run: docker run -d --rm --name w-$GITHUB_RUN_ID -p 8080:80 nginx\n      - run: curl localhost:8080\n";
    let stop = "      - if: always()\n        run: docker rm -f w-$GITHUB_RUN_ID\n";
    let with =
        |steps: &str| fixed(&format!("{web}{steps}{stop}"), "published-fixed-port").why.clone().unwrap_or_default();
    says(&with("      - run: npx playwright test\n"), &["`npx playwright test` may read port 8080 from a file"], &[]);
    says(&with("      - run: npm ci\n"), &[], &["may read port"]);
}

#[test]
fn only_what_a_preclean_selects_is_said_to_be_made_for_it() {
    let steps = "      - run: |\n          docker ps -aq -f name=fa_test | xargs -r docker rm -f\n          docker run -d --name fa_test busybox sleep 9\n          docker run -d --name fa_v3_test busybox sleep 9\n          docker run -d busybox sleep 9\n";
    let finding = first(&repository(GITHUB, OWN, steps, &[]), "preclean-kills-peer");
    assert_eq!(finding.related.len(), 1, "{:#?}", finding.related);
    says(&finding.related[0].message, &["selects the same"], &["same name"]);
}

const TRAP: &str = "      - run: |\n          C=b_${GITHUB_RUN_ID}_$RANDOM\n          trap 'docker rm -f \"$C\"' EXIT\n          docker run -d --name \"$C\" busybox sleep 600\n          docker exec \"$C\" true\n";

#[test]
fn a_trap_may_run_on_github() {
    let github = first(&repository(GITHUB, OWN, TRAP, &[]), "trap-only-teardown");
    says(&github.message, &["may be killed before the trap"], &["is killed before"]);
    assert_eq!(github.confidence, Confidence::Medium);
    let gitea = first(&repository(GITEA, UBUNTU, TRAP, &[]), "trap-only-teardown");
    says(&gitea.message, &["is killed before the trap"], &["may be killed"]);
}

#[test]
fn a_container_without_a_name_is_not_called_by_its_image() {
    let steps = "      - run: echo \"IMG=$(head -n 1 tags)\" >> $GITHUB_ENV\n      - run: |\n          CID=$(docker run -d $IMG)\n          ./probe.sh\n          docker rm -f $CID\n";
    let finding = first(&repository(GITHUB, OWN, steps, &[("probe.sh", "true\n")]), "teardown-not-always");
    says(&finding.message, &["the container of image `$(head -n 1 tags)`"], &["the container `"]);
    let named = steps.replace("run -d", "run -d --name pg");
    let finding = first(&repository(GITHUB, OWN, &named, &[("probe.sh", "true\n")]), "teardown-not-always");
    says(&finding.message, &["the container `pg`"], &["of image"]);
    let network = "      - run: docker run -d redis:7\n";
    let finding = first(&repository(GITHUB, OWN, network, &[]), "missing-teardown");
    says(&finding.message, &["the container of image `redis:7`"], &[]);
}

#[test]
fn an_ignored_approval_is_no_matter_of_taste() {
    let gate = "    runs-on: ubuntu-latest\n    environment: code-review\n";
    let root = repository(GITEA, gate, "", &[]);
    let text = "on: push\njobs:\n  approval:\n    runs-on: ubuntu-latest\n    environment: review\n    steps: [{ run: echo awaiting approval }]\n  merge:\n    needs: approval\n    runs-on: ubuntu-latest\n    environment: main\n    steps: [{ run: ./merge.sh }]\n";
    std::fs::write(root.path().join(GITEA), text).unwrap();
    let found = all(&root, "ignored-syntax");
    let told: Vec<(Option<&str>, Level)> = found.iter().map(|one| (one.job.as_deref(), one.level)).collect();
    assert_eq!(told, [(Some("approval"), Level::Warning), (Some("merge"), Level::Info)]);
    says(&found[0].message, &["waits for no approval"], &[]);
    for finding in &found {
        says(help(finding), &[], &["no harm"]);
    }
}

#[test]
fn a_sweep_is_not_advised_to_take_what_this_run_made() {
    for (line, words) in [
        ("docker image prune -f", "other jobs' images as well"),
        ("docker builder prune -af --filter until=24h", "other jobs' build cache as well"),
        ("docker container prune -f --filter until=24h", "other jobs' containers as well"),
    ] {
        let root = repository(GITEA, UBUNTU, &format!("      - run: {line}\n"), &[]);
        let finding = first(&root, "unscoped-prune");
        assert_eq!(finding.level, Level::Info, "{line}");
        says(&finding.message, &[words], &[]);
        says(help(&finding), &["older than any run"], &["berth.run"]);
    }
    let sweep = "      - run: docker container prune -f --filter label=app=1 --filter until=24h\n";
    let finding = first(&repository(GITEA, UBUNTU, sweep, &[]), "unscoped-label-filter");
    says(help(&finding), &["an age that no run reaches"], &["berth.run"]);
}

#[test]
fn a_prune_is_said_to_take_what_nothing_uses_and_no_more() {
    for (line, words) in [
        ("docker container prune -f", "removes every stopped container"),
        ("docker network prune -f", "removes every network on this daemon that no container uses"),
        ("docker volume prune -f", "removes every volume on this daemon that no container uses"),
        (
            "docker system prune -f",
            "every stopped container, every unused network, every untagged image and the build cache",
        ),
        ("docker system prune -af --volumes", "every unused image, the build cache and every unused anonymous volume"),
        ("docker system prune -f --filter until=24h", "the build cache on this daemon, as far as it is old enough"),
    ] {
        let root = repository(GITEA, UBUNTU, &format!("      - run: {line}\n"), &[]);
        says(&first(&root, "unscoped-prune").message, &[words], &["every container that it finds"]);
    }
}

#[test]
fn what_takes_only_ended_containers_is_not_said_to_take_running_ones() {
    for line in [
        "docker container prune -f --filter label=app=1",
        "docker ps -aq --filter label=app=1 --filter status=exited | xargs -r docker rm -v",
    ] {
        let root = repository(GITEA, UBUNTU, &format!("      - run: {line}\n"), &[]);
        says(&first(&root, "unscoped-label-filter").message, &["that have ended"], &["are using", "is deployed"]);
    }
}

#[test]
fn githubs_runner_leaves_no_server_of_an_earlier_run() {
    let steps = "      - run: PORT=8080 ./server &\n      - run: curl --retry 9 http://127.0.0.1:8080/a && curl http://127.0.0.1:8080/b\n";
    let github = first(&repository(GITHUB, OWN, steps, &[]), "server-fixed-port");
    says(&github.message, &["another job's server"], &["an earlier run left"]);
    let lines: Vec<usize> = github.related.iter().map(|one| one.location.span.start).collect();
    assert_eq!(lines.len(), 1, "one line, told once: {:#?}", github.related);
    let head = "    runs-on: host\n";
    let gitea = first(&repository(GITEA, head, steps, &[]), "server-fixed-port");
    says(&gitea.message, &["an earlier run left"], &[]);
}

#[test]
fn a_cluster_has_the_name_that_its_configuration_gives_it() {
    let of =
        |steps: &str, files: &[(&str, &str)]| first(&repository(GITHUB, OWN, steps, files), "missing-teardown").message;
    let heredoc = "      - run: |\n          cat > k.yaml <<EOF\n          kind: Cluster\n          apiVersion: kind.x-k8s.io/v1alpha4\n          EOF\n          kind create cluster --config k.yaml\n";
    says(&of(heredoc, &[]), &["the cluster `kind`"], &["configuration"]);
    let file = "      - run: kind create cluster --config ci/k.yaml\n";
    says(&of(file, &[("ci/k.yaml", "kind: Cluster\nname: shop\n")]), &["the cluster `shop`"], &[]);
    // What the job changes is not what stands in the repository.
    let edited =
        "      - run: |\n          sed -i s/shop/cart/ ci/k.yaml\n          kind create cluster --config ci/k.yaml\n";
    says(&of(edited, &[("ci/k.yaml", "kind: Cluster\nname: shop\n")]), &["configuration"], &["shop"]);
}

/// The texts in double quotes of a source file's code, its tests left out.
fn literals(text: &str) -> Vec<String> {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    // A quote that is a character begins no text.
    let code = code.replace("'\"'", "' '");
    let literal = Regex::new(r#""((?:[^"\\]|\\(?s:.))*)""#).unwrap();
    literal.captures_iter(&code).map(|found| found[1].to_owned()).collect()
}

/// Every file below a folder of this project that ends in `.ext`.
fn below(folder: &str, ext: &str) -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == ext) {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Reasons are joined with `; ` and shown a line each, so none may have one in it: its second half would read as a
/// reason of its own.
#[test]
fn a_reason_is_one_line() {
    // Scripts that a fix writes, and what the table says of a whole rewrite.
    let is_shell = |text: &str| {
        ["::error::", "; do", "; then", "; }", "; shift", "shell ", "}; "].iter().any(|word| text.contains(word))
    };
    let mut read = 0;
    for (path, text) in below("src/rewrite", "rs") {
        if path.ends_with("table.rs") || path.contains("/emit/") || path.contains("/tests") {
            continue;
        }
        for literal in literals(&text) {
            read += 1;
            assert!(
                !literal.contains("; ") || literal == "; " || is_shell(&literal),
                "{path}: a reason with `; ` in it is shown as two: {literal}"
            );
        }
    }
    assert!(read > 500, "{read}");
}

/// Forms that readers had to read twice. What happens is said straight instead.
#[test]
fn no_riddle_comes_back() {
    let riddles = [
        "does no harm",
        "does nothing either",
        "only mentioned",
        "only worth knowing",
        "on this daemon that it can",
        "whoever runs them",
        "is told in a note",
        "one-machine-per-job",
        "failed a proof",
        "with itself:",
        "tells nothing apart",
        "see the life of",
        "is told once for all",
        "in no container at all",
        "the quotes are right",
        "would be told anew",
        "what carries them",
        "up to {safe} fixable",
        ".NetworkSettings.IPAddress",
    ];
    let files = [below("rules", "yaml"), below("docs", "md"), below("src/rewrite", "rs"), below("src/report", "rs")];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = ("README.md".to_owned(), std::fs::read_to_string(root.join("README.md")).unwrap());
    for (path, text) in files.into_iter().flatten().chain([readme]) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for riddle in riddles {
            assert!(!text.contains(riddle), "{path} says `{riddle}`");
        }
        if path.contains("/rules/") && path.ends_with(".yaml") {
            for (at, _) in text.match_indices("docker run -d") {
                let call = text[at..].split(" - ").next().unwrap();
                let call = call.split(" good: ").next().unwrap();
                assert!(
                    !call.contains("postgres:16") || call.contains("POSTGRES_PASSWORD"),
                    "{path}: without POSTGRES_PASSWORD this container does not start: {call}"
                );
            }
        }
    }
}

#[test]
fn a_removal_that_a_failure_leaves_out_takes_nobodys_container() {
    let marks = |steps: &str| -> Vec<String> {
        let found = first(&repository(GITEA, UBUNTU, steps, &[]), "static-container-name");
        found.related.iter().map(|one| one.message.clone()).collect()
    };
    let other = "when the name was taken, this removes the other run's container".to_owned();
    // `bash -e` ends at the run that fails.
    let same =
        "      - run: |\n          docker run -d --name web nginx\n          npm test\n          docker rm -f web\n";
    assert_eq!(marks(same), ["the name is used here"]);
    let next = "      - run: docker run -d --name web nginx\n      - run: docker rm -f web\n";
    assert_eq!(marks(next), ["the name is used here"]);
    for reached in [
        "      - run: docker run -d --name web nginx\n      - if: always()\n        run: docker rm -f web\n",
        "      - run: |\n          set +e\n          docker run -d --name web nginx\n          docker rm -f web\n",
        "      - run: |\n          docker run -d --name web nginx || true\n          docker rm -f web\n",
        "      - run: |\n          trap 'docker rm -f web' EXIT\n          docker run -d --name web nginx\n",
        "      - continue-on-error: true\n        run: docker run -d --name web nginx\n      - run: docker rm -f web\n",
    ] {
        assert!(marks(reached).contains(&other), "{reached}: {:?}", marks(reached));
    }
}

#[test]
fn a_project_of_one_offs_takes_no_containers_over() {
    let files = [("compose.yaml", "services:\n  lint: {build: .}\n")];
    let shared = |lines: &str| {
        let found = first(&repository(GITEA, UBUNTU, lines, &files), "static-compose-project");
        found.message.clone()
    };
    says(
        &shared("      - run: docker compose run --rm lint\n"),
        &["its network, the images"],
        &["`down`", "takes over"],
    );
    let both = "      - run: docker compose up -d\n      - run: docker compose run --rm lint\n";
    says(&shared(both), &["takes over"], &["its network, the images"]);
}

#[test]
fn an_image_stays_where_a_list_must_not_be_empty() {
    let build = "      - run: |\n          docker rmi -f $(docker images -q)\n          docker build -t app:test .\n          docker run --rm app:test\n";
    let found = first(&repository(GITEA, UBUNTU, build, &[]), "static-image-tag");
    says(found.withheld.as_deref().unwrap(), &["fails where the daemon has no image", "`xargs -r`"], &[]);
    let guarded = build.replace("$(docker images -q)", "$(docker images -q) || true");
    let found = first(&repository(GITEA, UBUNTU, &guarded, &[]), "static-image-tag");
    assert!(found.fix.is_some(), "{:?}", found.withheld);
}

#[test]
fn a_merge_conflict_is_called_one() {
    let steps = "      - run: |\n          make\n<<<<<<< HEAD\n          make test\n=======\n          make e2e\n>>>>>>> main\n";
    let root = repository(GITEA, UBUNTU, steps, &[]);
    let report = check(&Engine::built_in(), &Options::new(root.path(), vec![root.path().to_owned()])).unwrap();
    let found = report.findings.iter().find(|finding| finding.rule == "yaml-error").unwrap();
    says(&found.message, &["merge conflict"], &["key: value"]);
    // Both sides have added the file.
    let text = "<<<<<<< HEAD\non: push\n=======\non: pull_request\n>>>>>>> main\njobs: {}\n";
    std::fs::write(root.path().join(GITEA), text).unwrap();
    let report = check(&Engine::built_in(), &Options::new(root.path(), vec![root.path().to_owned()])).unwrap();
    let found = report.findings.iter().find(|finding| finding.rule == "yaml-error").unwrap();
    says(&found.message, &["merge conflict"], &[]);
}

#[test]
fn a_list_of_images_takes_no_age() {
    for (line, words, never) in [
        ("docker image prune -f", "any run: `--filter until=24h`", "docker image prune"),
        (
            "docker rmi $(docker images -q --filter dangling=true)",
            "`docker image prune -f --filter until=24h`",
            "is recent",
        ),
        ("docker rmi $(docker images -q)", "`docker image prune -f --filter until=24h`", "(`--filter"),
        ("docker image prune -af", "leave out `-a`", "docker image prune"),
    ] {
        let found = first(&repository(GITEA, UBUNTU, &format!("      - run: {line}\n"), &[]), "unscoped-prune");
        says(help(&found), &[words], &[never]);
    }
    let dangling = "      - run: docker rmi $(docker images -q --filter dangling=true)\n";
    let found = first(&repository(GITEA, UBUNTU, dangling, &[]), "unscoped-prune");
    says(found.withheld.as_deref().unwrap(), &["docker image prune"], &["a tag of the run"]);
}

#[test]
fn a_project_leaves_what_its_files_make() {
    let why = |more: &str, end: &str| {
        let compose = format!("services:\n  web:\n    image: nginx\n{more}{end}");
        let root = repository(GITEA, UBUNTU, UP, &[("compose.yml", compose.as_str())]);
        first(&root, "static-compose-project").fix.unwrap().why.clone().unwrap()
    };
    says(&why("", ""), &["its project: containers and a network,"], &["images", "volumes"]);
    let volume = why("    volumes: [\"data:/data\"]\n", "volumes:\n  data:\n");
    says(&volume, &["its project: containers, volumes and a network,"], &["images"]);
    says(&why("  app:\n    build: .\n", ""), &["its project: containers, images and a network,"], &["volumes"]);
}

#[test]
fn a_step_whose_condition_reads_its_own_variable_may_run() {
    let steps = "      - if: env.HOOK != ''\n        env:\n          HOOK: ${{ secrets.HOOK }}\n        run: |\n          code=$(curl -s -o /dev/null -w '%{http_code}' \"$HOOK\" || echo 000)\n          echo \"$code\"\n";
    let found = first(&repository(GITEA, UBUNTU, steps, &[]), "curl-status-fallback");
    assert_eq!(found.fix.unwrap().applicability, Applicability::Safe);
    let never = steps.replace("env:\n          HOOK: ${{ secrets.HOOK }}\n        ", "");
    let found = first(&repository(GITEA, UBUNTU, &never, &[]), "curl-status-fallback");
    says(found.withheld.as_deref().unwrap(), &["`if:` holds in no run"], &[]);
}

#[test]
fn what_another_transfer_falls_back_to_is_no_comparison() {
    let steps = "      - run: |\n          a=$(curl -s -o /dev/null -w '%{http_code}' http://a/ || echo \"503\")\n          b=$(curl -s -o /dev/null -w '%{http_code}' http://b/ || echo \"000\")\n          echo \"$a $b\"\n";
    let found = first(&repository(GITEA, UBUNTU, steps, &[]), "curl-status-fallback");
    assert_eq!(found.fix.unwrap().applicability, Applicability::Safe);
    let compared = steps.replace("echo \"$a $b\"", "case $a in 000*) exit 1 ;; esac");
    let found = first(&repository(GITEA, UBUNTU, &compared, &[]), "curl-status-fallback");
    says(found.fix.unwrap().why.as_deref().unwrap(), &["something compares with `000`"], &[]);
}

#[test]
fn who_only_logs_in_or_never_runs_is_no_reader_of_a_port() {
    let head = "    runs-on: [self-hosted, linux]\n    strategy:\n      matrix:\n        store: [small, large]\n";
    let steps = "      - run: docker run -d --name gate -p 9091:9091 acme/gate:1\n      - uses: docker/login-action@v3\n      - if: matrix.store == 'huge'\n        run: bin/huge\n      - run: bin/suite\n";
    let finding = first(&repository(GITEA, head, steps, &[]), "published-fixed-port");
    says(finding.withheld.as_deref().unwrap(), &["`bin/suite` may"], &["login-action", "huge"]);
}

#[test]
fn what_only_parses_a_script_does_not_run_it() {
    let script = "#!/bin/sh\ndocker run -d --name web nginx\n";
    for (call, found) in [("bash -n ci/up.sh", 0), ("sh -en ci/up.sh", 0), ("bash ci/up.sh", 1)] {
        let root = repository(GITEA, UBUNTU, &format!("      - run: {call}\n"), &[("ci/up.sh", script)]);
        assert_eq!(all(&root, "static-container-name").len(), found, "{call}");
    }
    let stopped = "      - run: |\n          set -n\n          docker run -d --name web nginx\n";
    assert!(all(&repository(GITEA, UBUNTU, stopped, &[]), "static-container-name").is_empty());
}

#[test]
fn a_fix_waits_for_that_of_its_own_command() {
    let run =
        |name: &str, port: u16| format!("      - run: docker run -d --name {name} -p {port}:{port} acme/{name}:1\n");
    let steps = run("store", 5432)
        + &run("queue", 5672)
        + "      - run: curl http://localhost:5432/\n      - run: curl http://localhost:5672/\n";
    let root = repository(GITEA, UBUNTU, &steps, &[]);
    let mut options = Options::new(root.path(), vec![root.path().to_owned()]);
    options.select = vec!["static-container-name".to_owned(), "published-fixed-port".to_owned()];
    let found = check(&Engine::built_in(), &options).unwrap().findings;
    let waiting: Vec<&Finding> = found.iter().filter(|finding| finding.waits.is_some()).collect();
    assert_eq!(waiting.len(), 2, "{found:#?}");
    for finding in waiting {
        assert_eq!(finding.waits.as_ref().unwrap().location, finding.location);
    }
}

/// What the fixes of a repository come to: all findings that are left.
fn left(root: &TempDir) -> Vec<Finding> {
    let options = Options::new(root.path(), vec![root.path().to_owned()]);
    fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap().report.findings
}

#[test]
fn a_fix_that_comes_first_and_is_withheld_is_said_where_others_wait_for_it() {
    // What the files say once they are edited is not read; played, two runs want one port.
    let steps =
        "      - run: |\n          sed -i s/SECRET/x/ compose.yml\n          docker compose up -d\n          sleep 5\n";
    let compose = "services:\n  web:\n    image: nginx\n    ports: [\"8080:80\"]\n";
    let root = repository(GITEA, UBUNTU, steps, &[("compose.yml", compose)]);
    let found = left(&root);
    let why = |rule: &str| found.iter().find(|one| one.rule == rule).unwrap().withheld.clone().unwrap();
    says(&why("static-compose-project"), &["a proof failed", "port 8080 is taken"], &[]);
    let waiting = found.iter().find(|one| one.rule == "missing-teardown").unwrap();
    assert!(waiting.waits.is_none());
    says(
        &why("missing-teardown"),
        &["first put the run's id into the name", "`static-compose-project`, which comes first, is withheld, too"],
        &[],
    );
}

#[test]
fn a_variable_of_another_job_is_not_put_down_to_this_one() {
    // The other job clears away what earlier runs left, and names a project of its own later.
    let text = |needs: &str| {
        format!(
            "on: push\njobs:\n  test:\n    runs-on: self-hosted\n    steps:\n      - uses: actions/checkout@v4\n      - run: docker compose run --rm web test\n  images:\n{needs}    runs-on: self-hosted\n    steps:\n      - uses: actions/checkout@v4\n      - run: docker compose down || true\n      - run: echo \"COMPOSE_PROJECT_NAME=$(./name.sh)\" >> $GITHUB_ENV\n      - run: docker compose up -d\n      - if: always()\n        run: docker compose down\n"
        )
    };
    let found = |needs: &str| {
        let root = repository(GITHUB, OWN, "", &[("compose.yml", "services:\n  web:\n    image: nginx\n")]);
        std::fs::write(root.path().join(GITHUB), text(needs)).unwrap();
        let all = all(&root, "static-compose-project");
        all.into_iter().find(|one| one.job.as_deref() == Some("test")).unwrap()
    };
    assert!(found("").fix.is_some());
    says(
        found("    needs: test\n").withheld.as_deref().unwrap(),
        &["a command of the job `images` sets `COMPOSE_PROJECT_NAME`"],
        &[],
    );
}

#[test]
fn a_run_leaves_only_what_it_ends_before_the_removal_of() {
    let steps = "      - run: docker build -t shop:test .\n      - run: |\n          NAME=web-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT\n          docker run -d --name \"$NAME\" shop:test\n          docker exec \"$NAME\" pytest\n          docker rm -f \"$NAME\"\n          docker images\n      - run: docker run --rm shop:test lint\n";
    let root = repository(GITEA, UBUNTU, steps, &[]);
    let fix = first(&root, "static-image-tag").fix.unwrap();
    let why = fix.why.as_deref().unwrap();
    says(why, &["each run that fails before the removal leaves its container, so the image cannot be removed"], &[]);
}

#[test]
fn what_goes_with_its_command_is_nothing_that_a_prune_would_find() {
    let made = |run: &str| {
        let root =
            repository(GITEA, UBUNTU, &format!("      - run: {run}\n      - run: docker container prune -f\n"), &[]);
        first(&root, "unscoped-prune").related.iter().any(|one| one.message.contains("is made here"))
    };
    assert!(!made("docker run --rm app pytest"));
    assert!(made("docker run app pytest") && made("docker run -d --rm app"));
}

#[test]
fn a_loop_that_starts_a_server_again_is_what_has_to_end() {
    let config = "runners:\n  - labels: [box]\n    runner: gitea-runner 3.1.0\n    mode: host\n    helper: true\n";
    let head = "    runs-on: box\n";
    let why = |rule: &str, line: &str| {
        let steps = format!("      - run: {line}\n      - run: curl http://localhost:8080/\n");
        let root = repository(GITEA, head, &steps, &[(".berthlint.yaml", config)]);
        let found = first(&root, rule);
        let told = |fix: &berthlint::edit::Fix| format!("{}: {}", fix.title, fix.why.clone().unwrap_or_default());
        found.fix.map_or_else(|| found.withheld.unwrap(), |fix| told(&fix))
    };
    let again = "(while true; do ./server --port 8080; done) &";
    says(&why("server-fixed-port", again), &["may do so again whenever it ends"], &["berth-run reap"]);
    says(&why("background-process-leak", again), &["may do so again whenever it ends"], &[]);
    // Each line of a list is another call.
    let lines = "(while read -r port; do ./server --port 8080; done < ports) &";
    says(&why("server-fixed-port", lines), &["end a stale `server`"], &[]);
    let after_a_kill =
        "what a killed runner has left is stale: later runs stop there until somebody ends that `server`";
    says(&why("server-fixed-port", "./server --port 8080 &"), &["end a stale `server`", after_a_kill], &[]);
}

#[test]
fn a_project_of_the_checkouts_folder_is_named_after_the_repository() {
    let steps = "      - run: docker compose down || true\n      - run: docker compose up -d\n      - run: npm test\n";
    let root = repository(GITEA, UBUNTU, steps, &[("compose.yml", "services:\n  web:\n    image: nginx\n")]);
    let said = |rule: &str| first(&root, rule).message;
    says(&said("static-compose-project"), &["the compose project named after the repository on"], &["github.event"]);
    says(&said("preclean-kills-peer"), &["the repository's name is the same"], &["github.event"]);
    let up = "      - run: docker compose up -d\n";
    let alone = repository(GITEA, UBUNTU, up, &[("compose.yml", "services:\n  web:\n    image: nginx\n")]);
    let message = first(&alone, "missing-teardown").message;
    says(&message, &["removes the project named after the repository:"], &["github.event"]);
    let own = steps.replace("docker compose", "docker compose -p ${{ github.event.repository.name }}-ci");
    let root = repository(GITEA, UBUNTU, &own, &[("compose.yml", "services:\n  web:\n    image: nginx\n")]);
    says(&first(&root, "static-compose-project").message, &["`${{ github.event.repository.name }}-ci`"], &[]);
    // What somebody wrote is told in those words.
    let own = steps.replace("docker compose", "docker compose -p ${{ github.event.repository.name }}");
    let root = repository(GITEA, UBUNTU, &own, &[("compose.yml", "services:\n  web:\n    image: nginx\n")]);
    let message = first(&root, "static-compose-project").message;
    says(&message, &["project `${{ github.event.repository.name }}` on"], &["named after"]);
    let named = "      - run: docker run -d --name ${{ github.event.repository.name }} nginx\n";
    let root = repository(GITEA, UBUNTU, named, &[]);
    let message = first(&root, "static-container-name").message;
    says(&message, &["container `${{ github.event.repository.name }}`"], &["repository's name"]);
}

#[test]
fn a_recipe_s_variables_are_shown_as_they_are_written() {
    let make = "NAME ?= $(shell git rev-parse HEAD)\nup:\n\tdocker run -d --name pg-$(NAME) -p 8080:80 nginx\n";
    let root = repository(GITEA, UBUNTU, "      - run: make up\n", &[("Makefile", make)]);
    says(&first(&root, "published-fixed-port").message, &["--name pg-$(NAME) -p 8080:80"], &["given"]);
}

#[test]
fn a_value_that_keeps_the_old_name_or_port_is_said() {
    let config = "runners:\n  - labels: [box]\n    runner: gitea-runner 3.1.0\n    mode: host\n";
    let why = |rule: &str, head: &str, steps: &str| {
        let root = repository(GITEA, &format!("    runs-on: box\n{head}"), steps, &[(".berthlint.yaml", config)]);
        let found = first(&root, rule);
        found.fix.and_then(|fix| fix.why.clone()).or(found.withheld).unwrap_or_default()
    };
    let name = "      - run: docker run -d --name pg-test postgres:16\n      - uses: someone/wait@v1\n        with:\n          \
                container: pg-test\n      - uses: actions/upload-artifact@v4\n        with:\n          name: pg-test\n      \
                - run: ./check ${{ matrix.target }}\n        env:\n          CHECKED: pg-test\n      - if: always()\n        \
                run: docker rm -fv pg-test\n";
    let head = "    outputs:\n      started: pg-test\n    strategy:\n      matrix:\n        target: [pg-test, other]\n    \
                container:\n      image: ci\n      env:\n        STARTED: pg-test\n";
    let said = why("static-container-name", head, name);
    let all =
        ["`container` in line", "`CHECKED` in line", "`started` in line", "`target` in line", "`STARTED` in line"];
    says(&said, &all, &["`name` in line"]);
    let port = "      - run: docker run -d --name web -p 8087:80 nginx\n      - run: curl http://localhost:8087\n      - uses: \
                someone/wait@v1\n        with:\n          port: 8087\n          timeout: 8087\n          url: \
                http://localhost:8087\n      - if: always()\n        run: docker rm -fv web\n";
    let said = why("published-fixed-port", "", port);
    says(&said, &["`port` in line"], &["`timeout`", "`url`"]);
    // A number is a port by what stands beside it.
    for value in ["9990:9990", "-P 9990", "--listen=9990", "{\"port\": 9990}", "-Dserver.port=9990", "port=9990"] {
        let head = format!(
            "    env: {{ GIVEN: '{value}' }}\n    services:\n      app:\n        image: acme/app\n        ports: [\"9990:9990\"]\n"
        );
        let steps = "      - run: curl localhost:9990/health\n      - run: ./bin/e2e\n";
        let found = first(&repository(GITHUB, &format!("{OWN}{head}"), steps, &[]), "service-fixed-port");
        let fix = found.fix.unwrap_or_else(|| panic!("{value}"));
        assert_eq!(fix.applicability, Applicability::Unsafe, "{value}");
        says(fix.why.as_deref().unwrap(), &["`GIVEN` in line", "still says `9990`"], &[]);
    }
    let image = "      - run: docker build -t shop:test .\n      - run: docker run --rm shop:test ./test.sh\n  later:\n    \
                 needs: test\n    runs-on: box\n    container: shop:test\n    steps:\n      - run: ./lint\n";
    says(&why("static-image-tag", "", image), &["`image` in line"], &[]);
}

#[test]
fn a_prune_for_the_disk_is_not_narrowed_to_the_run() {
    let found = |name: &str| {
        let steps = format!(
            "      - run: docker run -d --name shop postgres:16\n      - name: {name}\n        if: always()\n        run: docker system prune -af\n"
        );
        first(&repository(GITEA, UBUNTU, &steps, &[]), "unscoped-prune")
    };
    let disk = found("Free disk space");
    says(disk.withheld.as_deref().unwrap(), &["to free the disk", "scheduled job", "until=24h"], &[]);
    says(help(&disk), &["delete the line", "until=24h"], &["label"]);
    let tidy = found("Tidy the workspace");
    assert!(tidy.fix.is_some(), "{:?}", tidy.withheld);
    says(help(&tidy), &["--filter label="], &[]);
}

#[test]
fn jobs_side_by_side_are_each_given_a_project() {
    let up = "    runs-on: ubuntu-latest\n    steps:\n      - run: docker compose up -d\n";
    let text = format!("on: push\nenv:\n  COMPOSE_PROJECT_NAME: shop\njobs:\n  one:\n{up}  two:\n{up}");
    let root = TempDir::new().unwrap();
    for (path, text) in
        [(".gitea/workflows/ci.yml", text.as_str()), ("compose.yml", "services:\n  web:\n    image: nginx\n")]
    {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let found = first(&root, "static-compose-project");
    says(found.withheld.as_deref().unwrap(), &["side by side", "with the job's id and the run in it"], &[]);
}

#[test]
fn a_project_of_each_runs_own_begins_without_what_runs_keep() {
    let why = |compose: &str, steps: &str| {
        let found = first(&repository(GITHUB, OWN, steps, &[("compose.yml", compose)]), "static-compose-project");
        (found.fix.is_some(), found.fix.and_then(|fix| fix.why.clone()).or(found.withheld).unwrap_or_default())
    };
    let cache = "services:\n  lint:\n    build: .\n    volumes: [\"registry:/usr/local/cargo/registry\"]\nvolumes:\n  registry: {}\n";
    let run = "      - run: docker compose run --rm lint make\n";
    let (is_made, said) = why(cache, run);
    assert!(!is_made);
    says(&said, &["`registry` keeps a cache", "external: true"], &[]);
    // A server's data is no cache, whatever it is called.
    for server in [
        "image: memcached\n    volumes: [\"memcached:/data\"]\nvolumes:\n  memcached: {}\n",
        "image: registry:2\n    volumes: [\"data:/var/lib/registry\"]\nvolumes:\n  data: {}\n",
    ] {
        let (is_made, said) = why(&format!("services:\n  lint:\n    {server}"), run);
        assert!(is_made, "{said}");
        says(&said, &[], &["keeps a cache"]);
    }
    let named = cache.replace("registry: {}", "registry: { external: true }");
    let (is_made, said) = why(&named, run);
    assert!(is_made, "{said}");
    assert!(said.starts_with("each run builds the image of `lint` anew"), "{said}");
    // What each run removes is no run's to find.
    let down = format!("{run}      - if: always()\n        run: docker compose down -v --rmi local\n");
    let (is_made, said) = why(cache, &down);
    assert!(is_made, "{said}");
    says(&said, &[], &["anew", "begins with"]);
    let data = "services:\n  db:\n    image: postgres:16\n    volumes: [\"data:/var/lib/postgresql/data\"]\nvolumes:\n  data: {}\n";
    let up = "      - run: docker compose up -d\n      - run: npm test\n      - if: always()\n        run: docker compose down\n";
    let (is_made, said) = why(data, up);
    assert!(is_made, "{said}");
    assert!(said.starts_with("each run begins with an empty volume `data`"), "{said}");
}

#[test]
fn a_prune_for_a_full_disk_keeps_nothing_back() {
    let head = "    runs-on: docker\n    steps:\n";
    let why = |steps: &str| {
        let root = TempDir::new().unwrap();
        let path = root.path().join(GITEA);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("on: {{ schedule: [{{ cron: \"0 4 * * *\" }}] }}\njobs:\n  clean:\n{head}{steps}");
        std::fs::write(path, text).unwrap();
        let found = first(&root, "unscoped-prune");
        (found.fix.is_some(), found.fix.and_then(|fix| fix.why.clone()).or(found.withheld).unwrap_or_default())
    };
    let (is_made, said) = why("      - run: docker builder prune -af\n");
    assert!(is_made);
    says(&said, &["less than a day old stays"], &["other jobs'"]);
    let (is_made, said) = why("      - run: docker container prune -f\n");
    assert!(is_made);
    says(&said, &["with their names"], &[]);
    for urgent in [
        "      - run: |\n          if [ \"$AVAIL_GB\" -lt 20 ]; then\n            docker builder prune -af\n          fi\n",
        "      - run: |\n          USED=$(df / | tail -1)\n          [ \"$DISK\" -gt 80 ] && docker builder prune -af\n",
        "      - name: Emergency disk cleanup\n        run: docker builder prune -af\n",
        "      - if: steps.df.outputs.usage > 80\n        run: docker builder prune -af\n",
        "      - if: env.FREE_GB < 10\n        run: docker image prune -af\n",
    ] {
        let (is_made, said) = why(urgent);
        assert!(!is_made, "{urgent}");
        says(&said, &["disk"], &["needs to be done"]);
    }
    let (is_made, said) = why("      - run: docker image prune -af --filter until=168h\n");
    assert!(!is_made);
    says(&said, &["leave out `-a`"], &["needs to be done"]);
}

#[test]
fn a_port_that_another_job_keeps_is_no_half_of_a_fix() {
    let up = "    runs-on: docker\n    steps:\n      - uses: actions/checkout@v4\n      - run: docker compose up -d\n      - run: curl -f http://localhost:8080/\n      - if: always()\n        run: docker compose down\n";
    let compose = "services:\n  web:\n    image: nginx\n    container_name: web1\n    ports: [\"8080:80\"]\n";
    let root = tempfile::tempdir().unwrap();
    let text = format!("on: push\njobs:\n  one:\n{up}  two:\n{up}");
    for (path, text) in [(GITEA, text.as_str()), ("compose.yml", compose)] {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let found = all(&root, "compose-fixed-port");
    let withheld: Vec<&str> = found.iter().map(|one| one.withheld.as_deref().unwrap_or_default()).collect();
    says(&withheld.join("; "), &["the job `two`", "would keep the port", "`8080:80` (service `web`) would stay"], &[]);
    assert!(found.iter().all(|one| one.fix.is_none()));
}

#[test]
fn what_still_collides_after_a_fix_is_said() {
    let steps = "      - run: docker compose up -d\n      - run: docker compose exec -T web ./test.sh\n      - if: always()\n        run: docker compose down -v --rmi local\n      - if: always()\n        run: docker image ls --format '{{.Repository}}:{{.Tag}}' | grep shop | xargs -r docker rmi -f || true\n";
    let head = "    runs-on: self-hosted\n    env:\n      COMPOSE_PROJECT_NAME: shop\n";
    let why = |grep: &str| {
        let steps = steps.replace("grep shop", grep);
        let root = repository(GITHUB, head, &steps, &[("compose.yml", "services:\n  web:\n    build: .\n")]);
        let mut options = Options::new(root.path(), vec![root.path().to_owned()]);
        options.select = vec!["static-compose-project".to_owned()];
        let outcome = fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap();
        outcome.applied[0].fix.why.clone().unwrap_or_default()
    };
    says(&why("grep shop"), &["run 42 removes run 41's image `shop-41-1-web:latest`"], &[]);
    says(&why("grep other"), &[], &["run 42 removes"]);
}

#[test]
fn why_a_project_s_files_are_not_known_is_told_as_it_is() {
    let steps = "      - run: docker compose down -v\n      - run: docker compose run --rm e2e npx playwright test\n      - run: docker compose down -v\n";
    let why = |files: &[(&str, &str)], steps: &str| {
        first(&repository(GITHUB, OWN, steps, files), "static-compose-project").withheld.unwrap()
    };
    let compose = ("compose.yml", "services:\n  db:\n    image: postgres:17\n");
    says(&why(&[compose], steps), &["`compose.yml` does not have the services"], &["not there"]);
    let edited = format!("      - run: envsubst < x > compose.yml\n{steps}");
    says(&why(&[compose], &edited), &["the job changes `compose.yml`"], &["not there"]);
}

#[test]
fn a_program_that_is_meant_to_run_is_nothing_that_a_job_left() {
    let kill = "      - run: pkill -f GitHub.Issues.dll || true\n";
    let found = first(&repository(GITHUB, OWN, kill, &[]), "fuzzy-process-kill");
    says(found.withheld.as_deref().unwrap(), &["meant to run", "systemctl"], &["nothing of an earlier job"]);
}

#[test]
fn a_command_of_a_deployment_may_have_the_port_that_it_needs() {
    let found = |name: &str, run: &str| {
        let head = format!("    name: {name}\n    runs-on: self-hosted\n");
        let root = repository(GITHUB, &head, &format!("      - run: {run}\n"), &[]);
        all(&root, "published-fixed-port").len()
    };
    let certbot = "docker run --rm -p 80:80 certbot/certbot certonly --standalone";
    assert_eq!((found("Deploy", certbot), found("Test", certbot)), (0, 1));
    assert_eq!(found("Deploy", "docker run --rm -p 80:80 acme/e2e-tests"), 1);
    assert_eq!(found("Deploy", "docker run -p 80:80 app"), 1);
}

#[test]
fn services_that_nobody_names_may_not_be_there() {
    let compose = "services:\n  web: { image: nginx }\n  redis: { image: \"redis:7\", profiles: [cache] }\n";
    let found = |up: &str| {
        let steps = format!("      - run: {up}\n      - if: always()\n        run: docker compose down\n");
        let root = repository(GITHUB, OWN, &steps, &[("compose.yml", compose)]);
        all(&root, "teardown-leaves-volumes").len()
    };
    let one = "docker compose --profile cache up -d";
    assert_eq!((found(one), found("docker compose up -d"), found("docker compose up -d $SERVICES")), (1, 0, 0));
}

#[test]
fn of_several_callers_the_one_that_takes_every_runs_is_told() {
    let action = "name: clean\ninputs: { pattern: { required: true } }\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: docker image ls --format '{{.Repository}}:{{.Tag}}' | grep '${{ inputs.pattern }}' | xargs -r docker rmi -f\n";
    let steps = "      - uses: ./clean\n        with: { pattern: \":${{ github.run_id }}\" }\n  later:\n    runs-on: self-hosted\n    steps:\n      - uses: actions/checkout@v4\n      - uses: ./clean\n        with: { pattern: dashboard }\n";
    let root = repository(GITHUB, OWN, steps, &[("clean/action.yml", action)]);
    let found = first(&root, "grep-selected-removal");
    says(&found.message, &["contains `dashboard`"], &[]);
    says(found.withheld.as_deref().unwrap(), &[], &["this run's id already"]);
}

#[test]
fn testcontainers_are_covered_by_what_removes_all_of_them() {
    let uncovered = |line: &str| {
        let steps = format!(
            "      - run: mvn verify\n        env: {{ TESTCONTAINERS_RYUK_DISABLED: \"true\" }}\n      - if: always()\n        run: {line}\n"
        );
        all(&repository(GITHUB, OWN, &steps, &[]), "uncovered-docker").len()
    };
    assert_eq!(uncovered("docker ps -aq --filter label=org.testcontainers=true | xargs -r docker rm -f"), 0);
    assert_eq!(uncovered("docker ps -aq --filter label=org.testcontainers | xargs -r docker rm -f"), 0);
    for line in [
        "docker container prune -f --filter label=org.testcontainers=true",
        "docker ps -q --filter label=org.testcontainers=true | xargs -r docker stop",
        "docker ps -aq --filter label=org.testcontainers.sessionId=abc | xargs -r docker rm -f",
        "docker ps -aq --filter label=org.testcontainers=true --filter name=x | xargs -r docker rm -f",
    ] {
        assert_eq!(uncovered(line), 1, "{line}");
    }
}

#[test]
fn a_step_is_reached_by_the_calls_that_ask_for_it() {
    let called = "on:\n  workflow_call:\n    inputs:\n      cbt: { type: boolean, default: false }\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - if: ${{ inputs.cbt }}\n        run: docker run -d --name memgraph alpine sleep 9\n      - if: always()\n        run: docker rm -f memgraph\n";
    let caller = |with: &str| format!("on: push\njobs:\n  b:\n    uses: ./.github/workflows/called.yml\n{with}");
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(".github/workflows");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        ("called.yml", called.to_owned()),
        ("a.yml", caller("")),
        ("b.yml", caller("    with: { cbt: false }\n")),
        ("c.yml", caller("    with: { cbt: true }\n")),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let found = first(&root, "static-container-name");
    let said = format!("{:?} {:?}", found.callers, found.chain);
    says(&said, &["c.yml"], &["/a.yml", "/b.yml"]);
    // The job's own `if:` turns calls away as well.
    let called = called.replace("      - if: ${{ inputs.cbt }}\n        run:", "      - run:");
    let called = called.replace("  a:\n", "  a:\n    if: inputs.cbt\n");
    std::fs::write(folder.join("called.yml"), called).unwrap();
    let found = first(&root, "static-container-name");
    says(&format!("{:?} {:?}", found.callers, found.chain), &["c.yml"], &["/a.yml", "/b.yml"]);
}

#[test]
fn what_stands_before_a_removal_is_not_forgiven() {
    let head = format!("{OWN}    env: {{ N: \"n-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}\" }}\n");
    let why = |line: &str| {
        let steps =
            format!("      - run: docker run -d --rm --name $N postgres:16\n      - run: |\n          {line}\n");
        let found = first(&repository(GITHUB, &head, &steps, &[]), "empty-removal-fails");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    for other in [
        "make lint && docker stop $N || docker kill $N",
        "make lint ||\n          docker kill $N",
        "docker exec $N pytest || docker kill $N",
        "docker compose run --rm test && docker stop $N || docker kill $N",
        "{ make lint; } || docker kill $N",
        "set -o pipefail; make lint || docker kill $N | cat",
    ] {
        let (is_made, said) = why(other);
        assert!(!is_made, "{other}");
        says(&said, &["a line of its own"], &[]);
    }
    for none in [
        "docker stop ${N} || docker kill ${N}",
        "[ -z \"$KEEP\" ] || docker stop $N",
        "[[ $(date +%u) = 7 ]] && docker inspect $N || docker stop $N",
        "docker ps | grep -q $N || docker stop $N",
        "make lint; docker stop $N || sudo docker kill $N",
        "make lint || { docker kill $N; }",
    ] {
        let (is_made, said) = why(none);
        assert!(is_made, "{none}: {said}");
    }
}

#[test]
fn an_image_that_another_build_begins_with_keeps_its_name() {
    let why = |options: &str, dockerfile: &str| {
        let steps = format!(
            "      - run: docker build -t app:ci .\n      - run: docker build -t t:x-$GITHUB_RUN_ID {options} -f Dockerfile.test .\n      - run: docker run --rm app:ci make\n"
        );
        let files = [("Dockerfile", "FROM node:20\n"), ("Dockerfile.test", dockerfile)];
        let found = first(&repository(GITHUB, OWN, &steps, &files), "static-image-tag");
        (found.fix.is_some(), found.withheld.unwrap_or_default())
    };
    for (options, dockerfile) in [
        ("--build-arg TAG=ci", "ARG TAG\nFROM app:${TAG}\n"),
        ("", "ARG REG=app\nARG NAME=$REG\nFROM $NAME:ci\n"),
        ("", "FROM app:${TAG-ci}\n"),
    ] {
        let (is_made, said) = why(options, dockerfile);
        assert!(!is_made, "{options} {dockerfile}");
        says(&said, &["builds on this very tag, which `Dockerfile.test` says"], &[]);
    }
    let (is_made, said) = why("--build-context base=docker-image://app:ci", "FROM base\n");
    assert!(!is_made);
    says(&said, &["builds on this very tag, which its `--build-context` says"], &["which `Dockerfile.test` says"]);
    for (options, dockerfile) in [
        ("--build-arg TAG=other", "ARG TAG=ci\nFROM app:${TAG}\n"),
        ("--build-arg BASE=app:ci", "ARG BASE\nFROM $BASE\n"),
        ("--build-context app:ci=docker-image://node:20", "FROM app:ci\n"),
    ] {
        let (is_made, said) = why(options, dockerfile);
        assert!(is_made, "{options} {dockerfile}: {said}");
    }
}

#[test]
fn a_project_that_an_option_names_takes_its_images_along() {
    let steps = "      - run: docker compose -p shop up -d\n      - run: docker compose -p shop exec -T web ./test.sh\n      - if: always()\n        run: docker compose -p shop down\n";
    let root = repository(GITHUB, OWN, steps, &[("compose.yml", "services:\n  web:\n    build: .\n")]);
    let mut options = Options::new(root.path(), vec![root.path().to_owned()]);
    options.select = vec!["static-compose-project".to_owned()];
    let outcome = fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap();
    let text = std::str::from_utf8(&outcome.files[GITHUB].new).unwrap();
    says(text, &["down --rmi local"], &["-p shop "]);
}

#[test]
fn an_image_that_goes_on_under_a_shared_name_is_not_tagged_by_half() {
    let steps = |behind: &str| {
        format!(
            "      - run: docker build -t base:ci .\n      - run: docker tag base:ci {behind}\n      - run: docker run --rm base:ci make test\n"
        )
    };
    let shared = repository(GITHUB, OWN, &steps("test:ci"), &[]);
    let withheld = first(&shared, "static-image-tag").withheld.unwrap();
    says(&withheld, &["the name `test:ci` as well", "put the run's id into both"], &[]);
    let pushed = steps("registry.example/app:latest && docker push registry.example/app:latest");
    let pushed = repository(GITHUB, OWN, &pushed, &[]);
    let finding = first(&pushed, "static-image-tag");
    says(finding.doubt().unwrap(), &["still share the tag `registry.example/app:latest`"], &[]);
    let own = repository(GITHUB, OWN, &steps("test:$GITHUB_RUN_ID"), &[]);
    says(first(&own, "static-image-tag").doubt().unwrap(), &[], &["still share"]);
}

#[test]
fn a_container_of_compose_takes_no_labels_of_a_guard() {
    let config = "runners: [{ labels: [docker], runner: forgejo-runner 12.0, daemon: shared, helper: true }]\n";
    let none = config.replace(", helper: true", "");
    let steps = "      - run: docker compose -p \"shop-$GITHUB_RUN_ID\" up -d\n      - if: always()\n        run: docker compose -p \"shop-$GITHUB_RUN_ID\" down -v\n";
    let head = "    runs-on: docker\n";
    let why = |config: &str, steps: &str| {
        let root = repository(
            ".forgejo/workflows/ci.yml",
            head,
            steps,
            &[("compose.yaml", COMPOSE), (".berthlint.yaml", config)],
        );
        first(&root, "always-skipped-on-cancel").withheld
    };
    says(&why(config, steps).unwrap(), &["takes no labels from a file", "`berth-run up`"], &[]);
    let run = "      - run: docker run -d --name \"db-$GITHUB_RUN_ID\" postgres\n      - if: always()\n        run: docker rm -fv \"db-$GITHUB_RUN_ID\"\n";
    says(&why(&none, run).unwrap(), &["declare `helper: true`"], &[]);
    assert_eq!(why(config, run), None);
}

/// What `--fix --unsafe-fixes` makes of a repository, by path; what it leaves is not there.
fn fixed(root: &TempDir) -> BTreeMap<String, String> {
    let options = Options::new(root.path(), vec![root.path().to_owned()]);
    let outcome = fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    outcome.files.into_iter().map(|(path, changed)| (path, text(changed.new))).collect()
}

#[test]
fn a_refused_part_takes_along_what_is_of_the_same_thing() {
    let up = |file: &str| format!("docker compose -f {file}.yml -p {file}-$GITHUB_RUN_ID");
    let (a, b) = (up("a"), up("b"));
    let steps = format!(
        "      - run: {a} up -d\n      - run: {b} up -d\n      - run: P=my; {b} exec -T app psql -h ${{P}}db\n      - if: always()\n        run: |\n          {a} down -v\n          {b} down -v\n"
    );
    let files = [
        ("a.yml", "services:\n  pg:\n    image: postgres:16\n    ports: [\"5432:5432\"]\n"),
        (
            "b.yml",
            "services:\n  app:\n    image: acme/app:1\n  store:\n    image: postgres:16\n    container_name: mydb\n    ports: [\"5433:5432\"]\n",
        ),
    ];
    let files = fixed(&repository(GITHUB, OWN, &steps, &files));
    says(&files["a.yml"], &["-5432}:5432"], &[]);
    assert!(!files.contains_key("b.yml"), "{files:?}");
    // Where the project's own fix is the one that a proof refuses, its container keeps its name as well.
    let steps = "      - run: docker compose up -d\n      - run: P=my; docker compose exec -T app psql -h ${P}db\n";
    let compose = "services:\n  app:\n    image: acme/app:1\n  pg:\n    image: postgres:16\n    container_name: mydb\n";
    assert_eq!(fixed(&repository(GITHUB, OWN, steps, &[("compose.yml", compose)])), BTreeMap::new());
    let name = "      - run: docker run -d --name pg -p 5432:5432 postgres:16\n      - run: docker exec pg psql\n      - if: always()\n        run: docker rm -fv pg\n      - run: docker ps -q --filter name=pg- | xargs -r docker rm -f\n";
    assert_eq!(fixed(&repository(GITHUB, OWN, name, &[])), BTreeMap::new());
}

#[test]
fn a_second_attempt_meets_what_the_first_has_left_where_none_are_counted() {
    let steps = "      - run: |\n          docker run -d --name pg postgres:16\n          docker exec pg pg_isready\n      - if: always()\n        run: docker rm -fv pg\n";
    let removal = "          docker rm -fv \"$PG_CONTAINER\" 2>/dev/null || true # left by an attempt that was cancelled\n          docker run -d --name \"$PG_CONTAINER\"";
    let text =
        |workflow: &str, head: &str, steps: &str| fixed(&repository(workflow, head, steps, &[]))[workflow].clone();
    says(&text(GITEA, UBUNTU, steps), &[removal], &[]);
    // GitHub counts its attempts, and so does a runner that is known to.
    says(&text(GITHUB, OWN, steps), &["--name \"$PG_CONTAINER\""], &["left by an attempt"]);
    // A container that is made only where there is none is not to be taken away before.
    let kept = steps.replace("docker run", "docker inspect pg || docker run");
    says(&text(GITEA, UBUNTU, &kept), &["--name \"$PG_CONTAINER\""], &["left by an attempt"]);
}

#[test]
fn jobs_of_one_label_that_show_two_networks_are_told_of_each_other() {
    let job = |port: &str| {
        format!(
            "on: push\njobs:\n  test:\n    runs-on: self-hosted\n    services:\n      db:\n        image: postgres:16\n        ports: [\"{port}:5432\"]\n    steps:\n      - run: psql postgres://postgres@localhost:{port}/postgres -c 'select 1'\n"
        )
    };
    let why = |second: &str| {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(".gitea/workflows");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in [("a.yml", job("5432")), ("b.yml", job("5433").replace("self-hosted", second))] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let found = all(&root, "service-fixed-port");
        found.iter().map(|one| one.fix.as_ref().unwrap().why.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    let told = why("self-hosted");
    says(&told[0], &["those of the job `test` of `.gitea/workflows/b.yml`", "a network of the job's own"], &[]);
    says(&told[1], &["those of the job `test` of `.gitea/workflows/a.yml`", "the network of the machine"], &[]);
    assert!(why("other").iter().all(|why| !why.contains("the same label")));
}

#[test]
fn what_announces_a_removal_goes_with_it() {
    let steps = |says: &str| {
        format!(
            "      - run: |\n          docker run -d --name bench_container alpine sleep 9\n          docker exec bench_container ./run.sh\n\n          # Stop and remove when done\n          {says}\n          docker rm -f bench_container\n      - run: ls\n"
        )
    };
    let text = |says: &str| fixed(&repository(GITHUB, OWN, &steps(says), &[]))[GITHUB].clone();
    let mended = text("echo \"Removing docker container ...\"");
    says(&mended, &["name: Remove the bench container\n"], &["Removing", "when done"]);
    says(&text("echo \"results in out.txt\""), &["results in out.txt"], &[]);
    says(&text("echo \"removing=$NAME\" >> \"$GITHUB_ENV\""), &["removing="], &[]);
}

#[test]
fn what_may_be_said_in_place_of_a_container_s_name_fits_the_use() {
    let compose = "services:\n  tester:\n    image: acme/tester:1\n    container_name: tests\n";
    let why = |use_: &str| {
        let steps = format!(
            "      - run: docker compose -p it-$GITHUB_RUN_ID up -d\n      - run: {use_}\n      - if: always()\n        run: docker compose -p it-$GITHUB_RUN_ID down -v\n"
        );
        let root = repository(GITHUB, OWN, &steps, &[("compose.yml", compose)]);
        first(&root, "compose-fixed-port").withheld.unwrap()
    };
    says(&why("docker logs tests"), &["`docker compose logs tester`"], &["exec"]);
    says(&why("./probe http://tests:8081"), &["its service's name, `tester`"], &["exec"]);
    says(&why("docker exec tests ./run.sh"), &["docker compose exec tester"], &["logs"]);
}

#[test]
fn a_program_that_says_the_port_itself_is_not_said_to_be_unseen() {
    let steps = "      - run: docker run -d --rm --name srv -p 30000:30000 acme/server\n      - run: pytest -v bench.py --port 30000\n";
    let why = first(&repository(GITHUB, OWN, steps, &[]), "published-fixed-port").withheld.unwrap();
    says(
        &why,
        &["`pytest -v bench.py --port 30000` says 30000", "or is to listen there"],
        &["nothing in the job shows"],
    );
}

#[test]
fn a_prune_behind_a_build_is_for_its_images() {
    let build = "      - run: docker build -t reg.local/app:latest -t reg.local/app:v1 .\n";
    let prune = "      - if: always()\n        run: docker system prune -af || true\n";
    let why = |steps: &str| first(&repository(GITHUB, OWN, steps, &[]), "unscoped-prune").withheld.unwrap();
    says(
        &why(&format!("{build}{prune}")),
        &["remove `reg.local/app:latest` and `reg.local/app:v1` by name"],
        &["no command of this workflow makes"],
    );
    says(&why(prune), &["no command of this workflow makes"], &[]);
}

#[test]
fn a_service_that_is_started_again_keeps_its_port() {
    let service = "    services:\n      db:\n        image: postgres:16\n        options: --health-cmd pg_isready --name db1\n        ports: [\"5432:5432\"]\n";
    let head = format!("{OWN}{service}");
    let asked = "      - run: psql -h localhost -p 5432 -c 'select 1'\n";
    let withheld =
        |steps: &str| first(&repository(GITHUB, &head, &format!("{steps}{asked}"), &[]), "service-fixed-port").withheld;
    let why = withheld("      - run: docker restart --time 0 db1\n").unwrap();
    says(&why, &["`docker restart --time 0 db1` starts the service again"], &[]);
    assert!(withheld("      - run: docker restart --time 0 ${{ job.services.db.id }}\n").is_some());
    assert_eq!(withheld("      - run: docker restart other\n"), None);
}

#[test]
fn what_a_project_keeps_is_not_said_of_what_it_does_not_keep() {
    let compose = "services:\n  app:\n    build: .\n    volumes: [\"d:/data\"]\nvolumes:\n  d: {}\n";
    let why = |compose: &str, end: &str| {
        let steps = format!(
            "      - run: docker compose -p app up -d\n      - if: always()\n        run: |\n          docker compose -p app down\n          {end}\n"
        );
        let root = repository(GITHUB, OWN, &steps, &[("compose.yml", compose)]);
        let finding = first(&root, "static-compose-project");
        finding.fix.unwrap().why.clone().unwrap()
    };
    let (empty, anew) = ("begins with an empty volume", "builds the image of `app` anew");
    says(&why(compose, "true"), &[empty, anew], &[]);
    says(&why(&compose.replace("build: .", "build: .\n    pull_policy: build"), "true"), &[empty], &[anew]);
    says(&why(compose, "docker rmi app-app"), &[empty], &[anew]);
    says(&why(compose, "docker volume rm $(docker volume ls -q --filter name=_d) || true"), &[anew], &[empty]);
    says(&why(compose, "docker volume prune -af"), &[anew], &[empty]);
}

#[test]
fn a_variable_that_is_called_storage_tells_of_no_full_disk() {
    let why = |test: &str| {
        let steps = format!("      - run: |\n          {test} && docker container prune -f\n");
        let text = format!(
            "on:\n  schedule: [{{ cron: '0 3 * * *' }}]\njobs:\n  sweep:\n    runs-on: self-hosted\n    steps:\n{steps}"
        );
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(GITHUB);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        first(&root, "unscoped-prune").withheld.unwrap_or_default()
    };
    says(&why("[ \"$USAGE\" -gt 80 ]"), &["the disk is full"], &[]);
    for other in ["[ \"$STORAGE\" = ssd ]", "[ \"$1\" = --free ]", "[ \"$USAGE\" ]"] {
        says(&why(other), &[], &["the disk is full"]);
    }
}

#[test]
fn a_project_of_either_compose_gets_no_step_that_calls_one_of_them() {
    let steps = "      - run: |\n          if docker compose version; then dc=\"docker compose\"; else dc=\"docker-compose\"; fi\n          $dc up -d\n          $dc exec -T web true\n";
    let head = "    runs-on: self-hosted\n    env:\n      COMPOSE_PROJECT_NAME: shop-${{ github.run_id }}-${{ github.run_attempt }}\n";
    let root = repository(GITHUB, head, steps, &[("compose.yaml", COMPOSE)]);
    let finding = first(&root, "missing-teardown");
    assert_eq!(finding.fix, None);
    says(finding.withheld.as_deref().unwrap(), &["a variable that only its own script has"], &[]);
}

/// Why there is no fix of the first finding of a rule, else what speaks against it.
fn why_not(root: &TempDir, rule: &str) -> String {
    let found = first(root, rule);
    found.fix.and_then(|fix| fix.why.clone()).or(found.withheld).unwrap_or_default()
}

#[test]
fn an_advised_project_keeps_what_tells_the_legs_apart() {
    let advised = |name: &str| {
        let head =
            format!("{OWN}    strategy: {{ matrix: {{ include: [{{ db: pg, x: 1 }}, {{ db: my, x: 2 }}] }} }}\n");
        let steps = format!("      - run: echo \"P={name}\" >> $GITHUB_ENV\n      - run: docker compose -p $P up -d\n");
        help(&first(&repository(GITHUB, &head, &steps, &[]), "static-compose-project")).to_owned()
    };
    says(&advised("shop-${{ matrix.db }}"), &["`-p shop-${{ matrix.db }}-${{ github.run_id }}-"], &["-p test-"]);
    says(&advised("shop"), &["`-p shop-${{ github.run_id }}-", "-${{ matrix.db }}"], &[]);
}

#[test]
fn a_compose_file_that_only_the_run_knows_is_not_said_to_be_missing() {
    let why = |file: &str| {
        let steps = format!(
            "      - run: docker compose -f {file} -p it up -d\n      - if: always()\n        run: docker compose -f {file} -p it down\n"
        );
        why_not(&repository(GITHUB, OWN, &steps, &[("compose.yml", COMPOSE)]), "static-compose-project")
    };
    let (missing, unknown) = ("its compose file is not there", "which compose file `<(envsubst < compose.yml)` is");
    says(&why("<(envsubst < compose.yml)"), &[unknown], &[missing]);
    says(&why("other.yml"), &[missing], &["only the run knows"]);
}

#[test]
fn a_port_that_is_the_default_of_a_variable_is_seen_as_used() {
    let why = |uses: &str| {
        let steps = format!("      - run: docker compose up -d\n      - run: {uses}\n");
        let compose = "services:\n  web:\n    image: nginx\n    ports: [\"8769:80\"]\n";
        why_not(&repository(GITHUB, OWN, &steps, &[("compose.yml", compose)]), "compose-fixed-port")
    };
    let default = why("\"curl http://localhost:${PORT:-8769}/health\"");
    says(&default, &["has port 8769 as the default of a variable"], &["nothing in the job"]);
    // What formats text asks nobody.
    says(&why("python3 -m json.tool < a.json"), &["nothing in the job shows"], &["json.tool"]);
}

#[test]
fn a_name_under_an_anchor_is_not_said_to_be_used_elsewhere() {
    let why = |compose: &str| {
        let root = repository(GITHUB, OWN, "      - run: docker compose up -d node\n", &[("compose.yml", compose)]);
        why_not(&root, "compose-fixed-port")
    };
    let anchored =
        "x-node: &n\n  container_name: my-node\n  hostname: my-node\n  image: alpine\nservices:\n  node:\n    <<: *n\n";
    says(&why(anchored), &["under the anchor `&n`"], &["elsewhere"]);
}

#[test]
fn a_prune_behind_a_project_that_is_down_is_not_advised_to_take_it_down() {
    let why = |before: &str| {
        let steps = format!(
            "      - run: docker compose up -d\n      - if: always()\n        run: |\n          {before}\n          docker volume prune -f\n"
        );
        why_not(&repository(GITHUB, OWN, &steps, &[("compose.yml", COMPOSE)]), "unscoped-prune")
    };
    says(&why("docker compose down -v"), &["taken down before it", "delete this line"], &["instead"]);
    says(&why("true"), &["take the project down instead"], &["before it"]);
}

#[test]
fn a_prune_that_keeps_a_size_is_not_advised_an_age() {
    let finding = |prune: &str| {
        let root = repository(GITHUB, OWN, &format!("      - run: docker builder prune --all -f {prune}\n"), &[]);
        first(&root, "unscoped-prune")
    };
    let kept = finding("--keep-storage=2gb");
    says(&kept.message, &["all but what its options keep"], &["everything again"]);
    for text in [help(&kept), kept.withheld.as_deref().unwrap()] {
        says(text, &["on a schedule"], &["until="]);
    }
    says(&finding("").message, &["everything again"], &[]);
}

#[test]
fn a_kill_of_the_jobs_own_process_is_not_said_to_be_another_jobs() {
    let why = |steps: &str| why_not(&repository(GITHUB, OWN, steps, &[]), "fuzzy-process-kill");
    let others = "another job's";
    says(&why("      - run: ./upf & make test; killall upf\n"), &["this job's own process"], &[others]);
    says(&why("      - run: killall upf\n"), &[others], &["own process"]);
    says(&why("      - run: killall upf || true; ./upf & make test\n"), &[others], &["own process"]);
    says(&why("      - run: pkill kube-controller-manager\n"), &["this ends nothing"], &[others]);
}

#[test]
fn a_removal_behind_a_command_that_fails_first_is_mended_with_its_step() {
    let steps = "      - run: |\n          c=$(docker run -d --rm acme/app)\n          echo \"CID=$c\" >> $GITHUB_ENV\n      - run: docker exec $CID make test\n      - if: always()\n        run: |\n          docker exec $CID cat fail.log\n          docker stop $CID\n";
    let mended = fixed(&repository(GITHUB, OWN, steps, &[]))[GITHUB].clone();
    says(&mended, &["        run: docker stop $CID || true\n"], &["fail.log\n          docker stop"]);
}

#[test]
fn what_a_prune_may_be_meant_for_is_not_denied_where_the_job_calls_what_is_not_there() {
    let why = |calls: &str| {
        let steps = format!("      - run: {calls}\n      - run: docker network prune -f\n");
        why_not(&repository(GITHUB, OWN, &steps, &[]), "unscoped-prune")
    };
    says(&why("bash ci/up.sh"), &["no command that can be read here"], &["no command of this workflow"]);
    says(&why("go vet ./..."), &["no command of this workflow"], &["can be read here"]);
}

#[test]
fn a_quoted_image_of_a_compose_file_gets_the_runs_tag() {
    let steps = "      - run: docker build -t app:ci .\n      - run: docker compose up --exit-code-from app app\n";
    let files = [("compose.yml", "services: { app: { image: \"app:ci\" } }\n")];
    let files = fixed(&repository(GITHUB, OWN, steps, &files));
    says(&files["compose.yml"], &["image: \"${APP_CI_IMAGE:-app:ci}\""], &[]);
}

#[test]
fn a_name_of_a_services_option_is_not_said_to_stand_in_another_file() {
    let head = format!("{OWN}    services: {{ rd: {{ image: redis, options: --name redis-test }} }}\n");
    let why = why_not(&repository(GITHUB, &head, "      - run: make\n", &[]), "static-container-name");
    says(&why, &["no command of the job gives that name"], &["a file that cannot be edited"]);
}
