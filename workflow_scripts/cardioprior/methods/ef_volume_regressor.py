"""EF by the regression U-net of chapter 6 at the frames of chapter 7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cardioprior.inference.ejection_method import EjectionMethod

if TYPE_CHECKING:
    import numpy as np
    import torch

    from cardioprior.imaging.volume import Volume
    from cardioprior.inference.stored import Stored


class Method(EjectionMethod):
    """LV volumes as the network regresses them, `volume_ES` and `volume_ED` in ml; it has learnt from ED alone."""

    title = "EF, regression U-net"
    model = "volume_regressor"
    trained_by = "thesis_volume"

    def measure(
        self, image: Volume, frames: Mapping[str, int], model: Stored, device: torch.device
    ) -> dict[str, np.ndarray]:
        from cardioprior.inference.cine import regressed

        return regressed(image, frames, model, device)
