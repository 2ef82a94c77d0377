"""From prepared volumes to activation maps and the volume that the scanning module reads off them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cardioprior.networks.volume_regressor import volumes_ml
from cardioprior.store import Record


def regress_phases(network: nn.Module, record: Record, device: torch.device) -> dict[str, np.ndarray]:
    """For every `image_<phase>` of a record of short_axis_volumes: `cam_<phase>` (z, y, x) on the prepared grid,
    `areas_<phase>` (z,) in pixels and `volume_<phase>`, a number in ml."""
    voxel_volume_ml = torch.tensor([record.meta["voxel_volume_ml"]], device=device)
    arrays = {}
    for name in sorted(name for name in record.arrays if name.startswith("image_")):
        phase = name.removeprefix("image_")
        with torch.no_grad():
            found = network(torch.from_numpy(record.arrays[name]).to(device)[None, None])
        arrays[f"cam_{phase}"] = found.cam[0].cpu().numpy()
        arrays[f"areas_{phase}"] = found.scan.areas[0].cpu().numpy()
        arrays[f"volume_{phase}"] = volumes_ml(found.scan, voxel_volume_ml)[0].cpu().numpy()
    return arrays
