//! Tags and what uses them.

use super::{each_is, rows, steps};

#[test]
fn a_tag_is_used_by_what_comes_to_it_later() {
    let claim = |later: &str| {
        rows(
            &steps(&[("", &format!("docker build -t app:test .\n{later}"))]),
            "name-claim",
            &["used", "pushed", "pushed-only"],
        )
    };
    each_is(
        &[
            ("echo done", "false false false High"),
            ("docker save app:test | gzip > app.tgz", "true false false High"),
            ("docker create app:test", "true false false High"),
            ("docker tag app:test other:test", "true false false High"),
            ("docker push app:test", "false true true High"),
            ("docker run --rm app:test\ndocker push app:test", "true true false High"),
            ("docker push app:other", "false false false High"),
            ("trivy image app:test", "true false false High"),
            ("trivy image app", "false false false High"),
            ("trivy image other:test", "false false false High"),
            ("for i in app:test app:other; do docker push $i; done", "false true true High"),
        ],
        claim,
    );
}

#[test]
fn a_build_that_may_stay_in_its_builder_is_less_sure() {
    let claim = |script: &str| rows(&steps(&[("", script)]), "name-claim", &["name", "used"]);
    each_is(
        &[
            ("docker buildx build -t app:test .", "app:test false Medium"),
            ("docker buildx build -t app:test .\ndocker run --rm app:test", "app:test true High"),
            ("docker buildx build --load -t app:test .", "app:test false High"),
        ],
        claim,
    );
    let pushed = |script: &str| rows(&steps(&[("", script)]), "name-claim", &["pushed"]);
    each_is(
        &[("docker build -t app:test --push .", "true High"), ("docker build -t app:test .", "false High")],
        pushed,
    );
}
