use super::testing::{printed, script, traced};

#[test]
fn names_come_through_variables() {
    let trace = script(
        "NAME=pg-${GITHUB_RUN_ID}\ndocker run -d --name \"$NAME\" postgres:${TAG:-15}\ndocker rm -f $NAME || true\n",
    );
    assert_eq!(printed(&trace), ["run pg-${{ github.run_id }} postgres:15", "~ rm pg-${{ github.run_id }}"]);
}

/// What steps hand on in branches, in lines of their own and in the form of a heredoc.
#[test]
fn names_come_through_outputs_and_variables() {
    let steps = |write: &str, name: &str| {
        let lines: String = write.lines().map(|line| format!("          {line}\n")).collect();
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - id: s\n        run: |\n{lines}      - run: docker run --name \"{name}\" i\n"
        );
        printed(&traced(&text, &[]).traces[0]).pop().unwrap_or_default()
    };
    let output = "${{ steps.s.outputs.n }}";
    let branches = "if [ $X = 1 ]; then\n  echo n=a >> $GITHUB_OUTPUT\nelse\n  echo n=b >> $GITHUB_OUTPUT\nfi";
    assert_eq!(steps(branches, output), "run a|b i");
    let grouped = "{\n  echo 'n<<END'\n  echo pg-$GITHUB_RUN_ID\n  echo END\n} >> $GITHUB_OUTPUT";
    assert_eq!(steps(grouped, output), "run pg-${{ github.run_id }} i");
    let heredoc = "cat >> $GITHUB_ENV <<EOF\nOTHER=1\nN=pg\nEOF";
    assert_eq!(steps(heredoc, "$N"), "run pg i");
    let several = "printf 'N<<E\\na\\nb\\nE\\nM=c\\n' >> $GITHUB_ENV";
    assert_eq!(steps(several, "$M"), "run c i");
}

#[test]
fn words_that_branches_add_up_are_all_there() {
    let trace = script("T='-t a:1'\nif [ $X = 1 ]; then T=\"$T -t b:$GITHUB_RUN_ID\"; fi\ndocker build $T .\n");
    let build = trace.acts.iter().find_map(|act| match &act.kind {
        super::ActKind::Docker(call) => match &call.verb {
            crate::docker::Verb::Build(build) => Some(build),
            _ => None,
        },
        _ => None,
    });
    let tags: Vec<String> = build.iter().flat_map(|build| &build.tags).map(|tag| tag.value.to_string()).collect();
    assert_eq!(tags, ["a:1", "b:${{ github.run_id }}"]);
}

/// Behind the branches the job is where one of them went: who enters a folder means to be there.
#[test]
fn the_folder_that_one_branch_enters_is_not_the_others() {
    let folders =
        |text: &str| -> Vec<String> { script(text).acts.iter().map(|act| act.directory.value().to_string()).collect() };
    let (root, web) = ("${{ github.workspace }}", "${{ github.workspace }}/web");
    assert_eq!(folders("if make x; then cd web; docker run a; else docker run b; fi\n")[1..], [web, root]);
    assert_eq!(folders("if make x; then cd web; fi\ndocker run a\n")[1..], [web]);
}

#[test]
fn a_function_of_a_sourced_script_has_the_chain_of_its_call() {
    let text =
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          . ci/lib.sh\n          up\n";
    let traced = traced(text, &[("ci/lib.sh", "one() { docker run a; }\nup() { one; }\n")]);
    let act = traced.traces[0].acts.first().expect("a command");
    assert_eq!(act.at.path.as_ref(), "ci/lib.sh");
    assert_eq!(act.chain.iter().map(|link| link.what.as_str()).collect::<Vec<_>>(), ["up"]);
}

/// A shell that reads a script from its standard input runs the script.
#[test]
fn a_script_that_a_shell_reads_is_followed() {
    let script = ("ci/run.sh", "docker run --name \"pg-$1\" postgres\n");
    let run = |line: &str| {
        let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          {line}\n");
        printed(&traced(&text, &[script]).traces[0])
    };
    let wanted = ["~> run pg-one postgres"];
    assert_eq!(run("bash -s one < ci/run.sh"), wanted);
    assert_eq!(run("sh -s -- one <ci/run.sh"), wanted);
    assert_eq!(run("cat ci/run.sh | sh -s one").last(), Some(&wanted[0].to_owned()));
    // The loop reads the file, not the shell in it.
    assert!(!run("while read -r x; do bash -s; done < ci/run.sh").iter().any(|act| act.contains("postgres")));
}

