use super::*;

fn legs(matrix: &str) -> (Vec<String>, bool, bool) {
    let workflow = workflow(&format!("jobs: {{a: {{strategy: {{matrix: {matrix}}}}}}}\n"));
    let legs = workflow.jobs[0].matrix().expect("a matrix").legs();
    let show = |leg: &Leg| {
        let parts = leg.values().map(|(key, value)| {
            let value = value.and_then(Datum::as_scalar).map_or("?", Scalar::value);
            format!("{key}={value}")
        });
        parts.collect::<Vec<_>>().join(" ")
    };
    (legs.legs.iter().map(show).collect(), legs.complete, legs.open)
}

#[test]
fn the_product_less_what_is_excluded() {
    let (found, complete, open) = legs("{os: [a, b], v: [1, 2], exclude: [{os: b, v: 2}]}");
    assert_eq!((found, complete, open), (vec!["os=a v=1".into(), "os=a v=2".into(), "os=b v=1".into()], true, false));
}

/// The example of GitHub's own documentation.
#[test]
fn includes_extend_legs_or_make_their_own() {
    let (found, complete, _) = legs(
        "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}",
    );
    assert!(complete);
    assert_eq!(
        found,
        [
            "fruit=apple animal=cat color=pink shape=circle",
            "fruit=apple animal=dog color=green shape=circle",
            "fruit=pear animal=cat color=pink",
            "fruit=pear animal=dog color=green",
            "fruit=banana",
            "fruit=banana animal=cat",
        ]
    );
}

#[test]
fn includes_alone_are_legs() {
    let (found, complete, _) = legs("{include: [{os: a, v: 1}, {os: b}]}");
    assert_eq!((found, complete), (vec!["os=a v=1".into(), "os=b".into()], true));
}

#[test]
fn expressions_leave_it_open() {
    let (found, complete, open) = legs("{os: '${{ fromJSON(inputs.os) }}', v: [1, 2]}");
    assert_eq!((found, complete, open), (vec!["os=? v=1".into(), "os=? v=2".into()], false, false));
    assert_eq!(legs("'${{ fromJSON(inputs.m) }}'"), (vec![], false, true));
    let workflow = workflow("jobs: {a: {strategy: {matrix: {os: '${{ x }}', v: [1, 2], include: [{v: 3}]}}}}\n");
    let matrix = workflow.jobs[0].matrix().expect("a matrix");
    assert!(matrix.legs().values("os").is_none());
    assert_eq!(matrix.legs().values("v").map(|values| values.len()), Some(3));
}

#[test]
fn nobody_waits_for_a_huge_product() {
    let axis = format!("[{}]", (0..200).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
    let matrix = format!("{{a: {axis}, b: {axis}, c: {axis}, d: {axis}}}");
    assert_eq!(legs(&matrix), (vec![], false, true));
}
