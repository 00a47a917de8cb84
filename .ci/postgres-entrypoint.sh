#!/bin/sh
# Starts Postgres as the official image does: initialise, a temporary server on the socket alone to
# make the user's database, stop it, and only then the real one. For a while the socket says ready
# and TCP does not: what berth-run's readiness has to see through.
set -eu
data=/var/lib/postgresql/data/pg
user=${POSTGRES_USER:-postgres}
initdb -N -D "$data" -U "$user" -A trust --no-locale -E UTF8 >/dev/null
echo 'host all all all trust' >>"$data/pg_hba.conf"
pg_ctl -D "$data" -w -o "-c listen_addresses='' -c fsync=off" start >/dev/null
if [ "${POSTGRES_DB:-postgres}" != postgres ]; then
	psql -q -U "$user" -d postgres -c "create database \"$POSTGRES_DB\""
fi
pg_ctl -D "$data" -m fast -w stop >/dev/null
exec postgres -D "$data" -c listen_addresses='*' -c fsync=off "$@"