#[test]
fn listings_are_found_again() {
    let trace = script(
        "ids=$(docker ps -aq --filter label=a=b)\nif [ -n \"$ids\" ]; then docker rm -f $ids; fi\nfor c in $(docker ps -q); do docker rm -f $c; done\ndocker ps -aq | xargs -r docker rm -f\n",
    );
    let removals: Vec<_> = trace.acts.iter().filter(|act| act.text.contains("docker rm")).collect();
    assert_eq!(removals.len(), 3, "{:?}", printed(&trace));
    let names = |index: usize| match &removals[index].kind {
        super::ActKind::Docker(call) => match &call.verb {
            crate::docker::Verb::Remove(remove) => remove.names.clone(),
            verb => panic!("{verb:?}"),
        },
        kind => panic!("{kind:?}"),
    };
    assert!(trace.capture(&names(0)[0].value).is_some_and(|capture| capture.stages[0].call.is_some()));
    assert!(trace.capture(&names(1)[0].value).is_some());
    assert!(removals[0].context.guarded && removals[1].context.guarded);
    assert!(removals[2].context.stdin.is_some() && removals[2].context.xargs.is_some());
}

#[test]
fn commands_that_awk_or_a_pipe_makes_are_walked() {
    let trace = script(
        "ps aux | grep srv | awk '{system(\"kill -9 \"$2)}' || true\necho 'docker rm -f pg' | sh\ndocker ps -q | awk '{print \"docker stop\", $1}' | bash -e\n",
    );
    // Without the pipes that they were read from.
    let lines = printed(&trace);
    let commands: Vec<&str> = lines.iter().filter_map(|line| line.split(" of $(").next()).collect();
    assert_eq!(
        commands.iter().filter(|line| !line.contains("awk")).collect::<Vec<_>>(),
        [
            &"~ ps aux",
            &"~ grep srv",
            &"?~! kill -9 $2",
            &"~ echo docker rm -f pg",
            &"~ rm pg",
            &"~ List",
            &"?! Control"
        ],
    );
}

#[test]
fn branches_that_cannot_be_are_left_out() {
    let trace = script("X=1\nif [ \"$X\" = 2 ]; then docker run a; else docker run b; fi\n[ -f x ] && docker run c\n");
    assert_eq!(printed(&trace), ["run  b", "?! run  c"]);
}

#[test]
fn branches_say_what_they_ask() {
    let trace = script(
        "if docker inspect pg; then docker rm -f a; else docker rm -f b; fi\n[ -z \"$X\" ] && docker rm -f c\nmake || { docker rm -f d; exit 1; }\ncase $X in on) docker rm -f e;; esac\nfor i in 1 2; do if [ $i = $N ]; then docker rm -f f; fi; done\ncommand -v docker && docker rm -f g\ndocker rm -f h\nstop() { docker rm -f i; exit 1; }\nmake || stop\nif [ -n \"$Y\" ]; then exit 0; fi\ndocker rm -f j\nexit 1\n",
    );
    let rows = trace.acts.iter().filter(|act| act.text.contains("docker rm")).map(|act| {
        let branches = act.context.branches.iter().map(|branch| {
            let question = match &branch.question {
                super::Question::Present => "present",
                super::Question::Values(_) => "values",
                super::Question::Command => "command",
            };
            let marks = [(branch.on_yes, "+"), (branch.fails, "!"), (branch.in_loop, "@")];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{question}{marks} {}/{}", branch.arm, branch.arms)
        });
        format!("{} {}", act.text.split(' ').next_back().unwrap_or_default(), branches.collect::<Vec<_>>().join(", "))
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            "a command+ 0/2",
            "b command 1/2",
            "c values 0/0",
            "d command! 0/0",
            "e values+ 0/0",
            "f values+@ 0/0",
            "g present+ 0/0",
            "h ",
            "i command! 0/0",
            "j command! 0/0"
        ]
    );
}

#[test]
fn traps_and_functions_run_where_they_belong() {
    let trace = script(
        "cleanup() { docker rm -f pg; }\ntrap cleanup EXIT\ndocker run -d --name pg postgres\nmake_it() { docker run -d --name $1 redis; }\nmake_it r\n",
    );
    assert_eq!(printed(&trace), ["run pg postgres", "run r redis", "~T rm pg"]);
}

#[test]
fn what_runs_elsewhere_is_marked() {
    let trace = script(
        "ssh h 'docker rm -f x'\nssh h <<EOF\ndocker run y\nEOF\ndocker exec c sh -c 'pkill z'\nexport DOCKER_HOST=ssh://u@h\ndocker run w\n",
    );
    assert_eq!(
        printed(&trace),
        ["E ssh docker rm -f x", "E rm x", "E ssh", "E run  y", "Exec", "~C pkill z", "E run  w"]
    );
    // By the program that carries it there.
    let trace = script("kubectl exec pod -- docker rm -f x\nautossh h docker ps\n");
    assert_eq!(printed(&trace), ["E kubectl docker rm -f x", "E rm x", "E autossh docker ps", "E List"]);
}

