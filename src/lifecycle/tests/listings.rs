//! What is left of a listing behind a pipe or a question.

use super::{each_is, row};

#[test]
fn a_pipe_narrows_what_is_listed() {
    let removal = row("removal", &["by", "selector"]);
    each_is(
        &[
            ("docker ps -a | sed -n '/ws-/p' | awk '{print $1}' | xargs docker rm -f", "grep ws- High"),
            ("docker ps -aq | sed 's/^/ /' | xargs docker rm -f", "listing - High"),
            ("docker ps -a | sed -n 3p | xargs docker rm -f", "listing - Low"),
            ("docker ps -a | grep -e ws- | xargs docker rm -f", "grep ws- High"),
            ("docker ps -a | grep --regexp ws- | xargs docker rm -f", "grep ws- High"),
            ("docker ps -a | grep --color=never ws- | xargs docker rm -f", "grep ws- High"),
            ("docker ps -a | grep --invert-match ws- | xargs docker rm -f", "listing - High"),
            ("docker ps -a | grep --file=mine.txt | xargs docker rm -f", "baseline-diff - High"),
            ("docker ps -a | grep -vf mine.txt | xargs docker rm -f", "baseline-diff - High"),
            ("docker ps -a | grep | xargs docker rm -f", "listing - Low"),
            ("docker ps -a | awk '$2 ~ /shop/ {print $1}' | xargs docker rm -f", "grep shop High"),
            ("docker ps -a | awk '!/shop/ {print $1}' | xargs docker rm -f", "listing - High"),
            ("docker ps -a | awk '$2 == \"shop\" {print $1}' | xargs docker rm -f", "grep ^shop$ High"),
            ("docker ps -a | awk 'NR>1 {print $1}' | xargs docker rm -f", "listing - High"),
            ("docker ps -a | awk -f mine.awk | xargs docker rm -f", "grep $(awk) High"),
            ("docker ps -a | awk \"$HOW\" | xargs docker rm -f", "listing - Low"),
            ("docker ps -aq | tail -n +2 | xargs docker rm -f", "listing - High"),
            ("docker ps -aq | head -n 2 | xargs docker rm -f", "listing - High"),
            ("docker ps -aq | ./mine | xargs docker rm -f", "listing - Low"),
            ("docker ps -aq | sort -u | xargs docker rm -f", "listing - High"),
            ("ids=$(docker ps -aqf name=ws-)\necho \"$ids\" | xargs docker rm -f", "name-filter ws- High"),
            ("ids=$(docker ps -aq | grep ws- || true)\nprintf '%s\\n' \"$ids\" | xargs docker rm -f", "grep ws- High"),
            (
                "ids=$(docker ps -aq)\necho \"$ids\" | grep ws- | while read i; do docker rm -f $i; done",
                "grep ws- High",
            ),
            ("ids=$(docker ps -aq)\necho \"$ids and more\" | xargs docker rm -f", "name - High"),
            ("docker ps -q --filter publish=5432 | xargs docker rm -f", "port 5432 High"),
            ("docker compose ps -q | xargs docker rm -f", "project - High"),
            ("docker compose images -q | xargs docker rm -f", "name - High"),
        ],
        removal,
    );
}

#[test]
fn a_loop_asks_for_each_that_is_listed() {
    let removal = row("removal", &["by", "selector", "verb"]);
    each_is(
        &[
            (
                "docker ps --format '{{.Names}}' | while read n; do [ $n = ws-1 ] && docker rm -f $n; done",
                "grep ws-1 rm High",
            ),
            (
                "docker ps --format '{{.Names}}' | while read n; do [ $n != ws-1 ] && docker rm -f $n; done",
                "listing - rm High",
            ),
            (
                "for n in $(docker ps -q); do if docker inspect $n | grep -q shop; then docker rm -f $n; fi; done",
                "grep shop rm High",
            ),
            (
                "for n in $(docker ps -q); do if docker inspect pg | grep -q shop; then docker rm -f $n; fi; done",
                "listing - rm High",
            ),
            (
                "for n in $(docker ps -q); do if docker logs $n | grep -q shop; then docker stop $n; fi; done",
                "grep shop stop High",
            ),
            (
                "for n in $(docker ps -q); do if docker exec $n test -f /ws; then docker rm -f $n; fi; done",
                "grep $(docker exec $n test -f /ws) rm High",
            ),
            (
                "for n in $(docker ps -q); do if ./is-mine $n; then docker rm -f $n; fi; done",
                "grep $(./is-mine $n) rm High",
            ),
            ("for n in $(docker ps -q); do if ./is-there; then docker rm -f $n; fi; done", "listing - rm High"),
            (
                "docker rm -f $(docker ps --format '{{.Names}}' | while read n; do [[ $n == ws-* ]] && echo $n; done)",
                "grep ws-* rm High",
            ),
            (
                "docker rm -f $(docker ps --format '{{.Names}}' | while read n; do [ $n != ws-1 ] && echo $n; done)",
                "listing - rm High",
            ),
            (
                "docker rm -f $(docker ps -q | while read n; do [ $(./age $n) -gt 60 ] && echo $n; done)",
                "grep $(test) rm High",
            ),
            (
                "docker rm -f $(docker ps -q | while read n; do case $n in ws-*) echo $n;; esac; done)",
                "grep $(case) rm High",
            ),
        ],
        removal,
    );
}
