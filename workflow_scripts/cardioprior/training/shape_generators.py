"""Training of generators of label maps: the beta-VAE and the DCGAN (latent optimisation, section 2.3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.imaging.labels import CLASSES
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.shape_gan import ShapeCritic
from cardioprior.networks.shape_vae import ShapeGenerator, ShapeVAE
from cardioprior.store import Record
from cardioprior.training.adam import Adam
from cardioprior.training import batches
from cardioprior.training.pairs import one_hot
from cardioprior.training.phase import Batch, Losses, Phase, Update
from cardioprior.training.schedules import adam_update, rate_of
from cardioprior.training.setting import Setting

#: Adam's first moment in GANs (Radford et al., 2016)
GAN_BETAS = (0.5, 0.999)


def stacked_labels(records: tuple[Record, ...], device: torch.device) -> Tensor:
    """Label maps of records, uint8 (cases, z, y, x)."""
    return torch.from_numpy(np.stack([record.arrays["labels"] for record in records])).to(device)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Of codes (batch, code) from the standard normal distribution, averaged over batch and dimensions (a guess from
    the published weights)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def vae_phase(network: ShapeVAE, setting: Setting, settings: TrainingSettings, beta: float) -> Phase:
    """Cross-entropy averaged over voxels plus beta times the divergence; the last epoch is kept."""
    train = stacked_labels(setting.train, setting.device)
    validation = stacked_labels(setting.validation, setting.device) if setting.validation else None

    def loss(batch: Batch) -> Losses:
        labels = train[list(batch.members)]
        noise = torch.randn((len(labels), network.generator.code), device=labels.device)
        logits, mean, log_variance = network(one_hot(labels, CLASSES), noise)
        entropy = functional.cross_entropy(logits.float(), labels.long())
        divergence = kl_divergence(mean.float(), log_variance.float())
        return {"loss": entropy + beta * divergence, "entropy": entropy, "divergence": divergence}

    def validate() -> Mapping[str, float]:
        if validation is None:
            return {}
        found = []
        for labels in validation.split(1):
            mean, _ = network.encode(one_hot(labels, CLASSES))
            found.append(functional.cross_entropy(network.generator(mean).float(), labels.long()))
        return {"loss": float(torch.stack(found).mean())}

    return Phase(
        name="shapes",
        updates=[adam_update(network, loss, settings)],
        batches=batches.shuffled(len(train), settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )


def gan_phase(generator: ShapeGenerator, critic: ShapeCritic, setting: Setting, settings: TrainingSettings) -> Phase:
    """The critic on true and made shapes, then the generator against it; binary cross-entropy."""
    train = stacked_labels(setting.train, setting.device)

    def made(batch: Batch) -> Tensor:
        code = torch.randn((len(batch.members), generator.code), device=train.device)
        return generator(code).float().softmax(dim=1)

    def critic_loss(batch: Batch) -> Losses:
        true = critic(one_hot(train[list(batch.members)], CLASSES)).float()
        false = critic(made(batch).detach()).float()
        real = functional.binary_cross_entropy_with_logits(true, torch.ones_like(true))
        fake = functional.binary_cross_entropy_with_logits(false, torch.zeros_like(false))
        return {"loss": (real + fake) / 2}

    def generator_loss(batch: Batch) -> Losses:
        score = critic(made(batch)).float()
        return {"loss": functional.binary_cross_entropy_with_logits(score, torch.ones_like(score))}

    def update(name: str, network: torch.nn.Module, loss: object) -> Update:
        return Update(
            name,
            [network],
            lambda parameters: Adam(parameters, lr=settings.learning_rate, betas=GAN_BETAS),
            loss,  # type: ignore[arg-type]
            rate_of(settings.schedule, settings.epochs),
        )

    return Phase(
        name="adversaries",
        updates=[update("critic", critic, critic_loss), update("generator", generator, generator_loss)],
        batches=batches.shuffled(len(train), settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=dict,
    )