#[test]
fn scripts_and_make_are_followed() {
    let traced = traced(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: bash ci/up.sh pg\n      - run: make -C ci down\n",
        &[
            ("ci/up.sh", "#!/bin/sh\nset -e\n. \"$(dirname \"$0\")/lib.sh\"\nstart \"$1\"\n"),
            ("ci/lib.sh", "start() { docker run -d --name $1 postgres; }\n"),
            ("ci/Makefile", "NAME = pg\ndown:\n\t-docker rm -f $(NAME)\n"),
        ],
    );
    assert_eq!(printed(&traced.traces[0]), ["> dirname $0", "> run pg postgres", "~> rm pg"]);
    let acts = &traced.traces[0].acts[1..];
    assert_eq!(&*acts[0].at.path, "ci/lib.sh");
    assert_eq!(acts[0].chain[0].what, "bash ci/up.sh pg");
}

#[test]
fn the_environment_file_reaches_later_steps() {
    let traced = traced(
        "on: push\nenv: { A: w }\njobs:\n  a:\n    runs-on: x\n    env: { B: \"${{ env.A }}-j\" }\n    steps:\n      - run: echo \"NAME=$B-$RANDOM\" >> \"$GITHUB_ENV\"\n      - run: docker run --name $NAME ${{ env.B }}\n      - id: o\n        run: |\n          { echo v=1; } >> $GITHUB_OUTPUT\n      - run: docker run --name ${{ steps.o.outputs.v }} x\n",
        &[],
    );
    let lines = printed(&traced.traces[0]);
    assert!(lines.contains(&"run w-j-$RANDOM w-j".to_owned()), "{lines:?}");
    assert!(lines.contains(&"run 1 x".to_owned()), "{lines:?}");
}

/// What steps with these scripts do, and what of it was not followed.
fn followed(runs: &[&str], files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let steps: String = runs.iter().map(|run| format!("      - run: {run}\n")).collect();
    let workflow = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
    let traced = traced(&workflow, files);
    let trace = &traced.traces[0];
    (printed(trace), trace.unfollowed.iter().map(|call| call.why.clone()).collect())
}

#[test]
fn a_wrapper_around_nothing_is_known() {
    for run in ["command -v docker", "command -v \"$TOOL\"", "sudo -v", "env"] {
        assert_eq!(followed(&[run], &[]).1, [""; 0], "{run}");
    }
    for run in ["$TOOL up", "sudo $TOOL"] {
        assert_eq!(followed(&[run], &[]).1, ["the command's name is not known before it runs"], "{run}");
    }
}

#[test]
fn the_repository_may_lie_in_a_folder_of_the_workspace() {
    let files = [("ci/x.sh", "docker rm pg\n")];
    let run = |with: &str, run: &str| {
        let workflow = format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n        with: {{ {with} }}\n      - run: {run}\n"
        );
        printed(&traced(&workflow, &files).traces[0]).pop().unwrap_or_default()
    };
    assert_eq!(run("path: app/", "cd app && ci/x.sh"), "~> rm pg");
    assert_eq!(run("path: app", "cd app/ci && ./x.sh"), "~> rm pg");
    assert_eq!(run("path: app, repository: team/other", "cd app && ci/x.sh"), "x.sh");
    assert_eq!(run("path: application", "cd app && ci/x.sh"), "x.sh");
}

/// The same call with nothing in between does the same twice. What stands between, or where the call stands when its
/// words are the command's, makes it another one.
#[test]
fn a_call_that_is_repeated_is_followed_once() {
    let files = [
        ("ci/up.sh", "docker run -d --name pg postgres\n"),
        ("ci/with.sh", "docker run -d --name $1 postgres\n"),
        ("ci/do.sh", "\"$@\"\n"),
        ("ci/a.sh", "bash ci/b.sh\ndocker rm pg\n"),
        ("ci/b.sh", "bash ci/a.sh\n"),
    ];
    let found = |run: &str| followed(&[run], &files).0.iter().filter(|act| act.contains(" pg")).count();
    assert_eq!(found("bash ci/up.sh; bash ci/up.sh"), 1);
    assert_eq!(found("bash ci/up.sh; set +e; bash ci/up.sh"), 1);
    // What is not exported no script sees.
    assert_eq!(found("bash ci/up.sh; X=1; bash ci/up.sh"), 1);
    for between in ["docker ps", "export X=1", "echo A=1 >> $GITHUB_ENV", "cat <<< A=1 > .env", "trap '' HUP"] {
        assert_eq!(found(&format!("bash ci/up.sh; {between}; bash ci/up.sh")), 2, "{between}");
    }
    assert_eq!(found("bash ci/with.sh pg; bash ci/with.sh pg2"), 2);
    assert_eq!(found("bash ci/do.sh docker rm pg; bash ci/do.sh docker rm pg"), 2);
    assert_eq!(found("bash ci/a.sh; bash ci/a.sh"), 2 * found("bash ci/a.sh"));
}

