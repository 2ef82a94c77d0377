"""Methods that restore high-resolution label maps from degraded stacks (latent optimisation)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.errors import SubjectError
from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch

    from cardioprior.inference.latent_optimisation import Schedule, Term


class RestorationMethod(MethodBase):
    """EDSR: array `labels` uint8 (z, y, x). level: that it was trained on."""

    level: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("edsr", study, cohort, fold, self.level),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.restoration import restored

        (model,) = models.values()
        return {"labels": restored(model["edsr"], record, device)}


class LatentOptimisation(MethodBase):
    """All subjects of a shard side by side, each until it has converged.

    Arrays `labels` uint8 (z, y, x) and `shift_px` float32 (slices, 2); meta: `iterations`, and `seconds`, the shard's
    divided by its subjects. generator: the model's id within the study; batch: subjects at once.
    """

    generator: ClassVar[str] = "shape_vae"
    batch: ClassVar[int] = 16

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef.parse(study, cohort, fold, self.generator),)

    def schedule(self) -> Schedule:
        """The published rates, with a rule to stop."""
        from cardioprior.inference.latent_optimisation import Schedule

        return Schedule(tolerance=STOP_BELOW)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        (found,) = self.predict([record], models, device)
        assert isinstance(found, Record)
        return found.arrays

    def predict(
        self, records: Iterable[Record | SubjectError], models: Mapping[str, Any], device: torch.device
    ) -> Iterator[Record | SubjectError]:
        from cardioprior.inference.restoration import generator_of

        (model,) = models.values()
        generator = generator_of(model).to(device)
        waiting: list[Record] = []
        for record in records:
            if isinstance(record, SubjectError):
                yield record
                continue
            waiting.append(record)
            if len(waiting) == self.batch:
                yield from self._optimised(generator, waiting, device)
                waiting = []
        if waiting:
            yield from self._optimised(generator, waiting, device)

    def term(self, generator: Any, records: list[Record], device: torch.device) -> Term | None:
        """A further loss of some subjects; none."""
        return None

    def _optimised(self, generator: Any, records: list[Record], device: torch.device) -> Iterator[Record]:
        from cardioprior.inference.restoration import optimised_shapes

        term = self.term(generator, records, device)
        yield from optimised_shapes(generator, records, self.schedule(), device, term)


#: share below which a window's loss must have fallen since the window before for a subject to go on; the paper stops
#: where "the mean relative change of the loss" is under 5 %
STOP_BELOW = 0.05
