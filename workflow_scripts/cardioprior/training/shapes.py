"""Training of the T-L network (ACNN, section III): shapes to codes and back, images to codes, then both together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
from cardioprior.preparations.contract import LABELS_OF
from cardioprior.training import batches
from cardioprior.training.pairs import Pairs, mean_losses, one_hot
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

#: share of voxels whose label is swapped for another at the autoencoder's input
SWAPPED = 0.1
#: of the noise on its one-hot labels; the paper says small
NOISE_SD = 0.05


def disturbed(labels: Tensor, classes: int, rng: np.random.Generator) -> Tensor:
    """One-hot labels of which a tenth of the voxels have another class, with Gaussian noise."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**63 - 1)))
    swapped = torch.rand(labels.shape, generator=generator) < SWAPPED
    step = torch.randint(1, classes, labels.shape, generator=generator)
    noise = NOISE_SD * torch.randn((len(labels), classes, *labels.shape[1:]), generator=generator)
    others = (labels.long() + step.to(labels.device)) % classes
    return one_hot(torch.where(swapped.to(labels.device), others, labels.long()), classes) + noise.to(labels.device)


def code_distance(codes: Tensor, others: Tensor) -> Tensor:
    """Squared Euclidean distance of codes (batch, 64), averaged over the batch."""
    return (codes.float() - others.float()).square().sum(dim=1).mean()


def reconstruction(autoencoder: ShapeAutoencoder, labels: Tensor, rng: np.random.Generator) -> Tensor:
    """Cross-entropy of label maps (batch, z, y, x) that went through the autoencoder disturbed."""
    logits = autoencoder(disturbed(labels, autoencoder.classes, rng))
    return functional.cross_entropy(logits.float(), labels.long())


def tl_phases(
    autoencoder: ShapeAutoencoder, predictor: CodePredictor, setting: Setting, settings: TrainingSettings,
    epochs: tuple[int, int, int], sees: Mapping[str, str] = LABELS_OF,
) -> list[Phase]:  # fmt: skip
    """The autoencoder alone; the predictor to its codes; both, the encoder taking both gradients in one update.

    epochs: of each stage. sees: images that the predictor sees, linearly interpolated to the grid of their labels, with
    the arrays of these.
    """
    classes = autoencoder.classes
    train = Pairs.of(setting.train, setting.device, sees)

    def shape_loss(batch: Batch) -> Losses:
        labels, _ = train.moved(train.upsampled, batch)
        return {"loss": reconstruction(autoencoder, labels, batch.rng)}

    def code_loss(batch: Batch) -> Losses:
        labels, images = train.moved(train.upsampled, batch)
        with torch.no_grad():
            codes = autoencoder.encode(one_hot(labels, classes))
        return {"loss": code_distance(predictor(images[:, None]), codes)}

    def joint_loss(batch: Batch) -> Losses:
        labels, images = train.moved(train.upsampled, batch)
        shape = reconstruction(autoencoder, labels, batch.rng)
        code = code_distance(predictor(images[:, None]), autoencoder.encode(one_hot(labels, classes)))
        scale = shape.detach() / code.detach().clamp_min(1e-12)  # the losses become equally large
        return {"loss": shape + scale * code, "shape": shape, "code": code}

    def phase(name: str, networks: Sequence[nn.Module], loss: Callable[[Batch], Losses], its_epochs: int) -> Phase:
        return Phase(
            name=name,
            updates=[adam_update(networks, loss, settings, its_epochs)],
            batches=batches.shuffled(len(train), settings.batch_size, setting.seed),
            epochs=its_epochs,
            validate=lambda: _validation_losses(autoencoder, predictor, setting, sees, settings.batch_size),
        )

    return [
        phase("shapes", [autoencoder], shape_loss, epochs[0]),
        phase("codes", [predictor], code_loss, epochs[1]),
        phase("joint", [autoencoder, predictor], joint_loss, epochs[2]),
    ]


def _validation_losses(
    autoencoder: ShapeAutoencoder, predictor: CodePredictor, setting: Setting, sees: Mapping[str, str], batch_size: int
) -> Mapping[str, float]:
    """`shape`: cross-entropy of undisturbed label maps through the autoencoder; `code`: distance of images' codes."""
    if not setting.validation:
        return {}
    pairs = Pairs.of(setting.validation, setting.device, sees)

    def losses(part: slice) -> Losses:
        labels, images = pairs.labels[part], pairs.upsampled[part]
        truth = autoencoder.encode(one_hot(labels, autoencoder.classes))
        shape = functional.cross_entropy(autoencoder.decode(truth).float(), labels.long())
        code = code_distance(predictor(images[:, None]), truth)
        return {"loss": shape + code, "shape": shape, "code": code}

    return mean_losses(len(pairs), batch_size, losses)
