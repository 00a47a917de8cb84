#!/usr/bin/env python3
"""berthlint, actionlint and zizmor side by side, as whole processes, over one folder of repositories.

    compare.py BERTHLINT FOLDER [--runs N] [--actionlint PROGRAM] [--zizmor PROGRAM] [--floor] [--markdown]

The programs run in turn, N times, after one run that is not counted; a program that is not there is said and left out.
actionlint runs without shellcheck and pyflakes, zizmor offline; what they find is not looked at. A line gives the medians
of elapsed seconds, processor seconds and peak memory, and how many times longer than berthlint the program takes: the
median of the ratios run by run, so that it holds when the machine's speed drifts.

`--floor` also asks `cargo bench --bench floor` for the bare YAML events and the shell parse of the same workflows on one
core, and prints how many times that berthlint's processor time is.
"""
import argparse
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time


class Run:
    """One whole process: elapsed and processor seconds, peak memory in MB."""

    def __init__(self, command):
        start = time.perf_counter()
        with open(os.devnull, "w") as nowhere:
            process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
            _, status, usage = os.wait4(process.pid, 0)
        self.elapsed = time.perf_counter() - start
        process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.processor = usage.ru_utime + usage.ru_stime
        # Linux counts kilobytes, macOS bytes.
        self.memory = usage.ru_maxrss / (1 << 20 if platform.system() == "Darwin" else 1 << 10)


def workflows(folder):
    """The workflows of all repositories below a folder."""
    found = (path for end in ("yml", "yaml") for path in folder.rglob(f"workflows/*.{end}"))
    return sorted(str(path) for path in found if path.is_file())


def machine():
    """Cores and kind of processor."""
    kind = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as lines:
            kind = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), kind)
    except OSError:
        pass
    return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores, {kind}"


def version(program):
    """What a program says of itself."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()
    return next((word.lstrip("v") for word in said if re.match(r"v?\d+\.\d+", word)), "?")


def floor(folder):
    """Seconds of the bare events and of the shell parse on one core."""
    command = ["cargo", "bench", "--quiet", "--bench", "floor", "--", str(folder)]
    root = pathlib.Path(__file__).resolve().parent.parent
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    words = said.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2])}


def judged_by_zizmor(command, files):
    """The files without those for which zizmor ends the whole run."""
    left = set(files)
    while True:
        run = subprocess.run([*command, *sorted(left)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        refused = {path for path in re.findall(r"failed to load file://(\S+)", run.stderr) if path in left}
        if run.returncode == 0 or not refused:
            return sorted(left)
        left -= refused


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("berthlint")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--actionlint", default="actionlint")
    parser.add_argument("--zizmor", default="zizmor")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="print a table for a page")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    files = workflows(folder)
    if not files:
        sys.exit(f"{asked.folder}: no workflows below this folder")
    commands = {
        "berthlint": [asked.berthlint, "check", str(folder), "--no-config", "--exit-zero"],
        "actionlint": [asked.actionlint, "-no-color", "-shellcheck=", "-pyflakes=", *files],
        "zizmor": [asked.zizmor, "--offline", "--no-progress", "--no-exit-codes"],
    }
    for name in list(commands):
        if shutil.which(commands[name][0]) is None:
            print(f"{name} is not there: left out", file=sys.stderr)
            del commands[name]
    if "berthlint" not in commands:
        sys.exit(2)
    if "zizmor" in commands:
        judged = judged_by_zizmor(commands["zizmor"], files)
        if len(judged) < len(files):
            print(f"zizmor gets {len(judged)} of {len(files)} files: it ends at the others", file=sys.stderr)
        commands["zizmor"] += judged
    runs = {name: [] for name in commands}
    for turn in range(asked.runs + 1):
        for name, command in commands.items():
            run = Run(command)
            # actionlint ends with 1 where it finds something, berthlint with 3 where a file does not parse.
            if run.code not in (0, 1, 3):
                print(f"{name} ended with {run.code}", file=sys.stderr)
            if turn:
                runs[name].append(run)
    size = sum(os.path.getsize(path) for path in files)
    print(f"{len(files)} workflows, {size / 1e6:.1f} MB; {machine()}; {asked.runs} runs in turn, medians")
    rows = [("program", "elapsed", "processor", "peak memory", "times berthlint")]
    for name, own in runs.items():
        ratios = [run.elapsed / ours.elapsed for run, ours in zip(own, runs["berthlint"])]
        median = lambda figure: statistics.median(getattr(run, figure) for run in own)
        rows.append((
            f"{name} {version(commands[name][0])}", f"{median('elapsed'):.3f} s", f"{median('processor'):.3f} s",
            f"{median('memory'):.0f} MB", f"{statistics.median(ratios):.1f}",
        ))
    if asked.markdown:
        rows.insert(1, ("---", "---:", "---:", "---:", "---:"))
        print("\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows))
    else:
        for row in rows:
            print(f"{row[0]:24}" + "".join(f"{cell:>17}" for cell in row[1:]))
    if asked.floor:
        least = floor(folder)
        own = statistics.median(run.processor for run in runs["berthlint"])
        both = least["events"] + least["shell"]
        print(f"\nbare YAML events {least['events']:.3f} s, shell parse {least['shell']:.3f} s on one core: "
              f"berthlint's processor time is {own / both:.1f} times both")


if __name__ == "__main__":
    main()
