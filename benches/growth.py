#!/usr/bin/env python3
"""How the cost of a check grows with the work: series by doubling, and the exponent of each.

    growth.py BERTHLINT [--only SERIES] [--runs N] [--limit SECONDS]

Each series makes small repositories in a temporary directory, doubles one thing, and times whole processes: the best of
N runs. The exponent of a step is log2 of the ratio of its two times, after the time that the program takes on one
small file is taken off: 1.0 is linear, 2.0 is quadratic. The last column is the exponent from the first size that takes
at least 50 ms to the last one. A series stops where a run takes longer than the limit.
"""
import argparse
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def workflow(jobs, head="name: ci\non: push\n"):
    return head + "jobs:\n" + "".join(jobs)


def job(name, steps, runner="docker-host", extra=""):
    body = "".join(f"      - run: {step}\n" for step in steps)
    return f"  {name}:\n    runs-on: {runner}\n{extra}    steps:\n{body}"


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def two_steps(number):
    return [f"docker run -d --name pg{number} -p 5432:5432 postgres:16", f"docker rm -f pg{number}"]


def files(root, n):
    """Workflows of one repository, one job each."""
    for number in range(n):
        write(root, f".gitea/workflows/w{number}.yml", workflow([job("test", two_steps(number))]))


def jobs(root, n):
    """Jobs of one workflow, two steps each."""
    write(root, ".gitea/workflows/ci.yml", workflow([job(f"j{number}", two_steps(number)) for number in range(n)]))


def steps(root, n):
    """Steps of one job without a finding."""
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", [f"make part-{number}" for number in range(n)])]))


def containers(root, n):
    """Containers that one job starts."""
    made = [f"docker run -d --name pg{number} postgres:16" for number in range(n)]
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", made)]))


def removals(root, n):
    """Containers that one job starts, and removes again in steps of their own."""
    made = [f"docker run -d --name pg{number} postgres:16" for number in range(n)]
    gone = [f"docker rm -f pg{number}" for number in range(n)]
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", made + gone)]))


def images(root, n):
    """Images that one job builds and uses."""
    made = [f"docker build -t my-app{number}:test . && docker run --rm my-app{number}:test" for number in range(n)]
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", made)]))


def ports(root, n):
    """Ports that one job publishes."""
    made = [f"docker run -d --name pg{number} -p {20000 + number}:5432 postgres:16" for number in range(n)]
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", made)]))


def lines(root, n):
    """Containers with ports that one script starts."""
    made = [f"docker run -d --name pg{number} -p {20000 + number}:5432 postgres:16" for number in range(n)]
    script = "|\n" + "".join(f"          {line}\n" for line in made)
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", [script])]))


def legs(root, n):
    """Values of one job's matrix."""
    values = ", ".join(f"v{number}" for number in range(n))
    extra = f"    strategy:\n      matrix:\n        v: [{values}]\n"
    made = ["docker run -d --name pg-${{ matrix.v }} postgres:16", "docker rm -f pg-${{ matrix.v }}"]
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", made, extra=extra)]))


def callers(root, n):
    """Jobs that call one reusable workflow."""
    head = "on:\n  workflow_call:\n    inputs:\n      name: { type: string }\n"
    made = ["docker run -d --name ${{ inputs.name }} postgres:16", "docker rm -f ${{ inputs.name }}"]
    write(root, ".gitea/workflows/called.yml", workflow([job("test", made)], head))
    calls = [
        f"  c{number}:\n    uses: ./.gitea/workflows/called.yml\n    with:\n      name: pg{number}\n" for number in range(n)
    ]
    write(root, ".gitea/workflows/ci.yml", workflow(calls))


def diamonds(root, n):
    """Layers of jobs that need both jobs of the layer before."""
    all_jobs = []
    for layer in range(n):
        needs = f"    needs: [a{layer - 1}, b{layer - 1}]\n" if layer else ""
        for side in "ab":
            all_jobs.append(job(f"{side}{layer}", two_steps(f"{side}{layer}"), extra=needs))
    write(root, ".gitea/workflows/ci.yml", workflow(all_jobs))


