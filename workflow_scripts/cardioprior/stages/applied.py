"""From the shards' manifests to one table of measurements and one of what became of every study."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cardioprior import atomic, digest
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.accounts import QC_COLUMNS, read_tsv, write_tsv
from cardioprior.stages import provenance

_CAVITY = ("edv_ml", "esv_ml", "sv_ml", "ef_percent")
_INDEXED = ("edv_ml", "esv_ml", "sv_ml")
COLUMNS = (
    *("study", "source", "study_instance_uid", "ed_frame", "es_frame", "ed_time_ms", "es_time_ms"),
    *(f"{cavity}_{figure}" for cavity in ("lv", "rv") for figure in _CAVITY),
    *("lv_mass_g", "height_cm", "weight_kg", "bsa_m2"),
    *(f"{cavity}_{figure}_per_m2" for cavity in ("lv", "rv") for figure in _INDEXED),
    *("lv_mass_g_per_m2", "method", "trained_on", "warnings"),
)
#: decimals of a figure that is not a volume, mass or EF, which have one
_DECIMALS = {"bsa_m2": 2}


def gather(manifests: Sequence[Path], measurements_csv: Path, qc_tsv: Path) -> None:
    """Writes measurements.csv (a row a study that was measured; unknown figures are empty) and qc.tsv (every study)."""
    records = sorted(
        (record for path in manifests for record in atomic.read_json(path)["studies"]),
        key=lambda record: record["subject"],
    )
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for record in records:
        if record["row"]:
            table.writerow([_cell(column, record["row"][column]) for column in COLUMNS])
    atomic.write_text(measurements_csv, text.getvalue())
    sound = [{"status": "ok", "code": "", "sentence": ""}]
    qc = [
        (record["subject"], finding["status"], finding["code"], finding["sentence"])
        for record in records
        for finding in record["findings"] or sound
    ]
    write_tsv(qc_tsv, QC_COLUMNS, qc)


def conclude(qc_tsv: Path, models: Mapping[str, Path], stated: Mapping[str, Any], out: Path) -> None:
    """Writes the json of a run's provenance: what is stated, how many studies there were, models, code and versions.

    Raises CardioPriorError where no study was measured.
    """
    rows = read_tsv(qc_tsv)
    found = {row["subject"] for row in rows}
    refused = {row["subject"]: row["sentence"] for row in rows if row["status"] == "excluded"}
    if len(refused) == len(found):
        first = next(iter(refused.values()), "there was none")
        raise CardioPriorError(
            f"none of {len(found)} studies could be measured; {qc_tsv} says why of each, of the first: {first}"
        )
    atomic.write_json(
        out,
        {
            **stated,
            "studies": {"found": len(found), "measured": len(found) - len(refused), "refused": len(refused)},
            "models": {name: digest.file_sha256(path) for name, path in models.items()},
            "commit": provenance.commit(),
            "versions": provenance.versions(),
        },
    )


def _cell(column: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.{_DECIMALS.get(column, 1)}f}"
    return "" if value is None else str(value)
