"""UK Digital Heart style pairs: high-resolution and low-resolution short axes with label maps, a folder a subject.

Files are told by the words in their names, in any order and case: `ED` or `ES`; `SR` or `HR` for the high-resolution
image, else it is the low-resolution one; `seg…` or `label…` for a label map of an image. So `lvsa_ED.nii.gz`,
`lvsa_SR_ED.nii.gz`, `segmentation_SR_ED.nii.gz` and `seg_lvsa_ES.nii.gz` are read. RV is label 4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cardioprior.cohorts.contract import Cohort, LoadedSubject, Phase, Role, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.imaging.nifti_names import is_nifti_name, stem

#: the data set's label values
VALUES = {"LV": 1, "MYO": 2, "RV": 4}


class Kind(NamedTuple):
    """What a file is, by its name."""

    role: Role
    phase: Phase
    labels: bool


class Adapter(Cohort):
    """Subjects with views `hr` and `lr`, as far as there are files of them."""

    signs = (r"(^|/)(lvsa|LVSA)[^/]*_(ED|ES|ed|es)\.nii(\.gz)?$",)

    def find(self) -> Sequence[Subject]:
        files = [path for path in self.root.rglob("*") if kind_of(path)]
        folders = sorted({path.parent for path in files} - {self.root})
        if not folders:
            raise CardioPriorError(
                f"{self.root}: found no folder with files such as lvsa_ED.nii.gz and segmentation_ED.nii.gz; wanted a "
                "folder a subject"
            )
        names = [folder.name for folder in folders]
        unique = len(set(names)) == len(names)
        paths = [folder.relative_to(self.root) for folder in folders]
        return [Subject(path.name if unique else "-".join(path.parts), (str(path),)) for path in paths]

    def load(self, subject: Subject) -> LoadedSubject:
        folder = self.root / subject.sources[0]
        files = {path: kind for path in sorted(folder.iterdir()) if (kind := kind_of(path))}
        _refuse_two_of_a_kind(files)
        views: dict[Role, View] = {}
        findings: list[Finding] = []
        for role in ("hr", "lr"):
            of_role = {kind: path for path, kind in files.items() if kind.role == role}
            images = {kind.phase: path for kind, path in of_role.items() if not kind.labels}
            labels = {kind.phase: path for kind, path in of_role.items() if kind.labels}
            for phase in sorted(set(labels) - set(images)):
                sentence = f"{labels[phase]}: there is no {role} image of {phase} beside it; wanted its image"
                findings.append(Finding("warning", "no_image", sentence))
            if images:
                views[role], noticed = _view(role, images, labels)  # type: ignore[index]
                findings += noticed
        if not views:
            raise SubjectError(
                "no_image", f"{folder}: has label maps but no image; wanted files such as lvsa_ED.nii.gz"
            )
        return LoadedSubject(subject, views, tuple(findings))


def kind_of(path: Path) -> Kind | None:
    """What a file is by its name, None if that names neither ED nor ES or the file is no NIfTI file."""
    words = re.split(r"[^a-z0-9]+", stem(path.name).lower())
    phases: list[Phase] = [phase for phase in ("ED", "ES") if phase.lower() in words]  # type: ignore[misc]
    if not is_nifti_name(path.name) or len(phases) != 1:
        return None
    labels = any(word.startswith(("seg", "label")) for word in words)
    return Kind("hr" if {"sr", "hr"} & set(words) else "lr", phases[0], labels)


def _refuse_two_of_a_kind(files: dict[Path, Kind]) -> None:
    for path, kind in files.items():
        alike = [other.name for other, its in files.items() if its == kind]
        if len(alike) > 1:
            what = "label maps" if kind.labels else "images"
            raise SubjectError(
                "several_images",
                f"{path.parent}: {', '.join(alike)} are {kind.role} {what} of {kind.phase}; wanted one",
            )


def _view(role: Role, images: dict[Phase, Path], labels: dict[Phase, Path]) -> tuple[View, list[Finding]]:
    from cardioprior.imaging.nifti_steps import read_checked
    from cardioprior.onboarding.labelled import join_frames, one_frame, read_annotation

    order: list[Phase] = [phase for phase in ("ED", "ES") if phase in images]  # type: ignore[misc]
    read = {phase: read_checked(images[phase]) for phase in order}
    image = join_frames([(images[phase], one_frame(read[phase][0], images[phase])) for phase in order])
    annotations = tuple(
        read_annotation(labels[phase], image, order.index(phase), phase, VALUES) for phase in order if phase in labels
    )
    view = View(role, image, tuple(range(len(order))), len(order), annotations=annotations)
    findings = [finding for phase in order for finding in read[phase][1]]
    return replace(view, phases_from="labels"), findings