def calls(root, n):
    """Calls of one script by one job."""
    write(root, "ci/start.sh", 'docker run -d --name pg postgres:16\nmake test\ndocker rm -f pg\n')
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", ["bash ci/start.sh"] * n)]))


def fan(root, n):
    """Scripts of which each calls the next three times."""
    for number in range(n):
        call = f"bash ci/s{number + 1}.sh\n"
        write(root, f"ci/s{number}.sh", call * 3 if number + 1 < n else "docker run -d --name pg postgres:16\n")
    write(root, ".gitea/workflows/ci.yml", workflow([job("test", ["bash ci/s0.sh"])]))


CHECK = ["check", "--exit-zero", "--format", "json"]
SERIES = {
    "files": (files, [125, 250, 500, 1000, 2000, 4000, 8000], CHECK),
    "jobs": (jobs, [62, 125, 250, 500, 1000, 2000], CHECK),
    "steps": (steps, [250, 500, 1000, 2000, 4000], CHECK),
    "containers": (containers, [62, 125, 250, 500, 1000], CHECK),
    "fixes": (containers, [62, 125, 250, 500, 1000], ["check", "--exit-zero", "--diff", "--unsafe-fixes"]),
    "removals": (removals, [62, 125, 250, 500, 1000], CHECK),
    "images": (images, [62, 125, 250, 500, 1000], CHECK),
    "ports": (ports, [62, 125, 250, 500, 1000], CHECK),
    "lines": (lines, [62, 125, 250, 500, 1000], CHECK),
    "legs": (legs, [32, 64, 128, 256, 512, 1024], CHECK),
    "callers": (callers, [62, 125, 250, 500, 1000], CHECK),
    "diamonds": (diamonds, [10, 20, 40, 80, 160], CHECK),
    "calls": (calls, [62, 125, 250, 500, 1000], CHECK),
    "fan": (fan, [5, 10, 20, 40, 80], CHECK),
}


def best(command, root, runs):
    """The shortest of some runs, in seconds."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        took.append(time.perf_counter() - start)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')[:200]}")
    return min(took)


def exponent(small, large, sizes):
    return math.log(max(large, 1e-4) / max(small, 1e-4)) / math.log(sizes)


def main():
    about = __doc__.split("\n\n", maxsplit=1)[0]
    reader = argparse.ArgumentParser(description=about)
    reader.add_argument("berthlint")
    reader.add_argument("--only", action="append", choices=SERIES)
    reader.add_argument("--runs", type=int, default=3)
    reader.add_argument("--limit", type=float, default=30.0)
    told = reader.parse_args()
    found = shutil.which(told.berthlint)
    if not found:
        sys.exit(f"{told.berthlint}: no such program")
    program = str(pathlib.Path(found).resolve())
    print(f"{'series':12}{'size':>7}{'seconds':>10}{'exponent':>10}{'overall':>10}")
    for name, (make, sizes, arguments) in SERIES.items():
        if told.only and name not in told.only:
            continue
        with tempfile.TemporaryDirectory() as empty:
            write(pathlib.Path(empty), ".gitea/workflows/ci.yml", workflow([job("test", ["make"])]))
            base = best([program, *arguments], empty, told.runs)
        before, first = None, None
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                make(pathlib.Path(folder), size)
                seconds = best([program, *arguments], folder, told.runs)
            work = seconds - base
            step = f"{exponent(before[1], work, size / before[0]):10.2f}" if before else f"{'':10}"
            overall = f"{exponent(first[1], work, size / first[0]):10.2f}" if first else ""
            print(f"{name:12}{size:7}{seconds:10.3f}{step}{overall}", flush=True)
            before = (size, work)
            first = first or ((size, work) if work >= 0.05 else None)
            if seconds > told.limit:
                break


main()
