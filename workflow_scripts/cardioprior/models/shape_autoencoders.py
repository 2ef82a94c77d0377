"""The autoencoder half of ACNN's T-L network, learnt from label maps at ED and ES alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

#: one network of all subjects; one a part of each draw, which learns from the other parts
WHOLE, PARTS = "whole", "parts"
ONE = "autoencoder"


class Settings(TrainingSettings):
    """width: channels of the first convolution, 16 in the paper. maps: that the code is made of, 1 in the paper, whose
    grid leaves 125 cells of each. draws: of the split, those in which every part gets an
    autoencoder of its own."""

    width: int = Field(ge=1)
    maps: int = Field(ge=1)
    draws: int = Field(ge=1)


class Model(GradientModel):
    """Conditions WHOLE, with the network ONE, and PARTS, with those that training.parts names; a phase a network."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 16,
        "maps": 1,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }
    arrays = ("shape_ED", "shape_ES")

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.parts import CLASSES

        return {
            "width": self.settings.width,
            "maps": self.settings.maps,
            "classes": CLASSES,
            "size": list(setting.train[0].arrays["shape_ED"].shape),
            "names": list(self._learning_from(setting)),
        }

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.shape_prior import ShapeAutoencoder

        size, maps = tuple(blueprint["size"]), blueprint["maps"]
        return {
            name: ShapeAutoencoder(blueprint["width"], blueprint["classes"], size, maps=maps)
            for name in blueprint["names"]
        }

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training.parts import Shapes, autoencoder_phase

        shapes = Shapes.of(setting.train, setting.device)
        return [
            autoencoder_phase(name, networks[name], shapes, subjects, setting, self.settings)  # type: ignore[arg-type]
            for name, subjects in self._learning_from(setting).items()
        ]

    def _learning_from(self, setting: Setting) -> dict[str, tuple[int, ...]]:
        """Indices of the subjects that each network learns from, by its name."""
        from cardioprior.training.parts import parts_of

        subjects = [record.subject for record in setting.train]
        if self.ref.condition == WHOLE:
            return {ONE: tuple(range(len(subjects)))}
        return {part.autoencoder: part.train for part in parts_of(subjects, setting.parts, self.settings.draws)}
