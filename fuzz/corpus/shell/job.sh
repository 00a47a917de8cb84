#!/usr/bin/env bash
set -euo pipefail
name="pg-${GITHUB_RUN_ID:-0}"
trap 'docker rm -f "$name"' EXIT
for i in $(seq 1 10); do docker exec "$name" pg_isready && break || sleep 1; done
if [[ $name =~ ^pg ]]; then echo ${{ github.run_id }}; elif ! test -f x; then exit 1; else :; fi
