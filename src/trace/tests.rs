use super::testing::{printed, script, traced};

#[test]
fn names_come_through_variables() {
    let trace = script(
        "NAME=pg-${GITHUB_RUN_ID}\ndocker run -d --name \"$NAME\" postgres:${TAG:-15}\ndocker rm -f $NAME || true\n",
    );
    assert_eq!(printed(&trace), ["run pg-${{ github.run_id }} postgres:15", "~ rm pg-${{ github.run_id }}"]);
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
fn branches_that_cannot_be_are_left_out() {
    let trace = script("X=1\nif [ \"$X\" = 2 ]; then docker run a; else docker run b; fi\n[ -f x ] && docker run c\n");
    assert_eq!(printed(&trace), ["run  b", "?! run  c"]);
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
