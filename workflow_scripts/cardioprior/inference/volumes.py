"""From prepared volumes to activation maps and the volume that the scanning module reads off them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cardioprior.networks.volume_regressor import volumes_ml
from cardioprior.store import Record


def regress(
    network: nn.Module, image: np.ndarray, voxel_volume_ml: float, device: torch.device
) -> dict[str, np.ndarray]:
    """Of one prepared image (z, y, x): `cam` (z, y, x), `areas` (z,) in pixels and `volume`, a number in ml."""
    with torch.no_grad():
        found = network(torch.from_numpy(image).to(device)[None, None])
    volume = volumes_ml(found.scan, torch.tensor([voxel_volume_ml], device=device))[0]
    return {
        name: array.cpu().numpy()
        for name, array in (("cam", found.cam[0]), ("areas", found.scan.areas[0]), ("volume", volume))
    }


def regress_phases(network: nn.Module, record: Record, device: torch.device) -> dict[str, np.ndarray]:
    """For every `image_<phase>` of a record of short_axis_volumes: `cam_<phase>` (z, y, x) on the prepared grid,
    `areas_<phase>` (z,) in pixels and `volume_<phase>`, a number in ml."""
    arrays = {}
    for name in sorted(name for name in record.arrays if name.startswith("image_")):
        found = regress(network, record.arrays[name], record.meta["voxel_volume_ml"], device)
        arrays.update({f"{what}_{name.removeprefix('image_')}": array for what, array in found.items()})
    return arrays
