//! Construct → what was understood of it, in the form of `print.rs`.

use super::print;
use crate::shell::parse;

fn assert_all(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(print::script(&parse(text)), *expected, "in\n{text}");
    }
}

#[test]
fn lists_and_pipelines() {
    assert_all(&[
        ("a && b | c || d & e", "or(and(a, pipe(b | c)), d) &; e"),
        ("! a | b; ! c && d", "not pipe(a | b); and(not c, d)"),
        ("a |& b\n\n c &\nd", "pipe(a | b); c &; d"),
        ("a &&\n\n# why\nb |\nc", "and(a, pipe(b | c))"),
        ("{ a; b; } || exit 1", "or({a; b}, exit 1)"),
        ("( cd x && y ) 2>&1 | tee log", "pipe((and(cd x, y)) 2>&1 | tee log)"),
        ("time (a; b); time c", "(a; b); time c"),
        ("a && { b; } > f", "and(a, {b} >f)"),
        ("a | b | c || d", "or(pipe(a | b | c), d)"),
        ("a | b | c && d | e | f || g | h", "or(and(pipe(a | b | c), pipe(d | e | f)), pipe(g | h))"),
        ("a || b | c | d | e && f", "and(or(a, pipe(b | c | d | e)), f)"),
        ("! a | b | c || ! d | e", "or(not pipe(a | b | c), not pipe(d | e))"),
        ("! ! a && ! ! ! b; time ! c | d", "and(a, not b); not pipe(c | d)"),
        ("if a | b | c || d; then e | f | g && h; fi", "if(or(pipe(a | b | c), d) -> and(pipe(e | f | g), h))"),
        ("{ a | b | c || d; } > f | (e) 2>&1 | g && h &", "and(pipe({or(pipe(a | b | c), d)} >f | (e) 2>&1 | g), h) &"),
        ("x=$(a | b | c || d)", "x=$(or(pipe(a | b | c), d))"),
        ("a | while b | c | d || e; do f; done | g || h", "or(pipe(a | while(or(pipe(b | c | d), e): f) | g), h)"),
        ("f() { a; } | b | c || d\ng", "or(pipe(function f {a} | b | c), d); g"),
        ("", ""),
        ("# only this", ""),
    ]);
}

#[test]
fn control_flow() {
    assert_all(&[
        ("if a; then b; elif c; then d; else e; fi", "if(a -> b, c -> d, else e)"),
        ("if ! a >/dev/null 2>&1; then b; fi", "if(not a >/dev/null 2>&1 -> b)"),
        ("if (a) then { b; } fi", "if((a) -> {b})"),
        ("for x in a \"b c\" $d; do echo $x; done > log &", "for(x in a \"b c\" $d: echo $x) >log &"),
        ("for x; do a; done; for y\ndo b; done", "for(x in arguments: a); for(y in arguments: b)"),
        ("for x in; do a; done", "for(x in : a)"),
        ("for ((i=0;i<3;i++)); do b; done", "count(\"i=0\"; \"i<3\"; \"i++\": b)"),
        ("for ((;;)) do b; done", "count(\"\"; \"\"; \"\": b)"),
        ("for (( ; ; )) do b; done", "count(\"\"; \"\"; \"\": b)"),
        ("select x in a b; do c; done", "for(x in a b: c)"),
        ("while read -r l; do a; done < <(b)", "while(read -r l: a) <<(b)"),
        ("until a; do sleep 1; done", "until(a: sleep 1)"),
        ("a | while read x; do b; done | c", "pipe(a | while(read x: b) | c)"),
        ("case \"$1\" in a|b) x ;; (c*) y ;& *) z; esac", "case(\"$1\": a b -> x, c* -> y, * -> z)"),
        ("case $x in\n  \"a b\"|'c') ;;\n  # why\n  @(d|e)) f\nesac", "case($x: \"a b\" 'c' -> , @(d|e) -> f)"),
        ("x=$(case $y in a) b ;; esac)", "x=$(case($y: a -> b))"),
        ("f() { a; }; function g { b; }; function h() { c; }", "function f {a}; function g {b}; function h {c}"),
        ("f()\n{\n a\n} > log; g() (b)", "function f {a} >log; function g {(b)}"),
    ]);
}

