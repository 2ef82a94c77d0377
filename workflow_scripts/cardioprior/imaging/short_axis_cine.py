"""What a short-axis cine is, for studies that nobody has looked at: one definition for DICOM and NIfTI.

Three or more parallel, evenly spaced slices, 4 to 25 mm apart, each with the same 8 to 100 frames of one heartbeat,
in planes that lie oblique to the body. Thinner steps are volumes, wider ones no stack; fewer frames miss end-systole,
more are several heartbeats; planes along the body's own axes are localisers and brains.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume

if TYPE_CHECKING:
    from cardioprior.imaging.dicom import Cine, Study

MIN_SLICES = 3
FRAMES = (8, 100)
STEP_MM = (4.0, 25.0)
LONGEST_BEAT_MS = 3000.0  # 20 beats a minute
ALONG_AXIS_DEG = 15.0  # short axes of patients lie 40 degrees and more from every axis of the body
#: label maps have few values, images have many
LABEL_VALUES = 8
#: BodyPartExamined of pictures that cannot show the heart; others are often left over from the patient before
WITHOUT_HEART = frozenset(
    (
        *("BRAIN", "HEAD", "HEADNECK", "SKULL", "ORBIT", "JAW", "NECK", "CSPINE"),
        *("PELVIS", "PROSTATE", "UTERUS", "BLADDER", "HIP", "THIGH", "KNEE", "LEG", "ANKLE", "FOOT"),
        *("SHOULDER", "ARM", "ELBOW", "FOREARM", "WRIST", "HAND"),
    )
)
WANTED = (
    f"wanted a short-axis cine: {MIN_SLICES} or more parallel slices, {STEP_MM[0]:g} to {STEP_MM[1]:g} mm apart and "
    f"oblique to the body, each with {FRAMES[0]} to {FRAMES[1]} frames of one heartbeat"
)
_AXES = ("sagittal", "coronal", "transverse")


def short_axis_cine(study: Study) -> Cine:
    """The short-axis cine of a DICOM study, among its stacks that may be one.

    Raises SubjectError: `no_short_axis_cine` where no stack has the slices and frames, `not_oblique` where those that
    have lie along the body's axes, and what imaging.dicom.short_axis raises.
    """
    from cardioprior.imaging.dicom import short_axis

    enough = [stack for stack in study.stacks if len(stack.slices) >= MIN_SLICES and _is_count(stack.frames)]
    if not enough:
        shapes = ", ".join(f"{len(stack.slices)} x {stack.frames}" for stack in study.stacks) or "none"
        ignored = study.files.ignored_in_words()
        raise SubjectError(
            "no_short_axis_cine",
            f"{study.folder}: found {len(study.files.images)} single-frame images (stacks, slices x frames: {shapes})"
            f"{f' and {ignored}' if ignored else ''}; {WANTED}",
        )
    oblique = [stack for stack in enough if axis_along(stack.normal) is None]
    if not oblique:
        raise SubjectError(
            "not_oblique",
            f"{study.folder}: its stack of {len(enough[0].slices)} slices x {enough[0].frames} frames is "
            f"{axis_along(enough[0].normal)}; {WANTED}",
        )
    return short_axis(replace(study, stacks=tuple(oblique)))


def refuse_body_part(where: str, part: str) -> None:
    """Raises SubjectError `other_body_part` for a BodyPartExamined that cannot show the heart."""
    if part.strip().upper() in WITHOUT_HEART:
        raise SubjectError("other_body_part", f"{where}: its images are of BodyPartExamined {part}; {WANTED}")


def refuse_unless_cine(where: str, image: Volume, duration_ms: float | None) -> None:
    """Raises SubjectError where an image is no short-axis cine, whatever file it comes from.

    duration_ms: from the first to the last frame, None if unknown. Codes: `no_short_axis_cine` for the number of slices
    or frames, `slice_distance`, `not_one_heartbeat`, `label_map`.
    """
    frames, slices = image.data.shape[:2]
    if slices < MIN_SLICES or not _is_count(frames):
        raise SubjectError("no_short_axis_cine", f"{where}: found {slices} slices x {frames} frames; {WANTED}")
    step_mm = image.spacing_mm[0]
    if not STEP_MM[0] <= step_mm <= STEP_MM[1]:
        raise SubjectError("slice_distance", f"{where}: its slices are {step_mm:.2f} mm apart; {WANTED}")
    if duration_ms is not None and duration_ms > LONGEST_BEAT_MS:
        raise SubjectError(
            "not_one_heartbeat", f"{where}: its {frames} frames span {duration_ms / 1000:.1f} s; {WANTED}"
        )
    values = len(np.unique(image.data[0]))
    if values <= LABEL_VALUES:
        raise SubjectError("label_map", f"{where}: holds {values} different values, as a label map does; {WANTED}")


def _is_count(frames: int) -> bool:
    return FRAMES[0] <= frames <= FRAMES[1]


def axis_along(normal: np.ndarray) -> str | None:
    """The plane of the body that slices with a normal (a unit vector, LPS) lie in, None if they are oblique."""
    cosines = np.abs(normal)
    along = int(cosines.argmax())
    return _AXES[along] if cosines[along] > np.cos(np.radians(ALONG_AXIS_DEG)) else None
