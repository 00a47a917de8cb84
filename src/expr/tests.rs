use super::*;
use crate::truth::Truth::{self, No, Unknown, Yes};

fn nothing(_: &Path) -> Known {
    Known::unknown()
}

/// What every workflow on gitea-runner, forgejo-runner and nektos/act is like.
const ON_ACT: KnownContexts<'static> = KnownContexts { is_empty: &empty_on_act, is_boolean: &|_| false };

/// A resolver that knows `matrix.os` (two values), `github.event_name` and that `steps.x` succeeded.
fn some(path: &Path) -> Known {
    match path.dotted().as_deref() {
        Some("matrix.os") => Known::one_of(["a", "b"].map(|os| Value::Text(os.to_owned()))),
        Some("github.event_name") => Known::text("push"),
        Some("steps.x.outcome") => Known::text("success"),
        Some("github.event") => Known::one(Value::Object),
        Some("inputs.none") => Known::one(Value::Null),
        _ => Known::unknown(),
    }
}

/// After a timeout `cancelled()` is true.
const GITHUB: StatusRules = StatusRules { cancel_runs_main_steps: Some(true), timeout_is: Some(TimeoutIs::Cancelled) };
/// After a timeout `failure()` is true.
const GITEA_RUNNER_2: StatusRules =
    StatusRules { cancel_runs_main_steps: Some(true), timeout_is: Some(TimeoutIs::Failure) };
/// No main step runs after either.
const ACT: StatusRules = StatusRules { cancel_runs_main_steps: Some(false), timeout_is: Some(TimeoutIs::Nothing) };

fn row(text: &str, rules: StatusRules) -> [Truth; 5] {
    Outcome::ALL.map(|outcome| Condition::read(text).runs(outcome, rules, &some))
}

#[test]
fn templates_by_their_bytes() {
    let text = "a ${{ format('}}{0}', b) }}é${{c}}";
    let seen: Vec<&str> = template(text)
        .into_iter()
        .map(|part| match part {
            Part::Literal(range) | Part::Unclosed(range) => &text[range],
            Part::Expression { inner, .. } => &text[inner],
        })
        .collect();
    assert_eq!(seen, ["a ", " format('}}{0}', b) ", "é", "c"]);
    assert_eq!(template("x ${{ 'y }}"), [Part::Literal(0..2), Part::Unclosed(2..11)]);
    assert_eq!(template(""), []);
}

#[test]
fn paths_know_no_case_and_no_quotes() {
    let text = "GitHub.Run_ID == matrix['os'] && steps.*.outcome[0] || fromJSON(x).y";
    let expr = parse(text).expect("an expression");
    let paths: Vec<_> = expr.paths().into_iter().map(|(path, range)| (path.dotted(), &text[range])).collect();
    assert_eq!(
        paths,
        [
            (Some("github.run_id".to_owned()), "GitHub.Run_ID"),
            (Some("matrix.os".to_owned()), "matrix['os']"),
            (Some("steps.*.outcome.0".to_owned()), "steps.*.outcome[0]"),
            (Some("x".to_owned()), "x"),
        ]
    );
    let padded = "${{ github.ref }}";
    let inner = parse_at(padded, 3..15).expect("an expression");
    assert_eq!(&padded[inner.range], "github.ref");
    assert!(parse("a +").is_none() && parse("").is_none());
}

