"""Methods that segment a short-axis stack and a four-chamber plane and restore the stack (latent optimisation, table
3)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.errors import SubjectError
from cardioprior.inference.shape_method import LatentOptimisation
from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch

    from cardioprior.inference.latent_optimisation import Term

#: the study whose models restore, and the motion that they were trained on where they know one
SHAPES_STUDY, MOTION = "latent_optimisation", "normal-motion"
SHORT_AXIS_NETWORK, LONG_AXIS_NETWORK = "unet_3d", "long_axis_fcn"


class RestoredViews(MethodBase):
    """Arrays `labels` uint8 (z, y, x) on a grid of its own, `labels_lr` and `labels_la4ch`, the segmentations on the
    acquired grids, `stack` and `slices` (inference.views), and what the restorer found besides; meta: `grid`.

    restorer: of a row of tables 1, 2 and S1; the stack's record is its input.
    """

    restorer: ClassVar[MethodBase]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        segmenting = (ModelRef(name, study, cohort, fold) for name in (SHORT_AXIS_NETWORK, LONG_AXIS_NETWORK))
        return (*segmenting, *self.restorer.models(SHAPES_STUDY, cohort, fold, MOTION))

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        return self._restored(record, models, device).arrays

    def predict(
        self, records: Iterable[Record | SubjectError], models: Mapping[str, Any], device: torch.device
    ) -> Iterator[Record | SubjectError]:
        for record in records:
            try:
                yield record if isinstance(record, SubjectError) else self._restored(record, models, device)
            except SubjectError as error:
                print(error.sentence, flush=True)
                yield error

    def _restored(self, record: Record, models: Mapping[str, Any], device: torch.device) -> Record:
        from cardioprior.inference.views import check_grid, placed_views

        start = time.perf_counter()
        restoring = {n: model for n, model in models.items() if n not in (SHORT_AXIS_NETWORK, LONG_AXIS_NETWORK)}
        check_grid(restoring, record)
        short_axis, long_axis = (models[name]["segmentation"] for name in (SHORT_AXIS_NETWORK, LONG_AXIS_NETWORK))
        stack, segmented = placed_views(short_axis, long_axis, record, device)
        (found,) = self.restorer.predict([stack], restoring, device)
        if isinstance(found, SubjectError):
            raise found
        arrays = {**segmented, **{name: stack.arrays[name] for name in ("stack", "slices")}, **found.arrays}
        about = {**found.meta, "seconds": time.perf_counter() - start, "grid": stack.meta["grid"]}
        return Record(record.subject, arrays, about)


class MultiViewOptimisation(LatentOptimisation):
    """Latent optimisation of a stack as inference.views places it, with the four-chamber plane's term beside the
    stack's, both alike (gamma is 1)."""

    title = "LO-multi-view"
    batch = 1

    def term(self, generator: Any, records: list[Record], device: torch.device) -> Term:
        from cardioprior.inference.views import plane_term

        (record,) = records
        return plane_term(generator, record, device)
