"""From canonical studies without labels to measurements, labels, DICOM segmentations and pictures."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior import atomic, digest, registry
from cardioprior.cohorts.contract import LoadedSubject, Subject
from cardioprior.cohorts.unlabelled import Adapter, is_nifti
from cardioprior.errors import Finding, SubjectError
from cardioprior.imaging.dicom_studies import study_uid
from cardioprior.imaging.volume import Volume
from cardioprior.inference.stored import device_of, load
from cardioprior.metrics.measurements import Segmented, doubts, measure
from cardioprior.onboarding import canonical
from cardioprior.preparations.whole_cine import Preparation

if TYPE_CHECKING:
    from cardioprior.imaging.dicom import Cine
    from cardioprior.onboarding.identity import Identity


@dataclass(frozen=True)
class Recipe:
    """What studies are measured with. method: its file. models: file of each by id. trained_on: the models' cohorts.

    phantom: whether these are made up, which is said of every measurement. device: as the configuration names it.
    identified: whether DICOM SEG names the patient.
    """

    method: str
    models: Mapping[str, Path]
    trained_on: str
    phantom: bool
    device: str
    identified: bool = False

    @property
    def title(self) -> str:
        """The method's printed name."""
        return str(registry.entry("methods", self.method).title)


def run(
    recipe: Recipe,
    cohort: Adapter,
    subjects: Sequence[Subject],
    nifti: Path,
    folder: Path,
    identity: Identity | None = None,
) -> list[dict[str, Any]]:
    """Measures the studies of a shard one by one; its manifest, one record a study.

    subjects: as found, of the shard. nifti: the manifest of the canonical shard. folder: gets a folder a study. A
    record has the study's id, its status (ok, warning, excluded), findings, files with their SHA-256, seconds and the
    row of measurements (None where it was excluded). identity: studies are under its pseudonyms, and neither their
    sources nor their identifiers are told, but in DICOM SEG, which refers to its images.
    """
    analyst = _Analyst(recipe, cohort, nifti.parent, identity)
    converted = {record["subject"]: record for record in atomic.read_json(nifti)["subjects"]}
    return [analyst.record(subject, converted[subject.id], folder) for subject in subjects]