#[test]
fn just_is_followed() {
    let files = [(
        "ci/justfile",
        "set shell := [\"bash\", \"-euo\", \"pipefail\", \"-c\"]\nname := \"pg\"\nexport TAG := \"16\"\nup port=\"1\": (net name)\n    docker run --name {{name}}-{{port}} postgres:$TAG\nnet n:\n    docker network create {{n}}\ndown:\n    -docker rm -f {{name}}\npy:\n    #!/usr/bin/env python3\n    print()\n",
    )];
    let run = |run: &str| followed(&[run], &files);
    assert_eq!(run("just -f ci/justfile up 2").0, ["> Make", "> run pg-2 postgres:16"]);
    assert_eq!(run("cd ci && just name=x down up").0, ["~> rm x", "> Make", "> run x-1 postgres:16"]);
    assert_eq!(run("cd ci; just --set name y down").0, ["~> rm y"]);
    assert_eq!(run("just -f ci/justfile --dry-run up"), (vec![], vec![]));
    assert_eq!(run("just -f ci/justfile py").1, ["the recipe py is run by python3"]);
    assert_eq!(run("just -f ci/justfile no").1, ["just no: the justfile has no such recipe"]);
    assert_eq!(run("just up"), (vec!["just up".to_owned()], vec!["there is no justfile in . or above".to_owned()]));
}

#[test]
fn task_is_followed() {
    let files = [(
        "infra/Taskfile.yml",
        "version: '3'\nvars: { NAME: pg }\ntasks:\n  up:\n    env: { TAG: '16' }\n    deps: [net]\n    cmds:\n      - defer: docker rm -f {{.NAME}}\n      - docker run --name {{.NAME}} postgres:$TAG {{.CLI_ARGS}}\n  net:\n    cmds: [docker network create n]\n",
    )];
    let run = |run: &str| followed(&[run], &files);
    assert_eq!(run("task -d infra up -- x").0, ["> Make", "> run pg postgres:16", "> rm pg"]);
    assert_eq!(run("cd infra && task up NAME=x").0, ["> Make", "> run x postgres:16", "> rm x"]);
    assert_eq!(run("go-task -t infra/Taskfile.yml net").0, ["> Make"]);
    assert_eq!(run("task -d infra --list"), (vec![], vec![]));
    assert_eq!(run("task -d infra no").1.len(), 1);
}

#[test]
fn package_scripts_are_followed() {
    let files = [
        (
            "web/package.json",
            "{\"scripts\": {\"preup\": \"npm run down\", \"up\": \"docker run --name\", \"down\": \"docker rm -f pg || true\", \"loop\": \"npm run loop && yarn loop\"}}",
        ),
        ("package.json", "{\"scripts\": {\"all\": \"npm --prefix web run up -- a b\"}}"),
    ];
    let run = |run: &str| followed(&[run], &files);
    for spelling in [
        "npm run all",
        "cd web && npm run up a b",
        "npm --prefix web run up -- a b",
        "npm run -w web up a b",
        "pnpm run all",
        "yarn all",
    ] {
        assert_eq!(run(spelling), (vec!["~> rm pg".to_owned(), "> run a b".to_owned()], vec![]), "{spelling}");
    }
    assert_eq!(run("pnpm -C web up a b").0, ["pnpm -C web up a b"], "an own verb of pnpm");
    assert_eq!(run("pnpm --filter api down").1, ["it is not known where the workspace api is"]);
    assert_eq!(run("npm run no").1, ["package.json has no script no"]);
    assert!(run("cd web; npm run loop").1.contains(&"it calls itself".to_owned()));
    assert_eq!(run("cd /srv && npm run x").1, ["npm runs outside the checkout"]);
}

#[test]
fn local_actions_are_followed() {
    let composite =
        |steps: &str| format!("inputs: {{ name: {{ default: pg }} }}\nruns:\n  using: composite\n  steps:\n{steps}");
    let outer = composite("    - uses: ./inner\n      with: { name: \"${{ inputs.name }}-x\" }\n    - uses: ./gone\n");
    let inner = composite(
        "    - run: docker run --name ${{ inputs.name }} a\n      shell: bash\n    - run: ${{ github.action_path }}/x.sh\n      shell: bash\n    - run: $GITHUB_ACTION_PATH/x.sh\n      shell: bash\n",
    );
    let cycle = composite("    - uses: ./cycle\n");
    let traced = traced(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./outer\n      - uses: ./cycle\n",
        &[
            ("outer/action.yml", &outer),
            ("inner/action.yaml", &inner),
            ("inner/x.sh", "docker rm -f pg\n"),
            ("cycle/action.yml", &cycle),
        ],
    );
    let trace = &traced.traces[0];
    assert_eq!(printed(trace), ["> run pg-x a", "~> rm pg", "~> rm pg"]);
    let chain: Vec<&str> = trace.acts[1].chain.iter().map(|link| link.what.as_str()).collect();
    assert_eq!(chain, ["uses: ./outer", "uses: ./inner", "${{ github.action_path }}/x.sh"]);
    let why: Vec<&str> = trace.unfollowed.iter().map(|call| call.why.as_str()).collect();
    assert_eq!(why, ["there is no action.yml in gone", "it calls itself"]);
}

