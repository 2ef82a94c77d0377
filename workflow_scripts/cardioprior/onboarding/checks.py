"""What every loaded subject is checked for, whatever data set it comes from."""

from __future__ import annotations

from cardioprior.cohorts.contract import LoadedSubject, View
from cardioprior.errors import Finding, SubjectError
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.onboarding.image_checks import check_image
from cardioprior.onboarding.label_checks import check_labels
from cardioprior.onboarding.orientation import check_orientation


def check(loaded: LoadedSubject) -> tuple[Finding, ...]:
    """Warnings about a subject. Raises SubjectError where it cannot be used at all."""
    findings: list[Finding] = list(loaded.findings)
    if not loaded.views:
        raise SubjectError("no_view", f"{loaded.subject.id}: has no image; wanted at least one view")
    for view in loaded.views.values():
        findings += check_image(loaded.subject.id, view)
        noticed = {finding.code for finding in findings}
        findings += [f for f in _check_labels(loaded.subject.id, view) if f.code not in noticed]
        findings += check_labels(loaded.subject.id, view)
        findings += check_orientation(loaded.subject.id, view)
    return tuple(findings)


def _check_labels(subject: str, view: View) -> list[Finding]:
    findings = []
    for annotation in view.annotations:
        where = f"{subject}: {view.role} {annotation.phase or 'frame'} {view.frame_numbers[annotation.frame]}"
        if annotation.labels.shape != view.image.shape_zyx:
            raise SubjectError(
                "label_grid",
                f"{where}: label {annotation.labels.shape} is not on the image grid {view.image.shape_zyx}",
            )
        for structure in annotation.structures:
            if not (annotation.labels == STRUCTURES[structure]).any():
                findings.append(Finding("warning", "empty_structure", f"{where}: no voxel is labelled {structure}"))
    for phase in ("ED", "ES"):
        if view.annotations and view.annotation(phase) is None:
            sentence = f"{subject}: no frame is labelled {phase}; studies that need {phase} leave this subject out"
            findings.append(Finding("warning", f"no_{phase.lower()}", sentence))
    return findings
