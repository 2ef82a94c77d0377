"""Training of networks that segment reconstructed cines: baselines that the k-space paper lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from cardioprior.imaging.kspace import draw_masks, draw_waves
from cardioprior.models.contract import TrainingSettings
from cardioprior.models.syn_net_tuned import network_lines
from cardioprior.training.cines import Cines, acquire, generator_of
from cardioprior.training.kspace import begin_with_shares, cine_phase, cross_entropy, lines_of
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.setting import Setting

#: cines reconstructed at once
AT_ONCE = 16
#: from magnitudes (batch, t, y, x) to what a network sees (batch, 1, t, y, x)
Seen = Callable[[Tensor, torch.Generator], Tensor]


def full_phase(network: nn.Module, setting: Setting, settings: TrainingSettings) -> Phase:
    """From fully sampled magnitudes."""
    train = Cines.of(setting.train, setting.device)
    return _phase("segmentation", network, train, lambda images, generator: images[:, None], setting, settings)


def zero_filled_phases(networks: Mapping[str, nn.Module], setting: Setting, settings: TrainingSettings) -> list[Phase]:
    """From zero-filled magnitudes of each network's number of lines, drawn anew in every step."""
    train = Cines.of(setting.train, setting.device)

    def seen(lines: int) -> Seen:
        def magnitudes(images: Tensor, generator: torch.Generator) -> Tensor:
            drawn = lines_of(len(images), lines, 0, train.lines, generator)
            return acquire(images, drawn, generator).undersampled.square().sum(dim=1, keepdim=True).sqrt()

        return magnitudes

    return [_phase(name, n, train, seen(network_lines(name)), setting, settings) for name, n in networks.items()]


def reconstructed_phases(
    networks: Mapping[str, nn.Module], setting: Setting, settings: TrainingSettings
) -> list[Phase]:
    """From images by compressed sensing of each network's number of lines. They take too long to be made in every step:
    each cine is reconstructed once, from one draw of masks, and validation is on cines as they are."""
    train = Cines.of(setting.train, setting.device)
    iterations = int(setting.train[0].meta["masks"]["iterations"])
    return [
        _phase(
            name, network, _reconstructed(train, network_lines(name), iterations, setting),
            lambda images, generator: images[:, None], setting, settings,
        )
        for name, network in networks.items()
    ]  # fmt: skip


def _reconstructed(cines: Cines, lines: int, iterations: int, setting: Setting) -> Cines:
    from cardioprior.imaging.compressed_sensing import reconstructed

    made = []
    frames, total, _ = cines.size
    generator = generator_of(torch.device("cpu"), setting.seed, "reconstruction", lines)
    for start in range(0, len(cines), AT_ONCE):
        some = cines.images[start : start + AT_ONCE].cpu().float()
        drawn = torch.full((len(some),), lines)
        waves, masks = draw_waves(len(some), generator), draw_masks(drawn, frames, total, generator)
        made.append(reconstructed(some, waves, masks, iterations))
    return Cines(torch.cat(made).half().to(cines.images.device), cines.labels)


def _phase(
    name: str, network: nn.Module, train: Cines, seen: Seen, setting: Setting, settings: TrainingSettings
) -> Phase:
    begin_with_shares(network.head, train)  # type: ignore[arg-type]

    def losses_of(images: Tensor, labels: Tensor, generator: torch.Generator) -> Losses:
        return {"loss": cross_entropy(network(seen(images, generator)), labels)}

    def loss(batch: Batch) -> Losses:
        images, labels = train.moved(batch.members, batch.rng)
        generator = torch.Generator(setting.device).manual_seed(int(batch.rng.integers(2**63 - 1)))
        return losses_of(images, labels, generator)

    def validation(cines: Cines, part: slice) -> Losses:
        generator = generator_of(setting.device, setting.seed, "validation", part.start)
        return losses_of(cines.images[part].float(), cines.labels[part], generator)

    return cine_phase(name, network, loss, validation, setting, settings, len(train))