#[test]
fn a_composite_action_hands_out_its_outputs() {
    let traced = traced(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - id: db\n        uses: ./.github/actions/name\n      - run: docker run --name ${{ steps.db.outputs.name }} x\n",
        &[(
            ".github/actions/name/action.yml",
            "runs:\n  using: composite\n  steps:\n    - id: n\n      shell: sh\n      run: echo \"v=pg-$GITHUB_RUN_ID\" >> \"$GITHUB_OUTPUT\"\noutputs:\n  name:\n    value: ${{ steps.n.outputs.v }}\n",
        )],
    );
    let printed = printed(&traced.traces[0]);
    assert!(printed.contains(&"run pg-${{ github.run_id }} x".to_owned()), "{printed:?}");
}

#[test]
fn ways_that_leave_a_function_or_a_script_early_count() {
    let check = "check() { if curl x; then N=a; return 0; fi; N=b; return 1; }\n";
    let trace = script(&format!("{check}if check; then docker run a; fi\ndocker rm -f $N\n"));
    assert_eq!(printed(&trace), ["~ curl x", "?! run  a", "rm a|b"]);
    // What comes behind `a && return` comes when a fails.
    let wait = "wait_for() { for i in 1 2 3; do curl x && return 0; sleep 1; done; return 1; }\n";
    let trace = script(&format!("{wait}wait_for || docker logs c\n"));
    assert_eq!(printed(&trace), ["~ curl x", "~ sleep 1", "? Logs"]);
    // A function that exits ends the script.
    let trace = script("die() { echo no; exit 1; }\ndie\ndocker run a\n");
    assert_eq!(printed(&trace), ["echo no"]);
    let trace = script("die() { exit 1; }\ndocker info || die\ndocker run a\n");
    assert_eq!(printed(&trace), ["Info", "run  a"]);
    // Who left before a name was given has nothing to remove.
    let trace = script(
        "[ -n \"$SKIP\" ] && exit 0\nN=pg\ntrap 'docker rm -f $N' EXIT\nf() { [ -n \"$S\" ] && return; M=x; }\nf\ndocker run $M\n",
    );
    assert_eq!(printed(&trace), ["run  x", "~T rm pg"]);
    // Whoever emptied a name and left has an empty one.
    let trace = script("f() { N=; [ -n \"$S\" ] && return; N=x; }\nf\ndocker rm -f \"${N:-y}\"\n");
    assert_eq!(printed(&trace), ["rm x|y"]);
    // What a loop leaves is what it had when it was left.
    let trace = script("for p in 1 2; do N=c-$p; docker inspect $N && break; done\ndocker rm -f $N\n");
    assert_eq!(printed(&trace)[1], "rm c-1|2");
}

#[test]
fn what_is_printed_is_read_back() {
    let trace = script(
        "f() { if [ -f x ]; then echo a; else printf '%s\\n' b; fi; }\nN=$(f)\ndocker rm -f pg-$N\nM=$({ echo x; echo y; } | cat)\ndocker rm -f q-\"$(echo z >&2)\"\n",
    );
    let removals: Vec<String> = printed(&trace).into_iter().filter(|line| line.contains("rm ")).collect();
    assert_eq!(removals, ["rm pg-a|b", "rm q-"]);
}

#[test]
fn a_child_shell_sees_what_is_exported() {
    let trace =
        script("A=1\nexport B=2\nC=3 sh -c 'docker rm -f a-$A-$B-$C'\nset -a\nD=4\nbash -c 'docker rm -f $D'\n");
    assert_eq!(printed(&trace), ["~ rm a-$A-2-3", "~ rm 4"]);
}

/// What the outer shell replaces in the text of another is its own, in single quotes of that text as well.
#[test]
fn text_for_another_shell_is_expanded_before() {
    for text in ["docker rm $N", "docker rm '$N'", "docker rm \\\"$N\\\"", "docker rm '$N'; : don\\'t"] {
        let trace = script(&format!("N=pg\nbash -c \"{text}\"\n"));
        assert_eq!(printed(&trace)[0], "~ rm pg", "{text}");
    }
    assert_eq!(printed(&script("f() { bash -c \"docker rm '$1'\"; }\nf pg")), ["~ rm pg"]);
    assert_eq!(printed(&script("bash -c \"docker rm '\\$1'\" x pg")), ["~ rm $1"]);
    assert_eq!(printed(&script("bash -c \"docker rm \\$1\" x pg")), ["~ rm pg"]);
}