class _Analyst:
    """The method with its models loaded, for one study after the other."""

    def __init__(self, recipe: Recipe, cohort: Adapter, nifti: Path, identity: Identity | None) -> None:
        self.recipe = recipe
        self.cohort = cohort
        self.identity = identity
        self.nifti = nifti
        self.device = device_of(recipe.device)
        self.method = registry.entry("methods", recipe.method)()
        self.models = {name: load(path, self.device) for name, path in recipe.models.items()}
        self.preparation = Preparation(Preparation.Settings())

    def record(self, subject: Subject, converted: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        start = time.perf_counter()
        original = self.identity.original(subject.id) if self.identity else subject

        def told(text: str) -> str:
            return self.identity.scrub(original, text) if self.identity else text

        noticed = tuple(Finding(**finding) for finding in converted["findings"])
        if converted["status"] == "excluded":
            return _excluded(subject, noticed)
        try:
            study = self._study(subject, original)
            files, faults = self._write(study, folder / subject.id, told)
        except SubjectError as error:
            return _excluded(subject, (*noticed, Finding("excluded", error.code, told(error.sentence))))
        except Exception as error:  # as in conversion: the study is lost, the others are not
            print(told(traceback.format_exc()), file=sys.stderr)
            sentence = f"{subject.id}: failed ({type(error).__name__}: {error}); the log has the details"
            return _excluded(subject, (*noticed, Finding("excluded", "failed", told(sentence))))
        findings = (*noticed, *study.findings, *faults)
        seconds = time.perf_counter() - start
        print(f"{subject.id}: {study.headline} ({seconds:.1f} s)", flush=True)
        return {
            "subject": subject.id,
            "status": "warning" if findings else "ok",
            "findings": [asdict(finding) for finding in findings],
            "files": {str(path.relative_to(folder)): digest.file_sha256(path) for path in files},
            "row": _row(study, self.recipe, " | ".join(finding.sentence for finding in findings)),
            "seconds": round(seconds, 2),
        }

    def _study(self, subject: Subject, original: Subject) -> _Study:
        loaded = canonical.read(self.nifti, subject.id, Preparation.roles)
        (found,) = self.method.predict([self.preparation.prepare(loaded)], self.models, self.device)
        if isinstance(found, SubjectError):
            raise found
        es, ed = map(int, found.arrays["phases"])
        image = loaded.views["sax"].image
        labels = Segmented(found.arrays["labels_ED"], found.arrays["labels_ES"], image.voxel_volume_ml)
        cine = None if is_nifti(original) else self.cohort.cine(original)
        findings = doubts(subject.id, labels, ed, es)
        if self.recipe.phantom:
            sentence = f"{subject.id}: measured by models that learnt from the phantom {self.recipe.trained_on} alone"
            findings = (*findings, Finding("warning", "phantom_models", sentence))
        return _Study(loaded, cine, ed, es, labels, findings)

    def _write(self, study: _Study, folder: Path, told: Callable[[str], str]) -> tuple[list[Path], tuple[Finding, ...]]:
        shutil.rmtree(folder, ignore_errors=True)  # files of an earlier run, of other phases or another reader
        files = [*_write_labels(study, folder), _write_picture(study, folder, self.recipe)]
        if study.cine is None:
            return files, ()
        try:
            pseudonym = study.loaded.subject.id if self.identity else ""
            return [*files, *_write_segmentations(study, study.cine, folder, self.recipe, pseudonym)], ()
        except Exception as error:  # a header that cannot be referred to costs the object, not the measurement
            print(told(traceback.format_exc()), file=sys.stderr)
            sentence = f"{study.loaded.subject.id}: no DICOM SEG could be made ({type(error).__name__}: {error})"
            return files, (Finding("warning", "no_seg", told(sentence)),)


def _excluded(subject: Subject, findings: tuple[Finding, ...]) -> dict[str, Any]:
    found = [asdict(finding) for finding in findings]
    return {"subject": subject.id, "status": "excluded", "findings": found, "files": {}, "row": None, "seconds": 0.0}


@dataclass(frozen=True)
class _Study:
    """A measured study: its sorted files (None for NIfTI), frames of ED and ES, labels there, and doubts about them."""

    loaded: LoadedSubject
    cine: Cine | None
    ed: int
    es: int
    labels: Segmented
    findings: tuple[Finding, ...]

    @property
    def phases(self) -> Iterator[tuple[str, int, np.ndarray]]:
        """Name, frame and labels (z, y, x) of ED and ES."""
        return iter((("ED", self.ed, self.labels.ed), ("ES", self.es, self.labels.es)))

    @property
    def image(self) -> Volume:
        """The cine."""
        return self.loaded.views["sax"].image

    @property
    def figures(self) -> dict[str, float]:
        """Measurements by column."""
        return measure(self.labels, self.loaded.subject.height_cm, self.loaded.subject.weight_kg)

    @property
    def headline(self) -> str:
        """The EF of both ventricles, the LV's volumes and mass, in words; `?` for what was not found."""
        figures = {name: "?" if np.isnan(value) else str(round(value)) for name, value in self.figures.items()}
        return (
            f"LV EF {figures['lv_ef_percent']} % ({figures['lv_edv_ml']} ml to {figures['lv_esv_ml']} ml), "
            f"RV EF {figures['rv_ef_percent']} %, LV mass {figures['lv_mass_g']} g"
        )

    def time_ms(self, frame: int) -> float | None:
        """Time of a frame after the R wave, None if unknown."""
        times = self.loaded.views["sax"].frame_times_ms
        return times[frame] if times else None


def _row(study: _Study, recipe: Recipe, warnings: str) -> dict[str, Any]:
    subject = study.loaded.subject
    return {
        "study": subject.id,
        "source": _source(subject),
        "study_instance_uid": study_uid(study.cine.files[0][0].path) if study.cine and subject.sources else "",
        "ed_frame": study.ed,
        "es_frame": study.es,
        "ed_time_ms": study.time_ms(study.ed),
        "es_time_ms": study.time_ms(study.es),
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
        # JSON has no nan
        **{name: float(value) if np.isfinite(value) else None for name, value in study.figures.items()},
        "method": recipe.title,
        "trained_on": recipe.trained_on,
        "warnings": warnings,
    }


def _source(subject: Subject) -> str:
    """Where a study lies below the input: its folder or file, or the folder that holds all of its parts; empty for a
    pseudonym, which has no sources."""
    if not subject.sources:
        return ""
    if len(subject.sources) == 1:
        return subject.sources[0]
    return f"{os.path.commonpath(subject.sources) or '.'} ({len(subject.sources)} files or folders)"


def _write_labels(study: _Study, folder: Path) -> list[Path]:
    from cardioprior.imaging.nifti import write_volume

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for phase, _, labels in study.phases:
        files.append(folder / f"{phase}_labels.nii.gz")
        write_volume(files[-1], Volume(labels[None], study.image.affine))
    return files


def _write_segmentations(study: _Study, cine: Cine, folder: Path, recipe: Recipe, pseudonym: str) -> list[Path]:
    from cardioprior.imaging.dicom_seg import Phase, write_segmentation

    files = []
    for number, (phase, frame, labels) in enumerate(study.phases, 1):
        files.append(folder / f"{phase}_seg.dcm")
        about = Phase(phase, frame, number, recipe.title)
        write_segmentation(files[-1], labels, cine, about, recipe.identified, pseudonym)
    return files


def _write_picture(study: _Study, folder: Path, recipe: Recipe) -> Path:
    from cardioprior.figures.overlay import Picture, overlay

    pictures = []
    for phase, frame, labels in study.phases:
        time_ms = study.time_ms(frame)
        when = "" if time_ms is None else f", {time_ms:.0f} ms after R"
        pictures.append(Picture(f"{phase}: frame {frame}{when}", study.image.data[frame], labels))
    doubtful = ", ".join(dict.fromkeys(finding.code.replace("_", " ") for finding in study.findings))
    note = f"{recipe.title}, trained on {recipe.trained_on}. For research, not for diagnosis."
    note += f" Warnings: {doubtful}." if doubtful else ""
    figure = overlay(f"{study.loaded.subject.id}: {study.headline}", tuple(pictures), study.image.spacing_mm[1:], note)
    path = folder / "overlay.png"
    with atomic.replacing(path) as temporary:
        figure.savefig(temporary, dpi=130)
    return path
