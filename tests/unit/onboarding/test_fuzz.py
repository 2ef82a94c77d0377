"""Random bytes in headers: every subject is accounted for, and none that passes has another place or size than it had.

The number of trials is bounded; CARDIOPRIOR_FUZZ_TRIALS asks for more, CARDIOPRIOR_FUZZ_SEED for others."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cardioprior.onboarding import canonical
from cardioprior.onboarding.conversion import convert
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.onboarding.test_damage import ED, acdc_root, dicom_root

__all__ = ["acdc_root", "dicom_root"]  # fixtures

TRIALS = int(os.environ.get("CARDIOPRIOR_FUZZ_TRIALS", "40"))
SEED = int(os.environ.get("CARDIOPRIOR_FUZZ_SEED", "0"))
#: bytes of a DICOM file before its pixels, in this world
DICOM_HEADER = 1000


def mutated(content: bytes, rng: np.random.Generator, reach: int) -> bytes:
    """A copy with one to four faults among its first `reach` bytes."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(min(reach, len(changed))))
        kind = rng.integers(5)
        if kind == 0:
            changed[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            length = int(rng.integers(1, 9))
            changed[at : at + length] = rng.bytes(length)
        elif kind == 2:
            changed[at:at] = rng.bytes(int(rng.integers(1, 9)))
        elif kind == 3:
            del changed[at : at + int(rng.integers(1, 9))]
        else:
            changed[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80"])
    return bytes(changed)


def trial(adapter: str, root: Path, out: Path, bad: str, good: str) -> dict:
    """The record of the mutated subject; the other is sound."""
    opened = cohort(adapter, root)
    records = {record["subject"]: record for record in convert(opened, opened.find(), out)}
    assert records[good]["status"] == "ok"
    record = records[bad]
    assert record["status"] == "ok" or all(f["code"] and f["sentence"] for f in record["findings"])
    return record


def refuse_silent(record: dict, out: Path, sound: np.ndarray) -> None:
    """What passes without a word has the grid that it had."""
    if record["status"] == "ok":
        volume = canonical.read(out, record["subject"]).views["sax"].image
        np.testing.assert_allclose(np.diag(volume.affine[:3, :3].T @ volume.affine[:3, :3]), sound, rtol=0.05)


@pytest.mark.filterwarnings("ignore")
def test_random_bytes_in_a_dicom_header(dicom_root: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(dicom_root, root)
    target = root / "bad" / "2-1.IMA"
    content = target.read_bytes()
    first = trial("siemens_overlays", root, out, "bad", "good")
    image = canonical.read(out, first["subject"]).views["sax"].image
    sound = np.diag(image.affine[:3, :3].T @ image.affine[:3, :3])
    rng = np.random.default_rng((SEED, 1))
    for _ in range(TRIALS):
        target.write_bytes(mutated(content, rng, DICOM_HEADER))
        refuse_silent(trial("siemens_overlays", root, out, "bad", "good"), out, sound)


@pytest.mark.filterwarnings("ignore")
def test_random_bytes_in_a_nifti_header(acdc_root: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(acdc_root, root)
    target = root / "patient001" / ED
    content = gzip.decompress(target.read_bytes())
    sound = np.array([1.5, 1.5, 9.0]) ** 2
    rng = np.random.default_rng((SEED, 2))
    for _ in range(TRIALS):
        target.write_bytes(gzip.compress(mutated(content, rng, 352), mtime=0))
        refuse_silent(trial("acdc", root, out, "patient001", "patient002"), out, sound)
