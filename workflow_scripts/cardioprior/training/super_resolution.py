"""Super-resolution of thick stacks (ACNN): stacks made from high-resolution images; smooth L1, and the shape prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.intensity import min_max
from cardioprior.imaging.thick_slices import thick_slices
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.shape_prior import CodePredictor
from cardioprior.preparations.paired_stacks import acquired
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.pairs import noisy, slices_moved, stacked
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting
from cardioprior.training.shapes import code_distance
from cardioprior.training.stacks import PRIOR_WEIGHT, WEIGHT_DECAY

#: from stacks (batch, z, y, x) and images (batch, f z, y, x) to losses
ImageLoss = Callable[[Tensor, Tensor], Losses]


def synthetic_stack(record: Record) -> np.ndarray:
    """The stack (z, y, x) that a record's `image_hr` would have given, its smallest value 0 and its largest 1.

    Slices that the subject's own stack lacks, or that the image does not fill, are empty.
    """
    image, slices = record.arrays["image_hr"], len(record.arrays["image"])
    factor = len(image) // slices
    made = thick_slices(image, factor, stored_grid(record.meta["grid"]).spacing_mm[0])
    filled = image.any(axis=(1, 2)).reshape(slices, factor).all(axis=1)
    return min_max(np.where((acquired(record) & filled)[:, None, None], made, 0))


@dataclass(frozen=True)
class Images:
    """synthetic, acquired: stacks, float32 (cases, z, y, x). images: the high-resolution ones (cases, f z, y, x)."""

    synthetic: Tensor
    acquired: Tensor
    images: Tensor
    spacing_mm: float

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Images:
        """Of records of paired_stacks."""
        synthetic = torch.from_numpy(np.stack([synthetic_stack(record) for record in records])).to(device)
        acquired, images = (stacked(records, name, device) for name in ("image", "image_hr"))
        return cls(synthetic, acquired, images, stored_grid(records[0].meta["grid"]).spacing_mm[2])

    def moved(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Synthetic stacks and images of a batch: every slice of the stacks moved rigidly on its own, with noise; the
        images as they are."""
        chosen = list(batch.members)
        return noisy(slices_moved(self.synthetic[chosen], self.spacing_mm, batch.rng), batch.rng), self.images[chosen]


def smooth(network: nn.Module) -> ImageLoss:
    """Smooth L1, summed over voxels (section II-C), averaged over the batch."""

    def loss(stacks: Tensor, images: Tensor) -> Losses:
        return {"loss": _smooth_l1(_made(network, stacks), images)}

    return loss


def constrained(network: nn.Module, predictor: CodePredictor) -> ImageLoss:
    """The same, and the distance between the codes that are predicted from the made and from the true image (eq. 2)."""

    def loss(stacks: Tensor, images: Tensor) -> Losses:
        made = _made(network, stacks)
        intensity = _smooth_l1(made, images)
        code = code_distance(predictor(made[:, None]), predictor(images[:, None]))
        return {"loss": intensity + PRIOR_WEIGHT * code, "intensity": intensity, "code": code}

    return loss


def super_resolution_phase(
    network: nn.Module, image_loss: ImageLoss, setting: Setting, settings: TrainingSettings
) -> Phase:
    """Adam with weight decay on whole stacks; the last epoch is kept, as the paper keeps no subjects for validation.

    Validation: `loss` from synthetic stacks as they are, the others by name; `acquired` from acquired stacks.
    """
    train = Images.of(setting.train, setting.device)

    def validate() -> Mapping[str, float]:
        if not setting.validation:
            return {}
        data = Images.of(setting.validation, setting.device)
        found = []
        for case in range(len(data.images)):
            images = data.images[[case]]
            losses = image_loss(data.synthetic[[case]], images)
            found.append({**losses, "acquired": image_loss(data.acquired[[case]], images)["loss"]})
        return {name: float(torch.stack([one[name] for one in found]).mean()) for name in found[0]}

    return Phase(
        name="images",
        updates=[adam_update(network, lambda batch: image_loss(*train.moved(batch)), settings, None, WEIGHT_DECAY)],
        batches=batches.shuffled(len(train.images), settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )


def _made(network: nn.Module, stacks: Tensor) -> Tensor:
    made: Tensor = network(stacks[:, None])[:, 0].float()
    return made


def _smooth_l1(made: Tensor, images: Tensor) -> Tensor:
    return functional.smooth_l1_loss(made, images, reduction="sum") / len(images)
