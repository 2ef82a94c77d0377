"""Segmentation of thick stacks on the grid of thin slices, and of volumes on their own (ACNN): cross-entropy, with or
without the shape prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.anatomical_rivals import AutoencodedNet
from cardioprior.networks.shape_prior import ShapeAutoencoder
from cardioprior.preparations.contract import LABELS_OF
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.losses import weighted_dice_loss
from cardioprior.training.pairs import Pairs, mean_losses, one_hot
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting
from cardioprior.training.shapes import code_distance

#: lambda 1 and 2 (ACNN, eqs. 1 and 2): of the distance of codes, and of the squared weights
PRIOR_WEIGHT, WEIGHT_DECAY = 0.01, 5e-6

#: from images (batch, 1, z, y, x) and labels (batch, f z, y, x) to losses
StackLoss = Callable[[Tensor, Tensor], Losses]


def voxelwise(network: nn.Module) -> StackLoss:
    """Cross-entropy, averaged over voxels."""

    def loss(images: Tensor, labels: Tensor) -> Losses:
        return {"loss": functional.cross_entropy(network(images).float(), labels.long())}

    return loss


def overlapping(network: nn.Module) -> StackLoss:
    """The Dice loss, all classes alike, which the paper tried in cross-entropy's place."""

    def loss(images: Tensor, labels: Tensor) -> Losses:
        logits = network(images)
        return {"loss": weighted_dice_loss(logits, labels, [1 / logits.shape[1]] * logits.shape[1])}

    return loss


def constrained(network: nn.Module, prior: ShapeAutoencoder) -> StackLoss:
    """Cross-entropy, and the distance between the codes of the probabilities and of the labels (eq. 1)."""

    def loss(images: Tensor, labels: Tensor) -> Losses:
        logits = network(images).float()
        entropy = functional.cross_entropy(logits, labels.long())
        code = code_distance(prior.encode(logits.softmax(dim=1)), prior.encode(one_hot(labels, prior.classes)))
        return {"loss": entropy + PRIOR_WEIGHT * code, "entropy": entropy, "code": code}

    return loss


def cascaded(network: AutoencodedNet) -> StackLoss:
    """Cross-entropy of the segmentation in front and of the autoencoder's behind it, alike (the weights are not
    printed)."""

    def loss(images: Tensor, labels: Tensor) -> Losses:
        first, second = (
            functional.cross_entropy(logits.float(), labels.long()) for logits in network.both_logits(images)
        )
        return {"loss": first + second, "first": first, "second": second}

    return loss


def slicewise(network: nn.Module, factor: int) -> StackLoss:
    """Cross-entropy of thick slices against the thin one in the middle of each."""

    def loss(images: Tensor, labels: Tensor) -> Losses:
        return {"loss": functional.cross_entropy(network(images).float(), labels[:, factor // 2 :: factor].long())}

    return loss


def stack_phase(
    network: nn.Module, stack_loss: StackLoss, setting: Setting, settings: TrainingSettings, slice_motion: bool = False,
    before: nn.Module | None = None, labels_of: Mapping[str, str] = LABELS_OF,
) -> Phase:  # fmt: skip
    """Adam with weight decay on whole stacks; the epoch of the lowest validation loss is kept.

    before: a trained network whose output the stacks become. labels_of: arrays of images with those of their labels.
    """

    def pairs_of(records: Sequence[Record]) -> Pairs:
        pairs = Pairs.of(records, setting.device, labels_of)
        return pairs.through(before) if before else pairs

    train = pairs_of(setting.train)

    def loss(batch: Batch) -> Losses:
        labels, images = train.moved(train.images, batch, slice_motion)
        return stack_loss(images[:, None], labels)

    def validate() -> Mapping[str, float]:
        if not setting.validation:
            return {}
        pairs = pairs_of(setting.validation)
        return mean_losses(
            len(pairs), settings.batch_size, lambda part: stack_loss(pairs.images[part, None], pairs.labels[part])
        )

    return Phase(
        name="stacks",
        updates=[adam_update(network, loss, settings, weight_decay=WEIGHT_DECAY)],
        batches=batches.shuffled(len(train), settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
        keep="best",
    )
