#!/usr/bin/env python3
"""How long berth-run takes, beside a plain container: up, down, sweep, reap, and the program's size.

usage: runtime.py BERTH_RUN [--runs N] [--before OLDER_BERTH_RUN] [--image IMAGE]

BERTH_RUN is the static build (docs/berth-run.md says how it is made). Needs root, a Docker daemon on a unix socket
(DOCKER_HOST) and an image with busybox; `.ci/docker-daemon.sh start` makes one.

`up` runs as in a job container on the host's network: beside it, in the same round, a container of the same image is made,
started and connected to through the daemon's own API. What `up` adds is the median of the differences, round by round; one
more round is run before and not counted.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
SERVER = ["httpd", "-f", "-p", "80"]
MARK = uuid.uuid4().hex[:8]


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)


def ask(method, path, body=None):
    connection = Connection("docker")
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status >= 400:
        sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
    return json.loads(content) if content[:1] in (b"{", b"[") else None


def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def plain(image):
    """Makes and starts a container, and connects to it: the seconds until then."""
    made = []

    def start():
        made.append(ask("POST", "/containers/create", {"Image": image, "Cmd": SERVER})["Id"])
        ask("POST", f"/containers/{made[0]}/start")
        address = ask("GET", f"/containers/{made[0]}/json")["NetworkSettings"]["IPAddress"]
        while True:
            try:
                return socket.create_connection((address, 80), 1).close()
            except OSError:
                time.sleep(0.002)

    took = seconds(start)
    ask("DELETE", f"/containers/{made[0]}?force=1&v=1")
    return took


class Job:
    """A job in a container, and its steps."""

    def __init__(self, image):
        self.name = f"berth-bench-{MARK}"
        self.image = image
        mount = f"{SOCKET}:{SOCKET}"
        docker("run", "-d", "--name", self.name, "--network", "host", "-v", mount, image, "sleep", "30000")

    def end(self):
        docker("rm", "-f", self.name)

    def step(self, program, temp, *words):
        environment = {
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_REPOSITORY": "team/app",
            "GITHUB_RUN_ID": MARK,
            "GITHUB_JOB": "bench",
            "RUNNER_TEMP": temp,
            "GITHUB_ENV": f"{temp}/env",
            "JOB_CONTAINER_NAME": self.name,
            "DOCKER_HOST": f"unix://{SOCKET}",
        }
        if os.path.exists(f"{temp}/env"):
            with open(f"{temp}/env", encoding="utf-8") as file:
                environment.update(line.rstrip("\n").split("=", 1) for line in file)
        run = subprocess.run([program, *words], env=environment, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{' '.join(words)}: {run.stderr}")

    def up_and_down(self, program, *options):
        """The seconds of both."""
        with tempfile.TemporaryDirectory() as temp:
            words = ["up", "web", "--image", self.image, "--port", "80", *options, "--", *SERVER]
            up = seconds(lambda: self.step(program, temp, *words))
            return up, seconds(lambda: self.step(program, temp, "down"))


def forget():
    """The guard's image goes, so that the next guard imports it."""
    for image in docker("images", "-q", "berth-guard").split():
        subprocess.run(["docker", "rmi", "-f", image], capture_output=True)


def ups(programs, image, runs):
    job = Job(image)
    rows = {}
    try:
        for run in range(runs + 1):
            alone = plain(image)
            found = [("a container by the daemon's API", alone)]
            for word, program in programs:
                found.append((f"`up --no-guard`{word}", job.up_and_down(program, "--no-guard")[0]))
                forget()
                up, down = job.up_and_down(program)
                found.append((f"first `up` of the daemon{word}", up))
                found.append((f"first `up` of a job{word}", job.up_and_down(program)[0]))
                found.append((f"`down`{word}", down))
            for name, took in found if run else []:
                rows.setdefault(name, []).append((took, took - alone))
    finally:
        job.end()
        forget()
    print(f"| {runs} rounds | median | adds | from | to |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, pairs in rows.items():
        median = statistics.median(took for took, _ in pairs) * 1000
        adds = sorted(more * 1000 for _, more in pairs)
        more = "| | | |" if name.startswith(("a container", "`down`")) else (
            f"| {statistics.median(adds):.0f} ms | {adds[0]:.0f} ms | {adds[-1]:.0f} ms |")
        print(f"| {name} | {median:.0f} ms {more}")


def sweep(program, image, runs):
    """Over a thousand containers that the selector takes and that are too young."""
    names = [f"berth-crowd-{MARK}-{number}" for number in range(1000)]
    try:
        for name in names:
            ask("POST", f"/containers/create?name={name}", {"Image": image, "Cmd": ["true"]})
        environment = {"DOCKER_HOST": f"unix://{SOCKET}"}
        words = [program, "sweep", "--name", f"^berth-crowd-{MARK}-", "--older-than", "10h"]
        work = lambda: subprocess.run(words, env=environment, check=True, capture_output=True)
        print(f"| `sweep` over 1,000 containers | {statistics.median(seconds(work) for _ in range(runs)):.2f} s |")
    finally:
        for start in range(0, len(names), 50):
            subprocess.run(["docker", "rm", "-f", *names[start : start + 50]], capture_output=True)


def reap(program, runs):
    """Over two thousand processes, none of them the one it looks for."""
    crowd = subprocess.Popen(["sh", "-c", "i=0; while [ $i -lt 2000 ]; do sleep 600 & i=$((i + 1)); done; echo; wait"],
                             stdout=subprocess.PIPE, start_new_session=True)
    try:
        crowd.stdout.readline()
        words = [program, "reap", "--exe", f"berth-nobody-{MARK}"]
        work = lambda: subprocess.run(words, check=True, capture_output=True)
        print(f"| `reap` over 2,000 processes | {statistics.median(seconds(work) for _ in range(runs)) * 1000:.0f} ms |")
    finally:
        os.killpg(crowd.pid, 15)
        crowd.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", metavar="BERTH_RUN")
    parser.add_argument("--before", metavar="OLDER_BERTH_RUN", help="measured in the same rounds")
    parser.add_argument("--image", default="berth-test/busybox:latest")
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    programs = [("", given.program)]
    if given.before:
        programs = [(", before", given.before), (", now", given.program)]
    ups(programs, given.image, given.runs)
    print("\n| | |\n| --- | ---: |")
    sweep(given.program, given.image, given.runs)
    reap(given.program, given.runs)
    print(f"| the program | {os.path.getsize(given.program) / 1e6:.1f} MB |")


if __name__ == "__main__":
    main()