#[test]
fn tests() {
    assert_all(&[
        ("[ -z \"$x\" ] && a", "and([ -z \"$x\" ], a)"),
        ("[[ $a == *\"x\"* && -n $b ]] || y", "or(test[$a == *\"x\"* && -n $b], y)"),
        ("[[ ! ( $c =~ ^(a|b )\\.$ ) ]]", "test[! ( $c =~ ^(a|b )\\.$ )]"),
        ("(( i++ )); if ((a > b)); then c; fi", "test[\" i++ \"]; if(test[\"a > b\"] -> c)"),
        ("if [[ $a < $b ]]; then c; fi", "if(test[$a < $b] -> c)"),
    ]);
}

#[test]
fn assignments_and_declarations() {
    assert_all(&[
        ("a= b=c d+=e f", "a=\"\" b=c d+=e f"),
        ("a=() b=(1 \"2 3\"\n# why\n4) c+=($d)", "a=() b=(1 \"2 3\" 4) c+=($d)"),
        ("a[0]=b a[$i]+=c", "a[0]=b a[$i]+=c"),
        ("export A=1 B=\"$c\"; readonly D", "export A=1 B=\"$c\"; readonly D"),
        ("local -a x=(a \"b c\"); unset y", "local -a x=(a \"b c\"); unset y"),
        (">f A=1 b", "A=1 b >f"),
    ]);
}

#[test]
fn words() {
    assert_all(&[
        ("'a' \"b$c\" $'d\\n\\x41' e\\ f $\"g\"", "'a' \"b\"\"$c\" $'d\\nA' e f \"g\""),
        ("\"a\\\"b\\c\" a'b'\"c\" \"\" ''", "\"a\"b\\c\" a'b'\"c\" \"\" \"\""),
        ("a \\\n  b\\\nc # why\nd", "a bc; d"),
        ("a \\\r\n  b\r\nc 'd\r\ne'\r\n", "a b; c 'd\\ne'"),
        ("echo a#b } {c,d} {1..3} = $", "echo a#b } {c,d} {1..3} = $"),
        ("$x ${x} $1 ${10} $@ $# $? $$ $! $-", "$x $x $1 $10 $@ $# $? $$ $! $-"),
        ("${x:-y} ${x-} ${x:?no $z} ${x:+\"a b\"}", "${x :- y} ${x - \"\"} ${x :? no $z} ${x :+ \"a b\"}"),
        ("${x#a} ${x##*/} ${x%.*} ${x%%[0-9]}", "${x # a} ${x ## */} ${x % .*} ${x %% [0-9]}"),
        ("${x//\\//_} ${x/#a/b} \"${x//'}'/\"}\"}\"", "${x // //_} ${x /# a/b} \"${x // '}'\"/\"\"}\"}\""),
        ("\"${x#\\'} ${x%$'\\n'}\"", "\"${x # \"'\"}\"\" \"\"${x % $'\\n'}\""),
        ("${x:0:3} ${x^^} ${x,} ${x@Q}", "${x : 0:3} ${x ^^ \"\"} ${x , \"\"} ${x @ Q}"),
        ("${#x} ${!x} ${x[@]} ${x[$i]:-y} ${!p@} ${#x[@]}", "$#x $!x $x[@] ${x[$i] :- y} $!p $#x"),
        ("\"${x:-'a b'}\" \"${x:-\"$y\"}\"", "\"${x :- \"'a b'\"}\" \"${x :- \"$y\"}\""),
        ("$((1 + (2))) $( (a) ) $((a); b)", "$((1 + (2))) $((a)) $((a); b)"),
        ("`a \\`b\\`` \"`c \"d\"`\"", "$(a $(b)) \"$(c \"d\")\""),
        ("a $(b \"$(c \"$d\")\")", "a $(b \"$(c \"$d\")\")"),
        ("diff <(a) >(b)", "diff <(a) <(b)"),
        ("ls !(a|b) *.@(c|d e)", "ls !(a|b) *.@(c|d e)"),
    ]);
}

