use super::*;
use crate::follow::Nothing;
use crate::symbol::Value;

fn literals(words: &str) -> Vec<Value> {
    words.split_whitespace().map(Value::literal).collect()
}

fn called(
    files: &Files,
    directory: &Directory,
    goals: &str,
    variables: &[(String, Value)],
) -> Result<Followed, Unfollowed> {
    let goals = literals(goals);
    recipes(files, &MakeCall { directory, files: &[], targets: &goals, variables, around: &Nothing })
}

/// `target: line; line`, each recipe a line.
fn shown(made: &Followed) -> Vec<String> {
    let line = |line: &crate::follow::Line| {
        let marks = [(line.is_silent, "@"), (line.ignores_errors, "-"), (line.conditional, "?")];
        let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
        format!("{marks}{}", line.text.value())
    };
    let recipe = |recipe: &crate::follow::Recipe| {
        let lines: Vec<String> = recipe.lines.iter().map(line).collect();
        format!("{}{}: {}", recipe.target, if recipe.conditional { "?" } else { "" }, lines.join("; "))
    };
    made.recipes.iter().map(recipe).collect()
}

fn run(makefile: &str, goals: &str) -> Vec<String> {
    let files = Files::in_memory([("Makefile", makefile)]);
    match called(&files, &Directory::checkout(), goals, &[]) {
        Ok(made) => shown(&made),
        Err(unfollowed) => vec![unfollowed.why],
    }
}

#[test]
fn recipes_in_the_order_they_run() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("a:\n\techo a\n", "", &["a: echo a"]),
        (
            ".PHONY: t\nall: t | d\n\t@docker ps\nt:\n\t-rm x\nd:\n\t@-echo d\n",
            "",
            &["t: -rm x", "d: @-echo d", "all: @docker ps"],
        ),
        ("a: b c\n\techo a\nb: c\n\techo b\nc:\n\techo c\n", "a", &["c: echo c", "b: echo b", "a: echo a"]),
        ("a b:\n\techo $@\n", "b a", &["b: echo b", "a: echo a"]),
        ("a: ; docker ps\n", "a", &["a: docker ps"]),
        ("a:\n\tdocker run \\\n\t  -d x\n\techo \\$$HOME\n", "a", &["a: docker run \\\n  -d x; echo \\$HOME"]),
        ("N := pg\nI ?= img\nA = -p $(N)\nA += -d\na:\n\tdocker run $(A) $(I)\n", "a", &["a: docker run -p pg -d img"]),
        ("a: b\nb: a\n\techo b\n", "a", &["b: echo b"]),
        ("%.o: %.c\n\tcc\nx: y.o\n\tld\n", "", &["x: ld"]),
        ("define f\n\techo no\nendef\na:\n\t$(call f)\n", "a", &["a: ${{ given.0 }}"]),
        ("a:\n\tmk=$(MAKE); $(MAKE) -C sub t\n", "a", &["a: mk=make; make -C sub t"]),
        (".RECIPEPREFIX = >\na:\n> echo a\n", "a", &["a: echo a"]),
        (".ONESHELL:\na:\n\tcd x\n\techo $(X)\n", "a", &["a: cd x\necho ${{ given.0 }}"]),
        ("V=1\nifeq ($(V),1)\nX=y\nelse\nX=n\nendif\na:\n\techo $(X)\n", "a", &["a: echo y"]),
        ("ifdef CI\nX=y\nelse\nX=n\nendif\na:\n\techo $(X)\n", "a", &["a: echo ${{ given.0 }}"]),
        ("a:\nifdef CI\n\techo ci\nendif\n\techo a\n", "a", &["a: ?echo ci; echo a"]),
        ("ifneq ($(V),1)\nQ=@\nendif\na:\n\t$(Q)docker ps\n", "a", &["a: @docker ps"]),
        ("ifdef CI\nX=y\nendif\na:\n\techo $(X)\n", "a", &["a: echo ${{ given.0 }}"]),
        ("a: X = 1\na:\n\techo $(X)\n", "a", &["a: echo ${{ given.0 }}"]),
        ("a:: \n\techo 1\n", "a", &["a: echo 1"]),
        ("X = $(X)\na:\n\techo $(X)\n", "a", &["a: echo ${{ given.0 }}"]),
        ("# c\nX=1 # c\na: # c\n\techo $(or $(X),2) # kept\n", "a", &["a: echo 1 # kept"]),
        ("a:\r\n\techo a\r\n", "a", &["a: echo a"]),
        ("X = $(if $(wildcard Makefile),in,out)\na:\n\techo $(X)\n", "a", &["a: echo in"]),
        ("T=a b\nall: $(T)\n$(T):\n\techo $@\n", "", &["a: echo a", "b: echo b"]),
        (".DEFAULT_GOAL := b\na:\n\techo a\nb:\n\techo b\n", "", &["b: echo b"]),
        ("a:\n\techo a\n", "z", &["make z: the makefile has no such rule"]),
        ("", "", &["the makefile has no target"]),
        ("a:\n\techo $(\n", "a", &["a: echo "]),
    ];
    for (makefile, goals, wanted) in cases {
        assert_eq!(run(makefile, goals), *wanted, "{makefile}");
    }
}