/// What stands in double quotes has the values of the shell around, at that time; what is escaped, those of the shell
/// that runs the text.
#[test]
fn expanded_text_has_the_values_of_the_shell_around() {
    for (text, removes) in [
        ("N=pg\nbash -c \"N=other; docker rm $N\"\n", "~ rm pg"),
        ("N=pg\nbash -c \"N=other; docker rm \\$N\"\n", "~ rm other"),
        ("N=pg\nbash -c \"docker rm \\${N:-none} $N\"\n", "~ rm none pg"),
        ("export N=pg\nbash -c \"docker rm \\${N:-none}\"\n", "~ rm pg"),
        ("N=pg\neval \"N=other; docker rm $N\"\n", "rm pg"),
        ("N=pg\neval \"N=other; docker rm \\$N\"\n", "rm other"),
        ("N=pg\nbash <<E\nN=other\ndocker rm $N\nE\n", "~ rm pg"),
        ("N=pg\nbash <<E\ndocker rm \\${N:-none}\nE\n", "~ rm none"),
        ("N=pg\ntrap \"docker rm $N\" EXIT\nN=other\n", "rm pg"),
        ("N=pg\ntrap 'docker rm $N' EXIT\nN=other\n", "rm other"),
        ("N=pg\ntrap \"docker rm \\$N\" EXIT\nN=other\n", "rm other"),
        ("f() { local c=$1; trap \"docker rm $c\" EXIT; }\nf pg\n", "rm pg"),
        ("f() { trap \"docker rm $1\" EXIT; }\nf pg\n", "rm pg"),
    ] {
        let removed = printed(&script(text));
        assert!(removed.len() == 1 && removed[0].ends_with(removes), "{text}: {removed:?}");
    }
}

/// A helper that runs what it is given is not the place of these commands: its call is.
#[test]
fn text_that_a_function_is_given_stands_where_it_is_called() {
    for helper in ["eval \"$1\"", "bash -c \"$1\"", "local cmd=\"$1\"; if eval \"$cmd\" 2> /dev/null; then :; fi"] {
        let trace =
            script(&format!("run() {{ {helper}; }}\nN=pg-$RANDOM\nrun \"docker rm '$N'\"\nrun 'docker prune'\n"));
        let acts: Vec<_> = trace.acts.iter().filter(|act| act.call().is_some()).collect();
        let written = |act: &crate::trace::Act| act.frame.source.text()[act.at.span.range()].to_owned();
        assert_eq!(
            acts.iter().map(|act| written(act)).collect::<Vec<_>>(),
            ["docker rm '$N'", "docker prune"],
            "{helper}"
        );
    }
    // What it is given may stand nowhere.
    for helper in ["eval \"$1\"", "bash -c \"$1\""] {
        let trace = script(&format!("run() {{ {helper}; }}\nN='docker rm pg'\nrun \"$N\"\n"));
        assert!(printed(&trace)[0].ends_with("rm pg"), "{helper}");
    }
    // A variable of the helper's own is not the caller's.
    let trace = script("run() { local N=other; eval \"$1\"; }\nN=pg\nrun \"docker rm $N\"\n");
    assert!(printed(&trace)[0].ends_with("rm pg"));
    // A label may say the same.
    let trace = script("run() { echo \"$1\"; eval \"$2\"; }\nrun 'docker rm pg' 'docker rm pg'\n");
    assert!(trace.acts.iter().filter(|act| act.call().is_some()).all(|act| act.at.span.start > 60));
    // Its own arguments hide those of the function that calls it.
    let trace = script("run() { eval \"$1\"; }\nf() { run \"docker rm $1\"; }\nf pg\n");
    assert_eq!(printed(&trace), ["rm pg"]);
}

#[test]
fn a_loop_whose_test_fails_at_once_does_nothing() {
    for loop_ in [
        "while [[ $# -gt 0 ]]; do docker rm pg; shift; done",
        "i=3; until [ $i -gt 2 ]; do docker rm pg; i=$((i + 1)); done",
    ] {
        assert_eq!(printed(&script(&format!("f() {{ {loop_}; }}\nf\n"))), [""; 0], "{loop_}");
    }
    for loop_ in [
        "while [ $i -lt 3 ]; do docker rm pg; done",
        "i=0; while [ $i -lt 3 ]; do docker rm pg; i=$((i + 1)); done",
        "a=(); while read x; do a+=($x); done; for x in \"${a[@]}\"; do docker rm pg; done",
        "a=(); if [ \"$X\" ]; then a+=(x); fi; for x in \"${a[@]}\"; do docker rm pg; done",
        "a=(); mapfile a; for x in \"${a[@]}\"; do docker rm pg; done",
        "a=(); g() { local -n b=$1; b+=(x); }; g a; for x in \"${a[@]}\"; do docker rm pg; done",
        "for x; do docker rm pg; done",
    ] {
        let acts = printed(&script(&format!("{loop_}\n")));
        assert!(acts.iter().any(|act| act.ends_with("rm pg")), "{loop_}: {acts:?}");
    }
}

