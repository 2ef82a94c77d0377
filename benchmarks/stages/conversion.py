"""From DICOM to NIfTI, against dcm2niix."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Case, Work
from benchmarks.inputs import phantom, real

#: converts every source to the target beside it
Convert = Callable[[Sequence[tuple[str, str]]], Any]
COLD = "import sys; from benchmarks.stages.conversion import ours; ours()(zip(sys.argv[1::2], sys.argv[2::2]))"


def cases() -> list[Case]:
    """Sunnybrook's three patients, else two of the phantom's."""
    return [
        Case(
            "DICOM to NIfTI",
            f"{_sources()[0]}, each to one compressed file; dcm2niix is started once a patient (-z y -b n)",
            {
                "cardioprior": lambda: _to_files(ours()),
                "cardioprior, Python's start included": lambda: _to_files(_cold),
                "dcm2niix": lambda: _to_files(_dcm2niix()),
            },
            _agree,
            {"dcm2niix": 0.5},
            rounds=3,
        )
    ]


def ours() -> Convert:
    """By this project."""
    from cardioprior.imaging.dicom import find_stacks, short_axis
    from cardioprior.imaging.nifti import write_volume

    def convert(pairs: Sequence[tuple[str, str]]) -> None:
        for source, target in pairs:
            write_volume(Path(target, "sax.nii.gz"), short_axis(find_stacks([Path(source)])).volume())

    return convert


def _cold(pairs: Sequence[tuple[str, str]]) -> None:
    subprocess.run([sys.executable, "-c", COLD, *(path for pair in pairs for path in pair)], check=True)


def _dcm2niix() -> Convert:
    import dcm2niix

    def convert(pairs: Sequence[tuple[str, str]]) -> None:
        for source, target in pairs:
            command = [dcm2niix.bin, "-z", "y", "-b", "n", "-w", "1", "-f", "sax", "-o", target, source]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return convert


def _to_files(convert: Convert) -> Work:
    """Converts all sources into folders of its own, and says which."""
    targets = [_folder() for _ in _sources()[1]]
    pairs = [(str(source), target) for source, target in zip(_sources()[1], targets, strict=True)]

    def work() -> list[str]:
        convert(pairs)
        return targets

    return work


def _agree(values: Mapping[str, Any]) -> str:
    import nibabel

    def written(folder: str) -> Any:
        (file,) = sorted(Path(folder).glob("*.nii.gz"))
        return nibabel.as_closest_canonical(nibabel.load(file))

    ours, *others = values.values()
    for folders in others:
        for one, other in zip(map(written, ours), map(written, folders), strict=True):
            np.testing.assert_array_equal(np.asarray(one.dataobj), np.asarray(other.dataobj))
            np.testing.assert_allclose(one.affine, other.affine, atol=1e-2)
    return "voxels equal, places to .01 mm"


@cache
def _sources() -> tuple[str, tuple[Path, ...]]:
    folder = real("sunnybrook", "dicoms")
    if folder is not None:
        patients = tuple(sorted(path for path in folder.iterdir() if path.is_dir()))
        return f"{len(patients)} of Sunnybrook's patients", patients
    cohort = phantom("phantom_clinical", Path(_folder()), 1)
    for subject in cohort.subject_ids()[:2]:
        cohort.generate(subject)
    return "2 of the phantom's subjects", tuple(cohort.root / subject.sources[0] for subject in cohort.find()[:2])


def _folder() -> str:
    """An empty folder that goes with this process."""
    folder = tempfile.mkdtemp()
    atexit.register(partial(shutil.rmtree, folder, ignore_errors=True))
    return folder
