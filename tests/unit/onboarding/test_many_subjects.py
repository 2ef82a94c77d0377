"""Ten thousand subjects, in shards, in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from cardioprior import atomic
from cardioprior.onboarding.accounts import gather, read_found, read_tsv, write_found
from cardioprior.onboarding.conversion import convert
from cardioprior.onboarding.page import MOST_FINDINGS, MOST_PICTURES, write_page
from tests.unit.cohorts.nifti_world import cohort, heart, picture, save

SUBJECTS, SHARDS = 10_000, 20
#: one in so many has files; the others are named and have none
WITH_FILES = 500
PEAK_BYTES = 200 << 20
PAGE_BYTES = 8 << 20


class Nothing:
    """A preparation that takes everybody."""

    @staticmethod
    def lacks(row: dict[str, str]) -> str:
        return ""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ten_thousand_manifest_rows_are_accounted_for_in_bounded_memory(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    save(raw / "image.nii.gz", picture())
    save(raw / "labels.nii.gz", heart())
    rows = ["subject\timage\tlabel\tphase\tgroup"]
    for number in range(SUBJECTS):
        there = number % WITH_FILES == 0
        image, label = ("image.nii.gz", "labels.nii.gz") if there else (f"{number}.nii.gz", "")
        rows.append(f"s{number:05d}\t{image}\t{label}\tED\tg{number % 3}")
    (raw / "manifest.tsv").write_text("\n".join(rows) + "\n")

    tracemalloc.start()
    opened = cohort("manifest", raw)
    write_found(out / "found.tsv", opened.find(), SHARDS)
    manifests = []
    for shard in range(SHARDS):
        manifests.append(out / f"shard-{shard}.json")
        records = convert(opened, read_found(out / "found.tsv", shard), out)
        atomic.write_json(manifests[-1], {"subjects": records})
    gather(manifests, out / "subjects.tsv", out / "qc.tsv", strict=False)
    about = {"cohort": "many", "adapter": "manifest", "why": "", "block": ""}
    write_page(out / "subjects.tsv", out / "qc.tsv", out, about, {"study": Nothing}, out / "index.html")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    subjects = read_tsv(out / "subjects.tsv")
    statuses = Counter(row["status"] for row in subjects)
    assert len(subjects) == SUBJECTS
    assert statuses["excluded"] == SUBJECTS - SUBJECTS // WITH_FILES
    assert {row["shard"] for row in subjects} == {str(shard) for shard in range(SHARDS)}
    assert peak < PEAK_BYTES
    page = (out / "index.html").read_text(encoding="utf-8")
    assert len(page) < PAGE_BYTES
    findings = sum(row["status"] != "ok" for row in read_tsv(out / "qc.tsv"))
    assert f"{findings - MOST_FINDINGS} more are in qc.tsv" in page
    assert page.count("<figure>") == min(SUBJECTS // WITH_FILES, MOST_PICTURES)
