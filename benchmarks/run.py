"""Measures every stage against what a user would use instead, and writes docs/benchmarks.md and results/benchmarks.csv.

    make bench                             all of it
    python -m benchmarks.run [STAGE ...]   some stages, in an environment that has the libraries compared with

Each stage runs in a process of its own, one after another, with all contenders side by side in it; then each contender
alone in a process, for its memory, as many at once as there are cores. CMR_TEST_DATA names the folder with acdc/,
sunnybrook/ and srheart/; without it the inputs are the phantom's.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.page import page

ROOT = Path(__file__).resolve().parents[1]
STAGES = tuple(sorted(path.stem for path in (ROOT / "benchmarks" / "stages").glob("[!_]*.py")))
#: one thread everywhere: the same cores for all, and how jobs run
ONE_THREAD = dict.fromkeys(
    (
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"),
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    ),
    "1",
)


def main() -> None:
    """Runs the stages named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", help="all unless named")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--csv", type=Path, default=ROOT / "results" / "benchmarks.csv")
    given = parser.parse_args()
    measured: list[dict[str, Any]] = []
    for stage in given.stages or STAGES:
        print(f"{stage} …", flush=True)
        measured += [{"stage": stage, **case} for case in _child("measure", "time", stage)]
    print("profiles of the networks' steps …", flush=True)
    profiles = [] if given.stages else _child("roofline")
    print("memory …", flush=True)
    alone = [(case, row) for case in measured for row in case["rows"]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        peaks = pool.map(
            lambda one: _child("measure", "memory", one[0]["stage"], one[1]["case"], one[1]["contender"]), alone
        )
        for (_, row), peak in zip(alone, peaks, strict=True):
            row["peak_mb"] = peak
    _write_csv(given.csv, measured)
    given.page.write_text(page(measured, profiles), encoding="utf-8")
    for case in measured:
        for row in case["rows"]:
            print(f"{row['case']:34s} {row['contender']:40s} {row['seconds']:9.4f} s  x {row['ratio']:.2f}")


def _child(*words: str) -> Any:
    paths = [str(ROOT), str(ROOT / "workflow_scripts"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{words[0]}", *words[1:]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: failed\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _write_csv(path: Path, measured: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["stage", *measured[0]["rows"][0]])
        writer.writeheader()
        writer.writerows({"stage": case["stage"], **row} for case in measured for row in case["rows"])


if __name__ == "__main__":
    main()
