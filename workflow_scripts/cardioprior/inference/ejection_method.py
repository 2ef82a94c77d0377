"""Methods that go from a raw cine to volumes at ES and ED: the thesis' three networks coupled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import numpy as np
    import torch

    from cardioprior.imaging.volume import Volume
    from cardioprior.inference.stored import Stored

#: the test condition in which the frames are looked for; in any other they are the annotated ones
DETECTED = "detected"
DETECTOR = ("frame_detector", "thesis_frames", "wdl")


class EjectionMethod(MethodBase):
    """Finds ES and ED (or takes the annotated frames), then measures there.

    model, trained_by: file in models/ of the network that measures, and the study that trains it. Array `phases`: the
    frames of ES and ED, and what `measure` gives. gives_labels: whether that is labels of both.
    """

    model: ClassVar[str]
    trained_by: ClassVar[str]
    gives_labels: ClassVar[bool] = False

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        measuring = ModelRef(self.model, self.trained_by, cohort, fold)
        name, trained_by, loss = DETECTOR
        return (measuring, ModelRef(name, trained_by, cohort, fold, loss)) if condition == DETECTED else (measuring,)

    @abstractmethod
    def measure(
        self, image: Volume, frames: Mapping[str, int], model: Stored, device: torch.device
    ) -> dict[str, np.ndarray]:
        """Arrays by name from the frames of ES and ED."""

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.cine import PHASES, detected_phases
        from cardioprior.preparations.whole_cine import image_of

        image = image_of(record)
        name, _, loss = DETECTOR
        detector = models.get(f"{name}@{loss}")
        phases = detected_phases(image, detector, device) if detector else record.arrays["phases"]
        frames = dict(zip(PHASES, map(int, phases), strict=True))
        return {"phases": phases, **self.measure(image, frames, models[self.model], device)}


class SegmentingEjectionMethod(EjectionMethod):
    """Measures by segmentation: arrays `labels_ES` and `labels_ED` on the cine's own grid."""

    trained_by = "thesis_segmentation"
    gives_labels = True

    def measure(
        self, image: Volume, frames: Mapping[str, int], model: Stored, device: torch.device
    ) -> dict[str, np.ndarray]:
        from cardioprior.inference.cine import segmented

        return segmented(image, frames, model, device)
