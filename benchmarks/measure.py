"""One stage in its own process: its cases timed, or the memory of one contender; JSON on the last line.

python -m benchmarks.measure time STAGE
python -m benchmarks.measure memory STAGE CASE CONTENDER
"""

from __future__ import annotations

import importlib
import json
import sys

from benchmarks.harness import peak_mb, timed


def main() -> None:
    """Measures what the command line names."""
    kind, stage, *names = sys.argv[1:]
    cases = importlib.import_module(f"benchmarks.stages.{stage}").cases()
    if kind == "time":
        print(json.dumps([timed(case) for case in cases]))
    else:
        (case,) = (case for case in cases if case.name == names[0])
        print(json.dumps(peak_mb(case, names[1])))


if __name__ == "__main__":
    main()
