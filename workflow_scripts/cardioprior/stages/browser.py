"""From predictions to what the page lets people look at: slices with labels, the worst subjects first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior import atomic, registry
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.metrics.rows import MetricRow, read_rows
from cardioprior.onboarding import canonical
from cardioprior.protocols.contract import Case, ProtocolBase, Shown
from cardioprior.report.pictures import runs, strip, stride
from cardioprior.store import read_pairs

if TYPE_CHECKING:
    import pandas as pd

WORST, MEDIAN = 6, 3
NOTE = (
    f"The {WORST} subjects of each method with the smallest Dice, and {MEDIAN} about the median: means over "
    "structures, frames and, where there are several, numbers of lines. Slices are in the order of the stack, rows and "
    "columns as they were acquired."
)


@dataclass(frozen=True)
class Predicted:
    """A method's predictions on a cohort. shards: of predictions, each with that of records. metrics: files with its
    rows, and others'. nifti: folder of canonical files."""

    cohort: str
    title: str
    shards: Sequence[tuple[Path, Path]]
    metrics: Sequence[Path]
    nifti: Path


def run(protocol: str, predictions: Sequence[Predicted], out: Path) -> None:
    """Writes JSON: by method the subjects to look at, and the images and labels of these."""
    scorer: ProtocolBase = registry.entry("protocols", protocol)()
    several = len({one.cohort for one in predictions}) > 1
    images: dict[str, Any] = {}
    methods = []
    for one in predictions:
        rows = read_rows(one.metrics)
        chosen = to_look_at(rows[(rows["condition"] == scorer.browsed) & (rows["method"] == one.title)])
        frames = {case.row.subject: _frames(scorer, case, one.cohort, images) for case in _cases(one, set(chosen))}
        subjects = [{**chosen[name], "frames": frames[name]} for name in chosen if frames.get(name)]
        if subjects:
            methods.append({"title": f"{one.title}, {one.cohort}" if several else one.title, "subjects": subjects})
    atomic.write_text(
        out, json.dumps({"note": NOTE, "structures": STRUCTURES, "methods": methods, "images": images}) + "\n"
    )


def to_look_at(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """By subject its heading and mean Dice: the worst from the worst on, then those about the median."""
    scored = rows[(rows["metric"] == "dice") & rows["structure"].isin(STRUCTURES)]
    means = scored.groupby(["subject", "group"])["value"].mean().dropna().sort_values(kind="stable")
    worst = list(range(min(WORST, len(means))))
    middle = (len(means) - 1) / 2
    others = sorted(set(range(len(means))) - set(worst), key=lambda place: abs(place - middle))
    places = [*((place, "worst") for place in worst), *((place, "median") for place in sorted(others[:MEDIAN]))]
    found = {}
    for place, why in places:
        subject, group = means.index[place]
        about = f"{subject} ({group})" if group else subject
        rank = f"worst {place + 1} of {len(means)}" if why == "worst" else f"about the median of {len(means)}"
        found[subject] = {"heading": f"{about}, {rank}", "dice": round(float(means.iloc[place]), 4)}
    return found


def _cases(one: Predicted, subjects: set[str]) -> Iterator[Case]:
    for prediction, record in read_pairs(one.shards, subjects):
        load = partial(canonical.read, one.nifti, prediction.subject)
        yield Case(prediction, record, load, MetricRow(subject=prediction.subject))


def _frames(scorer: ProtocolBase, case: Case, cohort: str, images: dict[str, Any]) -> list[dict[str, str]]:
    """What is shown of a case; its images go to `images`, each once."""
    found = []
    for shown in scorer.shown(case):
        key = f"{cohort}/{case.row.subject}/{shown.frame}"
        step = stride(*shown.image.shape[1:])
        if key not in images:
            images[key] = _image(shown, step)
        heading = f"{shown.frame}, {shown.variant}" if shown.variant else shown.frame
        found.append({"heading": heading, "image": key, "labels": runs(shown.labels[:, ::step, ::step])})
    return found


def _image(shown: Shown, step: int) -> dict[str, Any]:
    image = shown.image[:, ::step, ::step]
    slices, height, width = image.shape
    return {
        "png": strip(image),
        "slices": slices,
        "height": height,
        "width": width,
        "aspect": round(shown.spacing_yx_mm[0] / shown.spacing_yx_mm[1], 4),
        "truth": runs(shown.truth[:, ::step, ::step]),
        "structures": list(shown.structures),
    }
