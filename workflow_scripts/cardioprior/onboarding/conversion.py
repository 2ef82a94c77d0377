"""From subjects found to canonical files: one by one, so that none stops the others."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior import digest
from cardioprior.cohorts.contract import Cohort, LoadedSubject, Subject
from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.onboarding.accounts import finding

if TYPE_CHECKING:
    from cardioprior.onboarding.identity import Identity


def convert(
    cohort: Cohort, subjects: Sequence[Subject], folder: Path, identity: Identity | None = None
) -> list[dict[str, Any]]:
    """Converts subjects one by one into `folder`; the shard's manifest, one record a subject.

    A record has the subject's id, group, status (ok, warning, excluded), findings, files with their SHA-256 and what
    is known of its images. identity: subjects are under its pseudonyms, and nothing else of them is told.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # readers' warnings quote what stands in headers
        return [_convert_one(cohort, subject, folder, identity) for subject in subjects]


def _convert_one(cohort: Cohort, subject: Subject, folder: Path, identity: Identity | None) -> dict[str, Any]:
    from cardioprior.onboarding import canonical
    from cardioprior.onboarding.checks import check
    from cardioprior.onboarding.thumbnails import write_thumbnail

    record: dict[str, Any] = {"subject": subject.id, "group": subject.group, "files": {}, "findings": []}
    original = identity.original(subject.id) if identity else subject

    def told(sentence: str) -> str:
        return identity.scrub(original, sentence) if identity else sentence

    try:
        loaded = cohort.load(original)
        if identity:
            hidden = replace(loaded.subject, id=subject.id, sources=())
            loaded = replace(loaded, subject=hidden)
        findings = tuple(replace(found, sentence=told(found.sentence)) for found in check(loaded))
        loaded = replace(loaded, findings=findings)
        for found in findings:
            if found.status == "excluded":
                raise SubjectError(found.code, found.sentence)
        thumbnail = folder / f"sub-{subject.id}_thumbnail.png"
        write_thumbnail(thumbnail, loaded)
        files = [thumbnail, *canonical.write(folder, loaded)]
    except SubjectError as error:
        sentence = told(error.sentence)
        return {**record, "status": "excluded", "findings": [finding("excluded", error.code, sentence)]}
    except CardioPriorError as error:
        # what is beside a subject's images, such as a table of label values
        return {**record, "status": "excluded", "findings": [finding("excluded", "bad_table", told(str(error)))]}
    except Exception as error:
        # A reader's own complaint: the subject is lost, the run is not; the log has the whole story.
        sentence = f"{original.id}: could not be read ({type(error).__name__}: {error}); the log has the details"
        print(told(traceback.format_exc()), file=sys.stderr)
        return {**record, "status": "excluded", "findings": [finding("excluded", "unreadable", told(sentence))]}
    print(f"{subject.id}: {', '.join(loaded.views)}", flush=True)
    return {
        **record,
        "status": "warning" if loaded.findings else "ok",
        "findings": [finding(f.status, f.code, f.sentence) for f in loaded.findings],
        "files": {path.name: digest.file_sha256(path) for path in files},
        "about": _about(loaded),
    }


def _about(loaded: LoadedSubject) -> dict[str, Any]:
    from cardioprior.onboarding.volumes import measure

    view = loaded.views.get("sax") or next(iter(loaded.views.values()))
    z, y, x = (round(mm, 4) for mm in view.image.spacing_mm)
    subject = loaded.subject
    return {
        "group": subject.group,
        "sex": subject.sex,
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
        "edv_ml": subject.edv_ml,
        "esv_ml": subject.esv_ml,
        "views": "|".join(loaded.views),
        "phases": "|".join(a.phase for a in view.annotations if a.phase),
        "phases_from": view.phases_from,
        "slices": view.image.shape_zyx[0],
        "frames": view.image.data.shape[0],
        "cycle_length": view.cycle_length,
        "spacing_z_mm": z,
        "spacing_y_mm": y,
        "spacing_x_mm": x,
        **measure(view),
    }
