"""Training of Syn-net and LI-net on zero-filled cines (k-space paper, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.imaging.labels import CLASSES, STRUCTURES
from cardioprior.metrics.overlap import dice
from cardioprior.models.contract import TrainingSettings
from cardioprior.models.syn_net_tuned import network_lines
from cardioprior.networks.kspace import CodeDecoder, CodeEncoder, SynNet
from cardioprior.training import batches
from cardioprior.training.cines import Acquired, Cines, acquire, draw_lines, fewest_lines, generator_of
from cardioprior.training.pairs import mean_losses, one_hot
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

#: weights of LI-net's terms (eq. 2): fully sampled to the code, one code to the other, cross-entropy
TO_FULL, CONSISTENT, DECODED = 1.0, 1e-4, 10.0
#: cases whose voxels are counted at a time
AT_ONCE = 64

#: from zero-filled and fully sampled images and labels (batch, t, y, x) to losses
Objective = Callable[[Acquired, Tensor], Losses]


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over all voxels. The paper sums; its factor on the learning rate is Adam's to forget."""
    return functional.cross_entropy(logits.float(), labels.long())


def synthesis(network: nn.Module) -> Objective:
    """Syn-net's objective (eq. 1, with the minus sign that it lacks)."""
    return lambda acquired, labels: {"loss": cross_entropy(network(acquired.undersampled), labels)}


def interpolation(predictor: CodeEncoder, encoder: CodeEncoder, decoder: CodeDecoder) -> Objective:
    """LI-net's objective (eq. 2); only the predictor learns, encoder and decoder stay as they are."""

    def objective(acquired: Acquired, labels: Tensor) -> Losses:
        codes = predictor(torch.cat([acquired.undersampled, acquired.full]))
        undersampled, full = codes.float().chunk(2)
        with torch.no_grad():
            truth = encoder(one_hot(labels, CLASSES)).float()
        losses = {
            "undersampled": _distance(truth, undersampled),
            "full": _distance(truth, full),
            "consistency": _distance(full, undersampled),
            "cross_entropy": cross_entropy(decoder(undersampled.to(codes.dtype)), labels),
        }
        total = losses["undersampled"] + TO_FULL * losses["full"]
        return {"loss": total + CONSISTENT * losses["consistency"] + DECODED * losses["cross_entropy"], **losses}

    return objective


def _distance(codes: Tensor, others: Tensor) -> Tensor:
    """Euclidean distance of codes (batch, k), averaged over the batch."""
    return (codes - others).square().sum(dim=1).clamp_min(1e-12).sqrt().mean()


def kspace_phase(
    name: str, network: nn.Module, objective: Objective, setting: Setting, settings: TrainingSettings,
    warm_epochs: int = 0, lines: int | None = None,
) -> Phase:  # fmt: skip
    """A network learns from lines that are drawn anew in every step.

    lines: a frame's, always; None for any number, from all of them in the first epoch to any from epoch `warm_epochs`
    on.
    """
    train = Cines.of(setting.train, setting.device)
    total = train.lines

    def loss(batch: Batch) -> Losses:
        images, labels = train.moved(batch.members, batch.rng)
        generator = torch.Generator(setting.device).manual_seed(int(batch.rng.integers(2**63 - 1)))
        fewest = fewest_lines(batch.epoch, warm_epochs, total)
        drawn = lines_of(len(images), lines, fewest, total, generator)
        return objective(acquire(images, drawn, generator), labels)

    def losses(cines: Cines, part: slice) -> Losses:
        generator = generator_of(setting.device, setting.seed, "validation", part.start)
        drawn = lines_of(part.stop - part.start, lines, 0, total, generator)
        return objective(acquire(cines.images[part].float(), drawn, generator), cines.labels[part])

    return cine_phase(name, network, loss, losses, setting, settings, len(train))


def begin_with_shares(head: nn.Module, cines: Cines) -> None:
    """Gives the biases of a network's last convolution, in place, the logarithms of the classes' shares of all voxels,
    so that a short training does not spend its first epochs on learning that most is background."""
    parts = (cines.labels[start : start + AT_ONCE] for start in range(0, len(cines), AT_ONCE))
    counts = torch.stack([torch.bincount(part.flatten().int(), minlength=CLASSES) for part in parts]).sum(0).float()
    with torch.no_grad():
        head.bias.copy_((counts.clamp_min(1) / counts.sum()).log())  # type: ignore[operator, union-attr]


def lines_of(count: int, lines: int | None, fewest: int, total: int, generator: torch.Generator) -> Tensor:
    """Numbers of lines (count,): always the same, or, for None, uniform from `fewest` to `total`."""
    if lines is None:
        return draw_lines(count, fewest, total, generator)
    return torch.full((count,), min(lines, total), device=generator.device)


def label_phase(encoder: CodeEncoder, decoder: CodeDecoder, setting: Setting, settings: TrainingSettings) -> Phase:
    """LI-net's first stage: label maps through a code and back, by cross-entropy. Validation has the Dice of each class
    too, which the paper wants at .95."""
    train = Cines.of(setting.train, setting.device)
    begin_with_shares(decoder.head, train)

    def loss(batch: Batch) -> Losses:
        _, labels = train.moved(batch.members, batch.rng)
        return {"loss": cross_entropy(decoder(encoder(one_hot(labels, CLASSES))), labels)}

    def losses(cines: Cines, part: slice) -> Losses:
        labels = cines.labels[part]
        logits = decoder(encoder(one_hot(labels, CLASSES)))
        return {"loss": cross_entropy(logits, labels), **_dices(logits.argmax(dim=1), labels)}

    both = nn.ModuleList([encoder, decoder])
    return cine_phase("labels", both, loss, losses, setting, settings, len(train))


def _dices(found: Tensor, labels: Tensor) -> Losses:
    """Dice of each class; 0 where a batch has none of it."""
    a, b = found.cpu().numpy(), labels.cpu().numpy()
    overlaps = {f"dice_{name}": dice(a == value, b == value) for name, value in STRUCTURES.items()}
    return {name: torch.tensor(overlap).nan_to_num() for name, overlap in overlaps.items()}


def synthesis_phase(network: SynNet, setting: Setting, settings: TrainingSettings, warm_epochs: int) -> Phase:
    """Syn-net's training, see `kspace_phase`."""
    begin_with_shares(network.head, Cines.of(setting.train, setting.device))
    return kspace_phase("synthesis", network, synthesis(network), setting, settings, warm_epochs)


def tuning_phases(
    networks: Mapping[str, nn.Module], general: nn.Module, objective: Callable[[Any], Objective], setting: Setting,
    settings: TrainingSettings,
) -> list[Phase]:  # fmt: skip
    """Networks named after their number of lines, each from the general network's weights on."""
    phases = []
    for name, network in networks.items():
        network.load_state_dict(general.state_dict())
        lines = network_lines(name)
        phases.append(kspace_phase(name, network, objective(network), setting, settings, lines=lines))
    return phases


def cine_phase(
    name: str, network: nn.Module, loss: Callable[[Batch], Losses], losses: Callable[[Cines, slice], Losses],
    setting: Setting, settings: TrainingSettings, members: int,
) -> Phase:  # fmt: skip
    """Adam on shuffled slices; the last epoch's weights are kept. losses: of a part of the validation cines."""

    def validate() -> Mapping[str, float]:
        if not setting.validation:
            return {}
        cines = Cines.of(setting.validation, setting.device)
        return mean_losses(len(cines), settings.batch_size, partial(losses, cines))

    return Phase(
        name=name,
        updates=[adam_update(network, loss, settings)],
        batches=batches.shuffled(members, settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )
