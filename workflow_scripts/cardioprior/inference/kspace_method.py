"""Methods of the k-space study: which networks, on which images, under which of its test conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.models.li_net import AUTOENCODER
from cardioprior.models.syn_net_tuned import network_name
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch

#: the study's test conditions: one mask for each number of lines; many masks; images by compressed sensing
CURVE, REPEATED, RECONSTRUCTED = "lines", "repeated-masks", "reconstructed"


class LinesMethod(MethodBase):
    """Labels from zero-filled images, real and imaginary part.

    Arrays as of inference.kspace.labelled, under CURVE, or of inference.kspace.repeated. tuned: whether the model has a
    network a number of lines, or one for any.
    """

    conditions: ClassVar[tuple[str, ...] | None] = (CURVE, REPEATED)
    model: ClassVar[str]
    tuned: ClassVar[bool] = False

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef(self.model, study, cohort, fold),)

    def network(self, name: str, models: Mapping[str, Any]) -> Callable[[Any], tuple[Any, Any]]:
        """A network of the model, as inference.kspace wants it."""
        raise NotImplementedError

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.kspace import labelled, repeated, zero_filled_draws

        draws = zero_filled_draws(record, device)
        if self.tuned:
            parts = models[self.model].parts
            return labelled(
                record, draws,
                lambda n: self.network(network_name(n), models) if network_name(n) in parts else None,
            )  # fmt: skip
        network = self.network(next(iter(models[self.model].parts)), models)
        if record.meta["repeated"]:
            return repeated(record, draws, network)
        return labelled(record, draws, lambda n: network)


class SynMethod(LinesMethod):
    """Syn-net; its code is the summary of the features before its first upsampling."""

    def network(self, name: str, models: Mapping[str, Any]) -> Callable[[Any], tuple[Any, Any]]:
        from cardioprior.networks.kspace import bottleneck_summary

        network = models[self.model][name]

        def synthesis(images: Any) -> tuple[Any, Any]:
            logits, bottleneck = network.with_bottleneck(images)
            return logits, bottleneck_summary(bottleneck)

        return synthesis


class LatentMethod(LinesMethod):
    """LI-net: a predictor's code, decoded to labels."""

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (*super().models(study, cohort, fold, condition), ModelRef(AUTOENCODER, study, cohort, fold))

    def network(self, name: str, models: Mapping[str, Any]) -> Callable[[Any], tuple[Any, Any]]:
        predictor, decoder = models[self.model][name], models[AUTOENCODER]["decoder"]

        def decoded(images: Any) -> tuple[Any, Any]:
            code = predictor(images)
            return decoder(code), code

        return decoded


class ImageMethod(MethodBase):
    """Labels from magnitudes, zero-filled ones under CURVE and reconstructed ones under RECONSTRUCTED.

    trained_on: the condition of models/cine_segmentation.py.
    """

    trained_on: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("cine_segmentation", study, cohort, fold, self.trained_on),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.kspace import labelled, magnitude_draws
        from cardioprior.models.cine_segmentation import ONE

        (model,) = models.values()

        def network_of(lines: int) -> Callable[[Any], tuple[Any, Any]] | None:
            name = ONE if ONE in model.parts else network_name(lines)
            return (lambda images: _without_code(model[name], images)) if name in model.parts else None

        return labelled(record, magnitude_draws(record, device), network_of)


def _without_code(network: Any, images: Any) -> tuple[Any, Any]:
    return network(images), images.new_empty((len(images), 0))