#[test]
fn arrays_are_known_by_their_elements() {
    let trace = script(
        "f() { local -a x=(a \"$B\" 'c d'); for i in \"${x[@]}\"; do docker rm -f $i; done; docker rm -f \"${x[1]}\"; }\nx=(q r)\nf\ndocker rm -f \"${x[1]}\"\nx[1]=s\ndocker rm -f \"${x[@]}\"\nx[$I]=t\ndocker rm -f \"${x[1]}\"\n",
    );
    assert_eq!(printed(&trace), ["rm a|$B|c d", "rm $B", "rm r", "rm q s", "rm $x"]);
    // Words that only some ways add: each is one all the same.
    let trace = script("A=(docker run -d)\nif [ $X = 1 ]; then A+=(--rm); fi\n\"${A[@]}\" --name n i\n");
    assert_eq!(printed(&trace), ["run n i"]);
    let trace = script("local -A seen=()\nif [[ -n \"${seen[$X]+x}\" ]]; then exit; fi\ndocker rm -f a\n");
    assert_eq!(printed(&trace), ["rm a"]);
}

#[test]
fn what_is_one_of_several_decides_where_all_agree() {
    let trace = script(
        "u() { case $1 in a) echo mysql:a;; *) echo pg:a;; esac; }\nU=$(u $X)\nif [[ $U == mysql* ]]; then docker rm -f a; elif [[ $U == redis* ]]; then docker rm -f b; fi\ncase $U in pg:*) docker rm -f c;; redis*) docker rm -f d;; *:a) docker rm -f e;; esac\n",
    );
    let removals: Vec<String> = printed(&trace).into_iter().filter(|line| line.contains("rm ")).collect();
    assert_eq!(removals, ["? rm a", "? rm c", "? rm e"]);
}

#[test]
fn what_a_loop_counts_is_not_its_first_number() {
    let trace = script("for ((i=0; i<3; i++)); do docker rm -f w$i; done\ndocker rm -f x$i\n");
    assert_eq!(printed(&trace), ["? rm w$i", "rm x$i"]);
}

#[test]
fn a_loop_over_arguments_takes_them_one_after_the_other() {
    let reads = |arms: &str| format!("f() {{ while [[ $# -gt 0 ]]; do case \"$1\" in {arms} esac; done; }}\n");
    let named = reads("--name) N=$2; shift 2;; --tag) T=$2; shift 2;; -f) F=-f; shift;; *) exit 1;;");
    for (script_, removals) in [
        (format!("{named}f --name a --tag b\nif [ -z \"$T\" ]; then exit 1; fi\ndocker rm $N$T\n"), vec!["rm ab"]),
        (format!("{named}f --name a -f\ndocker rm $F $N\n"), vec!["rm a"]),
        // The script ends there.
        (format!("{named}f --other\ndocker rm $N\n"), vec![]),
        // What the last round says counts.
        (format!("{named}f --name a --name b\ndocker rm $N\n"), vec!["rm b"]),
        (
            "f() { while :; do case $1 in -n) N=$2; shift 2;; *) break;; esac; done; docker rm $N$1; }\nf -n a b\n"
                .into(),
            vec!["rm ab"],
        ),
        ("f() { until [ -z \"$1\" ]; do docker rm $1; shift; done; }\nf a b\n".into(), vec!["rm a", "rm b"]),
        // Nobody knows how many there are, so each branch may be gone.
        (format!("{named}f $X\nif [ -z \"$T\" ]; then exit 1; fi\ndocker rm a\n"), vec!["rm a"]),
    ] {
        let acts = printed(&script(&script_));
        let found: Vec<&str> =
            acts.iter().filter(|act| act.contains("rm ")).map(|act| act.trim_start_matches("? ")).collect();
        assert_eq!(found, removals, "{script_}: {acts:?}");
    }
}

/// Words of a pattern, of `"$@"`, of what is gathered in a loop: nobody knows how many there are.
#[test]
fn an_argument_that_is_not_seen_may_be_there() {
    let asks = "f() { if [ -z \"$2\" ]; then exit 1; fi; docker rm $1; }\n";
    for (call, removals) in [
        ("f a", &[][..]),
        ("f a b", &["rm a"]),
        ("f *.yml", &["rm *.yml"]),
        ("f $X", &["rm $X"]),
        ("set -- a $X; f \"$@\"", &["rm a"]),
    ] {
        let acts = printed(&script(&format!("{asks}{call}\n")));
        let found: Vec<&str> = acts.iter().map(|act| act.trim_start_matches("? ")).collect();
        assert_eq!(found, removals, "{call}");
    }
    let acts = printed(&script("f() { docker rm a${2-b}c$3; }\nf x\n"));
    assert_eq!(acts, ["rm abc"]);
}

#[test]
fn arguments_behind_options_are_not_known() {
    let trace = script(
        "f() { while getopts n: o; do :; done; shift $((OPTIND - 1)); if [ -z \"$1\" ]; then exit 1; fi; [ $# -eq 1 ] && docker rm -f a; docker rm -f \"$1\"; }\nf -n x y\n",
    );
    let removals: Vec<String> = printed(&trace).into_iter().filter(|line| line.contains("rm ")).collect();
    assert_eq!(removals, ["?! rm a", "rm $1"]);
}

