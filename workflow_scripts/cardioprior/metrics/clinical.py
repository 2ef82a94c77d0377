"""What a clinician reads off a segmentation: volumes in ml, mass in g, ejection fraction in %, and errors of these."""

from __future__ import annotations

import math

import numpy as np

# Schulz-Menger et al., Standardized image interpretation and post processing in cardiovascular magnetic resonance,
# J Cardiovasc Magn Reson 15:35, 2013 (LV mass: volume of the wall times the density of the myocardium).
MYOCARDIAL_DENSITY_G_PER_ML = 1.05


def volume_ml(mask: np.ndarray, voxel_volume_ml: float) -> float:
    """Volume of a boolean mask of any shape: its voxels times the volume of one; 0 for an empty mask.

    TypeError where the mask is not boolean: counting a label map would merge its structures.
    """
    if mask.dtype != np.bool_:
        raise TypeError(f"mask: found an array of {mask.dtype}; wanted a boolean mask, such as labels == LV")
    return float(np.count_nonzero(mask) * voxel_volume_ml)


def mass_g(myocardium: np.ndarray, voxel_volume_ml: float) -> float:
    """Mass of a boolean mask of the myocardium, at 1.05 g/ml. Raises as `volume_ml` does."""
    return volume_ml(myocardium, voxel_volume_ml) * MYOCARDIAL_DENSITY_G_PER_ML


def stroke_volume_ml(edv_ml: float, esv_ml: float) -> float:
    """End-diastolic less end-systolic volume; negative where a prediction has the two the wrong way round."""
    return edv_ml - esv_ml


def ejection_fraction_percent(edv_ml: float, esv_ml: float) -> float:
    """Stroke volume in % of the end-diastolic volume; nan unless the latter is positive (nothing to eject from)."""
    if not edv_ml > 0:
        return math.nan
    return 100.0 * stroke_volume_ml(edv_ml, esv_ml) / edv_ml


def relative_error(value: float, reference: float) -> float:
    """Signed error in parts of the reference (0.1 is 10 % too much); nan where the reference is 0 or either is nan."""
    if reference == 0:
        return math.nan
    return (value - reference) / reference


def absolute_relative_error(value: float, reference: float) -> float:
    """Size of `relative_error`, without its sign."""
    return abs(relative_error(value, reference))
