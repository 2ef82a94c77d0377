"""The segmentation networks of ACNN's tables I and II; the condition says which row of table I a network is for.

Table II's networks are those of 3D-Seg (for its FCN) and of ACNN-Seg, on volumes that get no thinner slices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from cardioprior.models.contract import GradientModel, ModelRef, TrainingSettings
from cardioprior.preparations.contract import LABELS_OF

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting


#: condition -> network, what its loss is made of, whether slices move on their own in training
ROWS: dict[str, tuple[str, str, bool]] = {
    "3d-seg": ("anatomical", "voxelwise", False),
    "3d-seg-maug": ("anatomical", "voxelwise", True),
    "3d-seg-dice": ("anatomical", "overlapping", False),
    "acnn-seg": ("anatomical", "constrained", False),
    "acnn-seg-maug": ("anatomical", "constrained", True),
    "3d-unet": ("unet", "voxelwise", False),
    "ae-seg": ("autoencoded", "cascaded", False),
    "ae-seg-m": ("autoencoded-wide", "cascaded", False),
    "2d-fcn": ("slices", "slicewise", False),
    "sr-then-unet": ("unet-of-thin-slices", "concatenated", False),
}
PRIOR = "shape_prior"
#: whose images the row `sr-then-unet` segments
SUPER_RESOLUTION = ("super_resolution", "acnn-sr")


class Settings(TrainingSettings):
    """width: share of the published numbers of channels."""

    width: float = Field(gt=0, le=1)


class Model(GradientModel):
    """From a thick stack or a volume to probabilities of the classes that its labels have; all rows at about the same
    capacity."""

    Settings = Settings
    published: ClassVar[Mapping[str, float | str]] = {
        "width": 1,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "schedule": "constant",
    }
    arrays = (*LABELS_OF, *LABELS_OF.values())

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        needed = {"constrained": ref.sibling(PRIOR), "concatenated": ref.sibling(*SUPER_RESOLUTION)}
        kind = ROWS[ref.condition][1]
        return (needed[kind],) if kind in needed else ()

    def blueprint(self, setting: Setting) -> dict[str, Any]:
        from cardioprior.training.pairs import classes_of

        return {
            "network": ROWS[self.ref.condition][0],
            "width": self.settings.width,
            "factor": _factor(setting),
            "classes": classes_of(setting.train),
        }

    @staticmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        from cardioprior.networks.anatomical import AnatomicalNet
        from cardioprior.networks.anatomical_rivals import AutoencodedNet, SliceFCN, StackUNet

        share, factor, classes = (blueprint[name] for name in ("width", "factor", "classes"))

        def width(published: int) -> int:
            return max(1, round(share * published))

        networks = {
            "anatomical": lambda: AnatomicalNet(width(32), classes, factor),
            "unet": lambda: StackUNet(width(16), classes, factor),
            "unet-of-thin-slices": lambda: StackUNet(width(16), classes, 1),
            "autoencoded": lambda: AutoencodedNet(width(32), width(8), classes, factor),
            "autoencoded-wide": lambda: AutoencodedNet(width(32), width(16), classes, factor),
            "slices": lambda: SliceFCN(width(23), classes),
        }
        return {"segmentation": networks[blueprint["network"]]()}

    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        from cardioprior.training import stacks

        network: Any = networks["segmentation"]
        _, kind, slice_motion = ROWS[self.ref.condition]
        before = None
        if kind == "constrained":
            loss = stacks.constrained(network, setting.dependencies[PRIOR]["autoencoder"])
        elif kind == "slicewise":
            loss = stacks.slicewise(network, _factor(setting))
        elif kind == "concatenated":
            loss = stacks.voxelwise(network)
            before = setting.dependencies[self.ref.sibling(*SUPER_RESOLUTION).id]["super_resolution"]
        else:
            losses = {"voxelwise": stacks.voxelwise, "overlapping": stacks.overlapping, "cascaded": stacks.cascaded}
            loss = losses[kind](network)
        return [stacks.stack_phase(network, loss, setting, self.settings, slice_motion, before)]


def _factor(setting: Setting) -> int:
    """Thin slices for each thick one."""
    from cardioprior.training.pairs import frames_of

    image, labels = frames_of(setting.train[0])[0]
    return len(labels) // len(image)