#[test]
fn a_script_that_gets_no_options_reads_none() {
    let of = |call: &str| {
        let body = "while getopts 'hn:' o; do case $o in h) exit 0 ;; n) docker rm -f n ;; esac; done; \
                    shift $((OPTIND - 1)); [ \"$1\" = a ] && docker rm -f a; docker rm -f \"z$1\"";
        let trace = script(&format!("f() {{ {body}; }}\n{call}\n"));
        let removals = printed(&trace).into_iter().filter(|line| line.contains("rm ")).collect::<Vec<_>>();
        (removals, trace.early_ends.len())
    };
    assert_eq!(of("f"), (vec!["rm z".to_owned()], 0));
    assert_eq!(of("f a"), (vec!["rm a".to_owned(), "rm za".to_owned()], 0));
    assert_eq!(of("f -n x a"), (vec!["? rm n".to_owned(), "?! rm a".to_owned(), "rm z$1".to_owned()], 1));
    assert_eq!(of("f $ARGS"), of("f -n x a"));
    // Behind options that were read nobody knows where the next call begins.
    assert_eq!(of("f -n x a; f a").1, 2);
}

/// The shell expands a heredoc before its reader begins: what is substituted in it does not read it again.
#[test]
fn what_a_heredoc_substitutes_does_not_read_the_heredoc() {
    let trace = script("cat > lock <<EOF\nat=$(date -u)\nby=$(docker ps -q)\nEOF\ndocker rm -f pg\n");
    assert_eq!(printed(&trace), ["date -u", "List", "rm pg"]);
    assert!(trace.unfollowed.is_empty(), "{:?}", trace.unfollowed);
}

/// The names that a script gives to containers.
fn named(traced: &super::JobTrace) -> Vec<String> {
    let names = traced.acts.iter().filter_map(|act| match act.verb()? {
        crate::docker::Verb::Run(run) => Some(run.name.as_ref()?.value.to_string()),
        _ => None,
    });
    names.collect()
}

#[test]
fn a_loop_over_arguments_that_takes_some_away_has_others_in_each_round() {
    let text = "f() { for a in \"$@\"; do docker run --name \"n$1\" pg; shift; done; }\nf a b c\n";
    assert_eq!(named(&script(text)), ["na", "nb", "nc"]);
    // How many files there are only the run knows.
    let text = "f() { for a in *.yml; do shift; docker run --name \"n$1\" pg; done; }\nf a b c\n";
    assert!(!named(&script(text)).contains(&"nb".to_owned()));
}

#[test]
fn options_are_read_in_a_loop_of_the_caller_too() {
    for condition in ["[ $# -gt 0 ]", "[[ $# -gt 0 ]]", "(( $# > 0 ))", "test $# -ne 0"] {
        let text = format!(
            "f() {{\n  while {condition}; do\n    case \"$1\" in\n      --os) shift 2 ;;\n      *) what=$1; shift; break ;;\n    esac\n  done\n  case $what in a) docker run --name na pg ;; b) docker run --name nb pg ;; esac\n}}\nfor i in 1 2; do f --os x b; done\n"
        );
        assert_eq!(named(&script(&text)), ["nb"], "{condition}");
    }
    // What the loop around it counts is another number in each round.
    let text = "f() { while [ $n -gt 0 ]; do shift; docker run --name \"n$1\" pg; break; done; }\nn=0; for i in 1 2; do f a b; n=1; done\n";
    assert_eq!(named(&script(text)), ["n$2"]);
}

#[test]
fn a_sourced_script_shares_the_arguments_of_its_caller() {
    let names = |source: &str, lib: &str| {
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          f() {{ {source}; docker run --name \"x$1\" pg; }}\n          f p q\n"
        );
        named(&traced(&text, &[("lib.sh", lib)]).traces[0])
    };
    assert_eq!(names(". ./lib.sh", "shift\n"), ["xq"]);
    assert_eq!(names(". ./lib.sh", "set -- z\n"), ["xz"]);
    assert_eq!(names(". ./lib.sh y", "shift\n"), ["xp"]);
    assert_eq!(names(". ./lib.sh y", "set -- z\n"), ["xp"]);
}

#[test]
fn a_loop_that_sources_a_script_has_others_in_each_round_where_that_takes_some_away() {
    let text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          set -- p q r\n          for a in \"$@\"; do . ./lib.sh; docker run --name \"x$1\" pg; done\n";
    assert_eq!(named(&traced(text, &[("lib.sh", "shift\n")]).traces[0])[..2], ["xq", "xr"]);
    assert_eq!(named(&traced(text, &[("lib.sh", "a=1\n")]).traces[0]), ["xp"]);
}

#[test]
fn what_a_sourced_script_sets_outside_functions_stays() {
    let text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          set -- p q\n          . ./lib.sh y\n          docker run --name \"x$1\" pg\n";
    assert_eq!(named(&traced(text, &[("lib.sh", "set -- z\n")]).traces[0]), ["xz"]);
    assert_eq!(named(&traced(text, &[("lib.sh", "shift\n")]).traces[0]), ["xp"]);
}
