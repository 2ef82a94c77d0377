"""Print how long one subject of each phantom flavour takes, files included, and the memory that it needs.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/speed.py [--subjects N]

CPU seconds on one thread, the median of N subjects after one that warms up; the peak of the process' memory after the
first and after the last subject shows whether it grows.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import yaml

from cardioprior.cohorts.phantom import Adapter, Settings
from cardioprior.config import load

CLINICAL = {"frames": (35, 35), "groups": ("NOR",)}
CLINICAL_STACK = {"slices": (10, 10), "pixel_mm": (0.8, 1.09), "matrix": 256}


def flavours() -> dict[str, Settings]:
    """The phantom's cohorts of config.yaml, the clinical one as 10 slices, 35 frames and 256 x 256 pixels."""
    raw = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = {n: c for n, c in load(raw).cohorts.items() if isinstance(c, Settings)}
    clinical = found["phantom_clinical"]
    stack = clinical.views.sax.model_copy(update=CLINICAL_STACK)
    views = clinical.views.model_copy(update={"sax": stack})
    found["phantom_clinical"] = clinical.model_copy(update=CLINICAL | {"views": views})
    return found


def measure(name: str, settings: Settings, subjects: int) -> str:
    """A row of the table: median CPU seconds of a subject, and the process' peak memory after the first and last."""
    seconds, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        cohort = Adapter(settings.model_copy(update={"subjects_per_group": subjects + 1}), Path(folder), name, 0)
        for subject in cohort.subject_ids()[: subjects + 1]:
            start = time.process_time()
            cohort.generate(subject)
            seconds.append(time.process_time() - start)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    return f"| {name} | {statistics.median(seconds[1:]):.1f} | {peaks[1]:.2f} | {peaks[-1]:.2f} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=5)
    subjects = parser.parse_args().subjects
    torch.set_num_threads(1)
    print("| flavour | s a subject | GB after the second | GB after the last |\n|---|---|---|---|")
    for name, settings in flavours().items():
        print(measure(name, settings, subjects), flush=True)


if __name__ == "__main__":
    main()
