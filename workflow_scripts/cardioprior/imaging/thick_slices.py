"""How a stack of thick slices comes out of an image of thin ones (ACNN, appendix): blurred, then every f-th slice."""

from __future__ import annotations

import numpy as np

#: of the Gaussian through the plane
BLUR_MM = 4.0
#: the Gaussian is cut here
CUT_SD = 4.0


def thick_slices(thin: np.ndarray, factor: int, spacing_mm: float) -> np.ndarray:
    """A stack (z, y, x) from an image (factor z, y, x), float32: blurred through the plane by a Gaussian of 4 mm, and
    sampled in the middle of each `factor` slices, where a thick slice that they fill has its centre.

    spacing_mm: between thin slices. Beyond the image its end slices are repeated.
    """
    found: np.ndarray = np.tensordot(weights(len(thin), factor, spacing_mm), thin, axes=1)
    return found


def weights(slices: int, factor: int, spacing_mm: float) -> np.ndarray:
    """What each thin slice weighs in each thick one, float32 (slices / factor, slices); rows sum to 1.

    For an even factor centres lie between two thin slices, so that taking every f-th slice of a blurred image would put
    the stack half a slice off.
    """
    reach = int(np.ceil(CUT_SD * BLUR_MM / spacing_mm)) + factor
    places = np.arange(-reach, slices + reach)
    centres = np.arange(slices // factor) * factor + (factor - 1) / 2
    distance_mm = (places - centres[:, None]) * spacing_mm
    gaussian = np.where(np.abs(distance_mm) <= CUT_SD * BLUR_MM, np.exp(-(distance_mm**2) / (2 * BLUR_MM**2)), 0)
    shown = np.eye(slices)[places.clip(0, slices - 1)]  # which slice stands at each place
    return (gaussian @ shown / gaussian.sum(axis=1, keepdims=True)).astype(np.float32)