#[test]
fn values_and_places() {
    let text = "NAME = pg\nSHA := $(shell git rev-parse HEAD)\nexport NAME\nup:\n\t@docker run --name $(NAME) \\\n\t\timg:$(SHA) $(TAG)\n";
    let files = Files::in_memory([("sub/Makefile", text)]);
    let sub = Directory::checkout().enter(&Value::literal("sub"));
    let tag = ("TAG".to_owned(), Value::unknown("github.sha"));
    let made = called(&files, &sub, "up", &[tag]).expect("followed");
    let recipe = &made.recipes[0];
    assert_eq!(recipe.lines[0].text.value(), "docker run --name pg \\\n\timg:${{ given.0 }} ${{ given.1 }}");
    assert_eq!(recipe.given.first().map(Value::to_string).as_deref(), Some("$(git rev-parse HEAD)"));
    assert_eq!(recipe.given.get(1), Some(&Value::unknown("github.sha")));
    assert_eq!((recipe.source.slice(recipe.at.span), &*recipe.at.path), ("up", "sub/Makefile"));
    let line = &recipe.lines[0].text;
    assert_eq!(line.exact(0..10).map(|span| recipe.source.slice(span)), Some("docker run"));
    let image = line.value().find("img").expect("there");
    assert_eq!(line.exact(image..image + 4).map(|span| recipe.source.slice(span)), Some("img:"));
    assert_eq!(line.exact(18..20), None);
    assert_eq!(recipe.environment.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["NAME", "TAG"]);
}

#[test]
fn included_files_and_the_directory() {
    let files = Files::in_memory([
        (
            "Makefile",
            "ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\ninclude ci/x.mk\n-include none.mk\ninclude gone.mk\n",
        ),
        ("ci/x.mk", "include Makefile\nt:\n\t$(ROOT)ci/run.sh\n"),
    ]);
    let made = called(&files, &Directory::checkout(), "t", &[]).expect("followed");
    assert_eq!(&**made.recipes[0].source.path(), "ci/x.mk");
    assert_eq!(made.recipes[0].given[0].to_string(), "${{ github.workspace }}/");
    assert_eq!(made.gaps.iter().map(|gap| gap.why.as_str()).collect::<Vec<_>>(), ["the included gone.mk is not there"]);
    let outside = called(&files, &Directory::Outside(None), "t", &[]);
    assert_eq!(outside.err().map(|error| error.why).as_deref(), Some("make runs outside the checkout"));
}

#[test]
fn never_slow() {
    let mut doubling = String::from("A0 = xxxxxxxx\n");
    for at in 1..60 {
        doubling.push_str(&format!("A{at} = $(A{})$(A{})\nB{at} := $(A{at})\n", at - 1, at - 1));
    }
    doubling.push_str("t:\n\techo $(A59)\n");
    assert_eq!(run(&doubling, "t").len(), 1);
    let deep: String = (0..5000).map(|at| format!("t{at}: t{}\n\techo {at}\n", at + 1)).collect();
    assert!(run(&deep, "t0").len() <= 500);
    let wide = "a ".repeat(100_000);
    run(&format!("{wide}: {wide}\n"), "a");
    run(&"$(".repeat(50_000), "t");
    run(&format!("a:\n\t{}\n", "$(".repeat(50_000)), "a");
    run(&"ifdef X\n".repeat(10_000), "t");
}
