#!/bin/sh
# berth-run: its build without the linter, its lints, and its tests against a real Docker daemon.
# Starts a daemon when none answers (needs root and apt-get) and stops the one it started.
set -eu
cd "$(dirname "$0")/.."

trap '.ci/docker-daemon.sh stop' EXIT
# A signal must pass through the line above as well.
trap 'exit 130' INT TERM HUP
.ci/docker-daemon.sh start

cargo clippy --no-default-features --features run --all-targets -- -D warnings
BERTH_REQUIRE_DOCKER=1 cargo test --no-default-features --features run --lib --test runtime