/// The truth table of the runners: success, failure, cancelled, timed out, killed.
#[test]
fn conditions_by_outcome_and_runner() {
    let table = [
        ("", [Yes, No, No, No, No], [Yes, No, No, No, No]),
        ("success()", [Yes, No, No, No, No], [Yes, No, No, No, No]),
        ("github.event_name == 'push'", [Yes, No, No, No, No], [Yes, No, No, No, No]),
        ("always()", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        ("${{ Always() }}", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        ("${{ !cancelled() }}", [Yes, Yes, No, Yes, No], [Yes, Yes, No, No, No]),
        ("failure()", [No, Yes, No, Yes, No], [No, Yes, No, No, No]),
        ("success() || failure()", [Yes, Yes, No, Yes, No], [Yes, Yes, No, No, No]),
        ("cancelled()", [No, No, Yes, No, No], [No, No, Yes, Yes, No]),
        ("failure() || cancelled()", [No, Yes, Yes, Yes, No], [No, Yes, Yes, Yes, No]),
        ("always() && steps.x.outcome == 'success'", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        (
            "always() && steps.y.outcome == 'success'",
            [Unknown, Unknown, Unknown, Unknown, No],
            [Unknown, Unknown, Unknown, Unknown, No],
        ),
        ("steps.y.outcome == 'success'", [Unknown, No, No, No, No], [Unknown, No, No, No, No]),
        ("always() || steps.y.x", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        ("job.status == 'failure' && always()", [No, Yes, No, Yes, No], [No, Yes, No, No, No]),
        ("${{ failure() }} && x", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        ("${{ github.ref }} && x", [Yes, No, No, No, No], [Yes, No, No, No, No]),
        ("${{ always() }}\n", [Yes, Yes, Yes, Yes, No], [Yes, Yes, Yes, Yes, No]),
        ("false", [No, No, No, No, No], [No, No, No, No, No]),
        ("no such thing", [Unknown, Unknown, Unknown, Unknown, No], [Unknown, Unknown, Unknown, Unknown, No]),
    ];
    for (text, gitea, github) in table {
        assert_eq!(row(text, GITEA_RUNNER_2), gitea, "gitea-runner 2: {text}");
        assert_eq!(row(text, GITHUB), github, "github: {text}");
        assert_eq!(row(text, ACT), [gitea[0], gitea[1], No, No, No], "act: {text}");
    }
    assert_eq!(row("always()", StatusRules::UNKNOWN), [Yes, Yes, Unknown, Unknown, No]);
    assert_eq!(row("failure()", StatusRules::UNKNOWN), [No, Yes, No, Unknown, No]);
}

#[test]
fn never_is_certain() {
    for (text, never) in
        [("false", true), ("${{ false }}", true), ("false && x", true), ("x", false), ("${{ false }}\n", false)]
    {
        assert_eq!(Condition::read(text).is_never(&nothing), never, "{text}");
    }
}

#[test]
fn what_is_unknown_stays_unknown() {
    let cases = [
        ("x == 'y'", Unknown),
        ("x && false", No),
        ("false && x", No),
        ("x || true", Yes),
        ("!x", Unknown),
        ("matrix.os == 'a'", Unknown),
        ("matrix.os == 'c'", No),
        ("github.event_name == 'PUSH'", Yes),
        ("github.event == 'push'", No),
        ("inputs.none == ''", Yes),
        ("1 == '1'", Yes),
        ("2 > 10", No),
        ("2 > 2", No),
        ("3 > 2", Yes),
        ("2 >= 2", Yes),
        ("1 >= 2", No),
        ("1 < 2", Yes),
        ("2 < 2", No),
        ("2 <= 2", Yes),
        ("3 <= 2", No),
        ("2 != 2", No),
        ("2 != 3", Yes),
        // Two objects are equal when they are the same one.
        ("github.event == github.event", Unknown),
        ("0 || false", No),
        ("0.5 && true", Yes),
        ("contains(github.event_name, 'us')", Yes),
        ("startsWith(matrix.os, 'c')", No),
        // Its beginning, its end and what stands between are in one place only.
        ("startsWith(github.event_name, 'PU')", Yes),
        ("startsWith(github.event_name, 'sh')", No),
        ("endsWith(github.event_name, 'sh')", Yes),
        ("endsWith(github.event_name, 'pu')", No),
        ("contains(github.event_name, 'x')", No),
        ("startsWith(matrix.os, 'a')", Unknown),
        ("endsWith(x, 'c')", Unknown),
        ("hashFiles('x') == ''", Unknown),
        ("contains(fromJSON('[\"b\", \"c\"]'), matrix.os)", Unknown),
        ("contains(fromJSON('[\"A\", \"b\"]'), matrix.os)", Yes),
        ("contains(fromJSON('[\"ab\", \"c\"]'), matrix.os)", No),
        ("contains(fromJSON('[1, 2]'), '2')", Yes),
        ("contains(fromJSON('[]'), x)", No),
        ("contains(fromJSON('[\"a\"]'), x)", Unknown),
        ("contains(fromJSON(x), 'a')", Unknown),
        ("contains(fromJSON('no json'), 'a')", Unknown),
        ("contains(fromJSON('{\"a\": 1}'), 'a')", Unknown),
        ("contains(fromJSON('\"main\"'), 'ai')", Yes),
        ("fromJSON('false')", No),
        ("fromJSON('{}')", Yes),
        ("fromJSON('3') > 2", Yes),
    ];
    for (text, truth) in cases {
        let expr = parse(text).expect(text);
        assert_eq!(evaluate(&expr, Status::UNKNOWN, &some).truth(), truth, "{text}");
    }
}

#[test]
fn texts_fold_to_their_candidates() {
    let cases: &[(&str, Option<&[&str]>)] = &[
        ("plain", Some(&["plain"])),
        ("pg-${{ matrix.os }}", Some(&["pg-a", "pg-b"])),
        ("${{ x && 'one' || 'two' }}", Some(&["one", "two"])),
        ("${{ github.event_name == 'push' && 'one' || 'two' }}", Some(&["one"])),
        ("${{ format('{0}-{{{1}}}', 'a', matrix.os) }}", Some(&["a-{a}", "a-{b}"])),
        ("${{ inputs.none || 'docker-host' }}", Some(&["docker-host"])),
        ("${{ inputs.x || 'docker-host' }}", None),
        ("${{ x == 'a' }}", Some(&["true", "false"])),
        ("${{ case(x, 'one', 'two') }}", Some(&["one", "two"])),
        ("${{ github.run_id }}", None),
        ("${{ format('{1}', 'a') }}", None),
        ("${{ broken", None),
        ("${{ 5432 }}:${{ 5432.0 }}", Some(&["5432:5432"])),
    ];
    for (text, expected) in cases {
        let found = fold(text, &some);
        let expected = expected.map(|texts| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn results_are_the_parts_a_value_can_be() {
    let cases = [
        ("x && github.run_id || 'two'", vec!["github.run_id", "'two'"]),
        ("true && github.run_id || 'two'", vec!["github.run_id", "'two'"]),
        ("github.event_name == 'pull_request' && 'one' || github.sha", vec!["github.sha"]),
        ("inputs.name || 'two'", vec!["inputs.name", "'two'"]),
        ("inputs.x && 'a' || inputs.y && 'b' || 'c'", vec!["'a'", "'b'", "'c'"]),
        ("github.run_id", vec!["github.run_id"]),
    ];
    for (text, expected) in cases {
        let expr = parse(text).expect(text);
        let found: Vec<&str> = results(&expr, &some).into_iter().map(|part| &text[part.range.clone()]).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn faults_are_named_where_they_stand() {
    use FaultKind::{BareNegation, EmptyContext, MixedTemplate, ObjectCompared, UnknownContext};
    let of = |text: &str, condition, tag| {
        let found = faults(text, condition, tag, ON_ACT);
        found.into_iter().map(|fault| (fault.kind, text[fault.range].to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(of("", true, Some("!cancelled()")), [(BareNegation, String::new())]);
    assert_eq!(of("x", true, Some("!!str")), [(UnknownContext("x".into()), "x".into())]);
    let mixed = "${{ github.ref }} && always()";
    assert_eq!(of(mixed, true, None), [(MixedTemplate, mixed.to_owned())]);
    assert_eq!(of("pg-${{ github.ref }}", false, None), []);
    assert_eq!(
        of("gitea.event == 'push'", true, None),
        [(ObjectCompared("gitea.event".into()), "gitea.event == 'push'".into())]
    );
    assert_eq!(of("github.event.pull_request != ''", true, None), []);
    assert_eq!(
        of("'x' != steps.a.outputs || steps.a.outputs.b == 'x'", true, None),
        [(ObjectCompared("steps.a.outputs".into()), "'x' != steps.a.outputs".into())]
    );
    // What has a name below `steps`, `needs` and `jobs` is an object, its outputs are one, and an output is a text.
    for (object, is_one) in [
        ("steps.a", true),
        ("needs.a", true),
        ("jobs.a", true),
        ("needs.a.outputs", true),
        ("job.services", true),
        ("job.container", true),
        ("github", true),
        ("steps.a.outcome", false),
        ("needs.a.result", false),
        ("needs.a.outputs.b", false),
        ("job.status", false),
        ("github.event_name", false),
        ("env.a", false),
        ("matrix.a", false),
    ] {
        let text = format!("{object} == 'x'");
        let wanted = is_one.then(|| (ObjectCompared(object.to_owned()), text.clone()));
        assert_eq!(of(&text, true, None), Vec::from_iter(wanted), "{object}");
    }
    assert_eq!(
        of("docker rm ${{ CONTAINER_NAME }}", false, None),
        [(UnknownContext("container_name".into()), "CONTAINER_NAME".into())]
    );
    assert_eq!(
        of("leg-${{ strategy.job-index }}", false, None),
        [(EmptyContext("strategy.job-index".into()), "strategy.job-index".into())]
    );
    assert_eq!(of("${{ always() }}", true, None), []);
}

#[test]
fn hostile_text_ends() {
    let many = |part: &str| part.repeat(1_000_000 / part.len());
    for text in [many("${{"), many("${{ 'x' }}"), many("${{ a||"), many("'"), many("${{ ( }}"), many("{0}")] {
        template(&text);
        fold(&text, &nothing);
        faults(&text, true, None, ON_ACT);
    }
    for chain in ["a||", "a.", "!", "a[", "((", "f(a,", "a == "] {
        let text = chain.repeat(300) + "a";
        if let Some(expr) = parse(&text) {
            evaluate(&expr, Status::UNKNOWN, &nothing);
            results(&expr, &nothing);
        }
        assert!(parse(&chain.repeat(20_000)).is_none());
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for people")]
fn the_corpus_parses() {
    let (mut expressions, mut broken, mut wrong) = (0, 0, 0);
    crate::yaml::tests::corpus::for_each_file(|path, source| {
        if !path.components().any(|part| part.as_os_str() == "workflows") {
            return;
        }
        let Ok(tree) = crate::yaml::parse(source) else { return };
        let scalars = tree.nodes().filter(|node| !node.is_alias());
        for (node, text) in scalars.filter_map(|node| Some((node, node.as_str()?))) {
            for part in template(text) {
                let Part::Expression { inner, .. } = part else { continue };
                expressions += 1;
                if parse_at(text, inner.clone()).is_none() {
                    broken += 1;
                    eprintln!("{}: no expression: {}", path.display(), &text[inner]);
                }
            }
            // A condition is the value of an `if` key.
            let mut siblings = node.parent().into_iter().flat_map(|parent| parent.own_entries());
            let is_condition = siblings.any(|entry| entry.value == node && entry.key.as_str() == Some("if"));
            for fault in faults(text, is_condition, node.tag().map(|tag| tag.written), ON_ACT) {
                wrong += 1;
                eprintln!("{}:{:?}: {:?}", path.display(), source.place(node.span().start), fault.kind);
            }
        }
    });
    eprintln!("{expressions} expressions, {broken} that do not parse, {wrong} faults");
}

#[test]
fn what_is_not_a_number_is_false() {
    assert!(Value::Number(-1.0).is_truthy());
    assert!(!Value::Number(0.0).is_truthy() && !Value::Number(f64::NAN).is_truthy());
}

#[test]
fn every_combination_is_a_candidate() {
    let of = |path: &Path| match path.dotted().as_deref() {
        Some("matrix.a") => Known::one_of(["1", "2"].map(|text| Value::Text(text.to_owned()))),
        Some("matrix.b") => Known::one_of(["w", "x", "y", "z"].map(|text| Value::Text(text.to_owned()))),
        _ => Known::unknown(),
    };
    let expr = parse("format('{0}{1}', matrix.a, matrix.b)").expect("an expression");
    let mut texts = evaluate(&expr, Status::SUCCESS, &of).texts().expect("known");
    texts.sort();
    assert_eq!(texts, ["1w", "1x", "1y", "1z", "2w", "2x", "2y", "2z"]);
}

#[test]
fn a_timeout_may_leave_what_a_cancel_leaves() {
    let like = |cancel_runs_main_steps, timeout_is| {
        StatusRules { cancel_runs_main_steps, timeout_is }.timeout_is_like_a_cancel()
    };
    for (cancel, failure, cancelled, nothing, unknown) in [
        (Some(true), false, true, false, false),
        (Some(false), false, false, true, true),
        (None, false, false, true, true),
    ] {
        assert_eq!(like(cancel, Some(TimeoutIs::Failure)), failure, "{cancel:?}");
        assert_eq!(like(cancel, Some(TimeoutIs::Cancelled)), cancelled, "{cancel:?}");
        assert_eq!(like(cancel, Some(TimeoutIs::Nothing)), nothing, "{cancel:?}");
        assert_eq!(like(cancel, None), unknown, "{cancel:?}");
    }
}

#[test]
fn what_has_to_hold_besides_the_status_is_in_one_writing() {
    for (text, gates) in [
        ("always()", &[][..]),
        ("${{ always() && inputs.a  != '' }}", &["(inputs.a != '')"]),
        ("inputs['a']!='' && GITHUB.ref == 'x'", &["(github.ref == 'x')", "(inputs.a != '')"]),
        ("hashFiles('dist/app') == ''", &[]),
        ("steps.x.outputs['y'] == 'it''s'", &["(steps.x.outputs.y == 'it''s')"]),
        ("!inputs.x", &["!inputs.x"]),
        ("env.X == 'y' && steps.x.outcome == 'success'", &[]),
        ("failure() || inputs.x", &[]),
    ] {
        assert_eq!(Condition::read(text).gates(), gates, "{text}");
    }
}
