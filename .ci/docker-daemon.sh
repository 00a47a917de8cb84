#!/bin/sh
# A Docker daemon for the tests of berth-run, and the two images they start.
#   .ci/docker-daemon.sh start    starts dockerd when no daemon answers; makes the images that are missing
#   .ci/docker-daemon.sh stop     stops the dockerd that `start` started, and no other
# The images come from Debian's packages: no registry is asked.
set -eu

state=${BERTH_DOCKERD_STATE:-/tmp/berth-dockerd}

say() { echo "docker-daemon: $*" >&2; }

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Installs the packages of the commands that are missing.
need() {
	missing=
	for pair; do
		command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
	done
	[ -n "$missing" ] || return 0
	say "installing$missing"
	apt-get update -qq >&2
	# shellcheck disable=SC2086 # one word a package
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

start_daemon() {
	need docker:docker.io
	if answers; then
		say "a daemon answers already"
		return 0
	fi
	need dockerd:docker.io iptables:iptables
	mkdir -p "$state"
	# A session of its own: a Ctrl-C at the test run must not end it before its containers.
	setsid nohup dockerd >"$state/log" 2>&1 &
	echo $! >"$state/pid"
	for _ in $(seq 1 60); do
		if answers; then
			say "started dockerd $(docker version --format '{{.Server.Version}}')"
			return 0
		fi
		kill -0 "$(cat "$state/pid")" 2>/dev/null || break
		sleep 0.5
	done
	say "dockerd does not come up:"
	tail -20 "$state/log" >&2
	return 1
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# Every applet of busybox as a link to one static binary.
busybox_root() {
	mkdir -p "$1/bin" "$1/etc" "$1/proc" "$1/tmp" "$1/var/run"
	chmod 1777 "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in $("$1/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\npostgres:x:999:\n' >"$1/etc/group"
}

busybox_image() {
	has_image berth-test/busybox:latest && return 0
	need busybox:busybox-static
	root=$(mktemp -d)
	busybox_root "$root"
	tar -C "$root" -c . | docker import --change 'CMD ["sh"]' - berth-test/busybox:latest >/dev/null
	rm -rf "$root"
	say "made berth-test/busybox:latest"
}

postgres_image() {
	has_image berth-test/postgres:latest && return 0
	need busybox:busybox-static
	if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
		mkdir -p /etc/postgresql-common
		# The package must not start a server of its own on this machine.
		echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
		need postgres-is-missing:postgresql
	fi
	home=$(dirname "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)")
	version=$(basename "$home")
	root=$(mktemp -d)
	busybox_root "$root"
	mkdir -p "$root$home/bin" "$root$home/lib" "$root/usr/share/postgresql" \
		"$root/usr/share/zoneinfo" "$root/var/lib/postgresql/data" "$root/var/run/postgresql"
	for program in postgres initdb pg_ctl psql pg_isready; do
		cp "$home/bin/$program" "$root$home/bin/"
		ln -s "$home/bin/$program" "$root/bin/$program"
	done
	cp "$home/lib/plpgsql.so" "$home/lib/dict_snowball.so" "$root$home/lib/"
	cp "$home"/lib/*_and_*.so "$home"/lib/euc*.so "$root$home/lib/" 2>/dev/null || true
	cp -r "/usr/share/postgresql/$version" "$root/usr/share/postgresql/"
	cp -r /usr/share/zoneinfo/Etc "$root/usr/share/zoneinfo/"
	# What the programs are linked with, the loader included, at the same paths.
	ldd "$home"/bin/postgres "$home"/bin/initdb "$home"/bin/psql "$home"/bin/pg_isready |
		grep -o '/[^ ]*' | grep -v ':$' | sort -u |
		while read -r library; do
			mkdir -p "$root$(dirname "$library")"
			cp -L "$library" "$root$library"
		done
	cp "$(dirname "$0")/postgres-entrypoint.sh" "$root/entrypoint"
	chmod 755 "$root/entrypoint"
	chown -R 999:999 "$root/var/lib/postgresql" "$root/var/run/postgresql"
	tar -C "$root" -c . | docker import \
		--change 'ENTRYPOINT ["/entrypoint"]' --change 'USER postgres' \
		--change 'VOLUME /var/lib/postgresql/data' --change 'EXPOSE 5432' \
		- berth-test/postgres:latest >/dev/null
	rm -rf "$root"
	say "made berth-test/postgres:latest (PostgreSQL $version)"
}

stop_daemon() {
	[ -f "$state/pid" ] || return 0
	pid=$(cat "$state/pid")
	rm -f "$state/pid"
	kill "$pid" 2>/dev/null || return 0
	for _ in $(seq 1 60); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.5
	done
	say "dockerd ($pid) does not end"
	return 1
}

case ${1:-} in
start)
	start_daemon
	busybox_image
	postgres_image
	;;
stop) stop_daemon ;;
*)
	echo "usage: $0 start|stop" >&2
	exit 2
	;;
esac