#[test]
fn redirections() {
    assert_all(&[
        ("a >b 2>&1 <c >>d &>e >|f", "a >b 2>&1 <c >>d >e >f"),
        ("a >&2 2>/dev/null >& f {fd}>g 3<&-", "a >&2 2>/dev/null >f >g 3>&-"),
        ("a <<< \"$x\" | b", "pipe(a <<<\"$x\" | b)"),
        ("cat <<E | grep x && b\nh $X `a`\nE\nc", "and(pipe(cat <<\"h \"\"$X\"\" \"\"$(a)\"\"\\n\" | grep x), b); c"),
        ("cat <<'E' > f\n$b \\\nE\n", "cat <<''$b \\\\n' >f"),
        ("cat <<-E\n\ta\n\t\tb $c\n\tE\nd", "cat <<\"a\\nb \"\"$c\"\"\\n\"; d"),
        ("a <<A; b <<\"B\"\n1\nA\n$2\nB\nc", "a <<\"1\\n\"; b <<''$2\\n'; c"),
        ("ssh host<<E\na\nE", "ssh host <<\"a\\n\""),
        ("x=$(cat <<E\n$(a)\nE\n); b", "x=$(cat <<\"$(a)\"\"\\n\"); b"),
        ("cat <<E\n$(cat <<F\na\nF\n)\nE\nb", "cat <<\"$(cat <<\"a\\n\")\"\"\\n\"; b"),
        ("while a; do b; done <<E\nc\nE\nd", "while(a: b) <<\"c\\n\"; d"),
        ("x=$(cat <<E\na\nE)\nb", "x=$(cat <<\"a\\n\"); b"),
        ("cat <<E\r\na\r\nE\r\nb\r\n", "cat <<\"a\\n\"; b"),
    ]);
}

#[test]
fn expressions() {
    assert_all(&[
        ("${{ inputs.cmd }} --x=${{y}}z", "<inputs.cmd> --x=<y>z"),
        ("'a ${{ b }}' \"${{ c }}\" ${X:-${{ d }}}", "'a ''<b>' \"<c>\" ${X :- <d>}"),
        ("X=${{ a }} Y=$'${{ b }}' c", "X=<a> Y=$'<b>' c"),
        ("a ${{ format('}} {0}', 'it''s') }} b", "a <format('}} {0}', 'it''s')> b"),
        ("cat <<'E'\n${{ a }}\nE", "cat <<''<a>''\\n'"),
        ("cat <<E\n$(b ${{ a }})\nE", "cat <<\"$(b <a>)\"\"\\n\""),
        ("if [[ ${{ a }} == 'b' ]]; then\n${{ c ||\n d }}\nfi", "if(test[<a> == 'b'] -> <c ||\n d>)"),
        ("`a ${{ b }}` $(c${{ d }})", "$(a <b>) $(c<d>)"),
    ]);
}

#[test]
fn what_is_broken_costs_no_more_than_itself() {
    assert_all(&[
        ("a; fi; b", "a; b ![3..5, 5..6]"),
        ("a || || b", "or(a, b) ![5..7]"),
        ("a; ) b", "a; b ![3..4]"),
        ("if a; then b\nc", "if(a -> b; c) ![14..14]"),
        ("a 'b", "a 'b' ![2..4]"),
        ("echo ${{ x", "echo ${{ x ![5..7]"),
    ]);
}

#[test]
fn what_is_open_is_completed() {
    assert_all(&[
        ("if a; then b\nc", "if(a -> b; c) ![14..14]"),
        ("$(if a) b", "$(if(a -> )) b ![6..6]"),
        ("while a; b; for x in y; do z", "while(a; b; for(x in y: z): ) ![28..28]"),
        ("case x in a) b", "case(x: a -> b) ![14..14]"),
        ("case x in a", "case(x: a -> ) ![11..11]"),
        ("case x esac; b", "case(x: ); b ![7..7]"),
        ("( ); { }; b", "(); {}; b ![2..2, 7..7]"),
        ("f() a; b", "function f {}; a; b ![4..4, 4..5]"),
        ("{ a; } b", "{a}; b ![7..8]"),
        ("a &&", "a ![4..4]"),
        ("( if a; then b )", "(if(a -> b)) ![15..15]"),
    ]);
}
