"""What a short-axis picture of the heart looks like in numbers, to compare the phantom with real patients.

Every function is pure and takes one frame: `image` (z, y, x), `labels` of the same shape in the project's convention
(`cardioprior.imaging.labels`: 0 background, 1 LV, 2 MYO, 3 RV) and `spacing_zyx_mm`, the distances between voxel
centres. Shares and ratios are of 1. A figure that does not exist in a case (no RV, too few slices) is nan.

*Height* runs along the LV: 0 at its apical end, 1 at its basal end, counted over the slices that show the cavity.
*Mid-ventricular* is the middle third of it. *Core* is a structure less its rim, where partial volume and the
annotator's hand count: 3 mm off the cavities (two pixels of ACDC's 1.5 mm), 1.5 mm off the wall. *Blood* is the part of
a cavity's core that is brighter than halfway between the medians of cavity and wall: without papillary muscles.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy import ndimage
from scipy.special import erfc

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.metrics import clinical

Spacing = tuple[float, float, float]
Figures = dict[str, float]

CAVITY_RIM_MM = 3.0
WALL_RIM_MM = 1.5
FRINGE_MM = 10.0
SMOOTHING_MM = 3.0
RAYS = 60
STEP_MM = 0.25
REACH_MM = 90.0
FEWEST_PIXELS = 20
SD_OF_MAD = 1.4826

# --- where things are ---------------------------------------------------------------------------------------------


def lv_slices(labels: np.ndarray) -> np.ndarray:
    """Indices of the slices that show the LV cavity, from apex to base."""
    shown = np.flatnonzero((labels == LV).any(axis=(1, 2)))
    return shown if _apex_comes_first(labels) else shown[::-1]


def heights(count: int) -> np.ndarray:
    """Height of each of `count` slices from apex to base: the middles of equal parts of 0 to 1."""
    return (np.arange(count) + 0.5) / count


def mid_slices(labels: np.ndarray) -> np.ndarray:
    """Indices of the slices in the middle third of the LV; the one nearest the middle where none lies there."""
    shown = lv_slices(labels)
    away = np.abs(heights(len(shown)) - 0.5) if len(shown) else np.empty(0)
    return shown[away <= max(1 / 6, away.min(initial=np.inf))] if len(shown) else shown


def core(mask: np.ndarray, rim_mm: float, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """The pixels of a plane's mask that lie deeper than `rim_mm` inside it; all of it where that leaves too few."""
    # Distances are between pixel centres; the mask's border is half a pixel before the nearest centre outside.
    depth_mm = ndimage.distance_transform_edt(mask, sampling=spacing_yx_mm) - 0.5 * min(spacing_yx_mm)
    inner = mask & (depth_mm > rim_mm)
    return inner if np.count_nonzero(inner) >= FEWEST_PIXELS else mask


def _apex_comes_first(labels: np.ndarray) -> bool:
    """Whether the heart grows along the slices that show it, the RV counted twice: it is missing at the apex."""
    area = np.count_nonzero(labels, axis=(1, 2)) + np.count_nonzero(labels == RV, axis=(1, 2))
    shown = np.flatnonzero(area)
    return not len(shown) or float(area[shown] @ (shown - shown.mean())) >= 0


# --- signal -------------------------------------------------------------------------------------------------------


def signal(image: np.ndarray, labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """Contrast, noise and texture: mean over the mid-ventricular slices of the figures of `slice_signal`."""
    found = [slice_signal(image[z].astype(np.float64), labels[z], spacing_zyx_mm[1:]) for z in mid_slices(labels)]
    names = {name: None for figures in found for name in figures}
    return {name: nan_mean([figures.get(name, math.nan) for figures in found]) for name in names}


def slice_signal(plane: np.ndarray, labels: np.ndarray, spacing_yx_mm: tuple[float, float]) -> Figures:
    """Figures of one slice, (y, x); none where it lacks cavity or wall.

    lv_to_myo, rv_to_lv: ratios of the cores' medians. blood_to_myo: LV blood's median over the wall's.
    fringe_to_lv, fringe_low, fringe_high: median, 10th and 90th percentile of the background within 10 mm outside the
        LV's epicardium (fat, lung, diaphragm, RV wall), over LV blood.
    noise_of_lv: what is left of LV blood's signal after subtracting its local mean (a Gaussian of 3 mm SD that sees
        blood pixels only), as 1.4826 times the median absolute deviation, over the median of LV blood. It holds thermal
        noise and whatever is as fine, such as flow. noise_neighbour_correlation: of what is left, between pixels that
        touch along a row or column (-0.08 for white noise in 1.5 mm pixels; interpolated pictures have more).
    snr, cnr: median of LV blood, and it less the wall's median, over that noise.
    picture_noise_of_lv: the whole picture's `picture_noise` over LV blood.
    myo_texture: 1.4826 times the median absolute deviation in the wall's core over its median. myo_noise: the same
        after subtracting the local mean, so without shading along the wall. myo_noise_of_lv: that noise over LV blood.
    lv_dark_share, rv_dark_share: the part of the whole cavity that is darker than halfway between blood and wall:
        papillary muscles, trabeculae, partial volume.
    """
    found = _blood_and_wall(plane, labels, spacing_yx_mm)
    if found is None:
        return {}
    blood_mask, blood, myo_core, myo = found
    lv_median = _median(plane[core(labels == LV, CAVITY_RIM_MM, spacing_yx_mm)])
    rv_median = _median(plane[core(labels == RV, CAVITY_RIM_MM, spacing_yx_mm)])
    halfway = (lv_median + myo) / 2
    fringe = plane[_fringe(labels, spacing_yx_mm)]
    low, middle, high = np.percentile(fringe, (10, 50, 90)) if fringe.size else (math.nan,) * 3
    fine_blood = fine_structure(plane, blood_mask, spacing_yx_mm)
    noise = robust_sd(fine_blood[blood_mask])
    myo_noise = robust_sd(fine_structure(plane, myo_core, spacing_yx_mm)[myo_core])
    return {
        "lv_to_myo": _ratio(lv_median, myo),
        "blood_to_myo": _ratio(blood, myo),
        "rv_to_lv": _ratio(rv_median, lv_median),
        "fringe_to_lv": _ratio(middle, blood),
        "fringe_low": _ratio(low, blood),
        "fringe_high": _ratio(high, blood),
        "noise_of_lv": _ratio(noise, blood),
        "noise_neighbour_correlation": neighbour_correlation(fine_blood, blood_mask),
        "snr": _ratio(blood, noise),
        "cnr": _ratio(blood - myo, noise),
        "picture_noise_of_lv": _ratio(picture_noise(plane), blood),
        "myo_texture": _ratio(robust_sd(plane[myo_core]), myo),
        "myo_noise": _ratio(myo_noise, myo),
        "myo_noise_of_lv": _ratio(myo_noise, blood),
        "lv_dark_share": _mean(plane[labels == LV] < halfway),
        "rv_dark_share": _mean(plane[labels == RV] < halfway),
    }


def fine_structure(plane: np.ndarray, mask: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """The plane less its local mean over the mask's pixels (Gaussian, SD 3 mm); 0 outside the mask."""
    sigma = [SMOOTHING_MM / spacing for spacing in spacing_yx_mm]
    weight = ndimage.gaussian_filter(mask.astype(np.float64), sigma, mode="constant")
    total = ndimage.gaussian_filter(np.where(mask, plane, 0.0), sigma, mode="constant")
    return np.where(mask, plane - total / np.maximum(weight, 1e-12), 0.0)


def neighbour_correlation(residual: np.ndarray, mask: np.ndarray) -> float:
    """Correlation of a residual of mean 0 between pixels of the mask that touch along y or x; outliers are clipped."""
    clip = 4 * robust_sd(residual[mask])
    clipped = np.clip(residual, -clip, clip)
    products, squares = [], []
    for one, other in ((np.s_[1:, :], np.s_[:-1, :]), (np.s_[:, 1:], np.s_[:, :-1])):
        both = mask[one] & mask[other]
        products.append((clipped[one] * clipped[other])[both])
        squares.append((0.5 * (clipped[one] ** 2 + clipped[other] ** 2))[both])
    return _ratio(float(np.concatenate(products).sum()), float(np.concatenate(squares).sum()))


def picture_noise(plane: np.ndarray) -> float:
    """SD of a whole picture's noise at its finest: of half the second difference over 2 x 2 pixels, robustly.

    White noise gives its own SD, smooth or interpolated noise less. Pixels that are exactly 0 are left out.
    """
    detail = 0.5 * (plane[1:, 1:] - plane[1:, :-1] - plane[:-1, 1:] + plane[:-1, :-1])
    seen = (plane[1:, 1:] != 0) & (plane[:-1, :-1] != 0)
    return robust_sd(detail[seen])


def _blood_and_wall(
    plane: np.ndarray, labels: np.ndarray, spacing_yx_mm: tuple[float, float]
) -> tuple[np.ndarray, float, np.ndarray, float] | None:
    """LV blood and the wall's core as masks, each followed by its median signal; None where either is missing."""
    lv_core = core(labels == LV, CAVITY_RIM_MM, spacing_yx_mm)
    myo_core = core(labels == MYO, WALL_RIM_MM, spacing_yx_mm)
    myo = _median(plane[myo_core])
    blood = lv_core & (plane > (_median(plane[lv_core]) + myo) / 2)
    return (blood, _median(plane[blood]), myo_core, myo) if blood.any() else None


def _fringe(labels: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    outside_mm = ndimage.distance_transform_edt((labels != LV) & (labels != MYO), sampling=spacing_yx_mm)
    return (labels == 0) & (outside_mm <= FRINGE_MM + 0.5 * min(spacing_yx_mm))


# --- edges --------------------------------------------------------------------------------------------------------


def edges(image: np.ndarray, labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """10-90 % rise of the endocardial edge in the plane, mm, over the rays of the mid-ventricular slices.

    To the signal on each ray from the cavity's centroid, between 5 mm inside and 3 mm outside the labelled border, an
    edge is fitted by least squares: a step from the slice's blood to its wall, blurred by a Gaussian; its place and
    width are free, so noise hardly matters. edge_width_mm: median over the rays; trabeculae and walls oblique to the
    slice widen it. edge_sharpest_mm: the 10th percentile, of smooth places: the picture's own sharpness. The
    interpolation on rays adds what a Gaussian of 0.4 pixels SD would.
    """
    widths = [np.empty(0)]
    for z in mid_slices(labels):
        plane = image[z].astype(np.float64)
        found = _blood_and_wall(plane, labels[z], spacing_zyx_mm[1:])
        if found is not None and found[1] > found[3]:
            profiles = _border_profiles(plane, labels[z] == LV, spacing_zyx_mm[1:])
            widths.append(RISE_OF_SD * _edge_sds_mm((profiles - found[3]) / (found[1] - found[3])))
    known = np.concatenate(widths)
    sharpest = float(np.percentile(known, 10)) if known.size else math.nan
    return {"edge_width_mm": _median(known), "edge_sharpest_mm": sharpest}


AROUND_MM = np.arange(-5.0, 3.0 + STEP_MM, STEP_MM)
EDGE_PLACES_MM = np.arange(-3.0, 2.5 + STEP_MM, STEP_MM)
EDGE_SDS_MM = np.arange(0.2, 5.0, 0.1)
RISE_OF_SD = 2.563


def _edge_sds_mm(profiles: np.ndarray) -> np.ndarray:
    """SD in mm of the Gaussian that blurs the best step from 1 to 0, of profiles (rays, places around the border)."""
    place, sd = (grid.ravel()[:, None] for grid in np.meshgrid(EDGE_PLACES_MM, EDGE_SDS_MM))
    steps = 0.5 * erfc((AROUND_MM - place) / (math.sqrt(2) * sd))
    misfit = (steps**2).sum(axis=1) - 2 * profiles @ steps.T
    return sd.ravel()[misfit.argmin(axis=1)]


def _border_profiles(plane: np.ndarray, lv: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Signal on each ray around the cavity's border, shape (RAYS, len(AROUND_MM))."""
    border_mm = _along_rays(lv, lv, spacing_yx_mm).sum(axis=1) * STEP_MM
    centre_mm = _centroid_mm(lv, spacing_yx_mm)
    return _sample(plane, centre_mm, border_mm[:, None] + AROUND_MM, spacing_yx_mm, order=1)


# --- the wall -----------------------------------------------------------------------------------------------------


def wall_mm(labels: np.ndarray, spacing_zyx_mm: Spacing) -> np.ndarray:
    """Wall thickness on rays from the cavity's centroid, mm, shape (slices with LV from apex to base, RAYS).

    nan where a ray meets no wall. A ray that crosses the wall obliquely sees more than its thickness.
    """
    shown = lv_slices(labels)
    walls = [_along_rays(labels[z] == MYO, labels[z] == LV, spacing_zyx_mm[1:]).sum(axis=1) * STEP_MM for z in shown]
    thick = np.array(walls).reshape(len(shown), RAYS)
    return np.where(thick > 0, thick, math.nan)


def wall(labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """Mean thickness in the apical, middle and basal third of the LV and in all of it, and the thickest place, mm.

    wall_max_mm: the largest mean over 30 degrees of a slice, without the most apical slice, which rays cross obliquely.
    wall_sd_mm: SD over the rays of a slice, mean over the middle third.
    """
    thick = wall_mm(labels, spacing_zyx_mm)
    thirds = np.floor(3 * heights(len(thick))).astype(int)
    width = RAYS // 12
    smooth = np.mean([np.roll(thick, shift, axis=1) for shift in range(-(width // 2), width // 2 + 1)], axis=0)
    return {
        "wall_apical_mm": nan_mean(thick[thirds == 0]),
        "wall_mid_mm": nan_mean(thick[thirds == 1]),
        "wall_basal_mm": nan_mean(thick[thirds == 2]),
        "wall_mean_mm": nan_mean([nan_mean(row) for row in thick]),
        "wall_sd_mm": nan_mean([_nan_sd(row) for row in thick[thirds == 1]]),
        "wall_max_mm": float(np.nanmax(smooth[1:])) if np.isfinite(smooth[1:]).any() else math.nan,
    }


# --- shape and place ----------------------------------------------------------------------------------------------


def shape(labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """Counts of slices, lengths and roundness.

    rv_only_share: slices with RV but no LV among those with LV or RV. lv_length_mm: slices with LV times their spacing.
    lv_eccentricity: sqrt(1 - (short / long axis)^2) of the cavity by second moments, mean of the mid-ventricular
    slices; lv_axis_ratio: long over short. lv_width_mm: diameter of the circle of the cavity's area there.
    rv_to_lv_area: ratio of the cavities' areas there.
    """
    lv, rv = (labels == LV).any(axis=(1, 2)), (labels == RV).any(axis=(1, 2))
    middle = mid_slices(labels)
    ratios = [axis_ratio(labels[z] == LV, spacing_zyx_mm[1:]) for z in middle]
    areas = np.array([[np.count_nonzero(labels[z] == value) for value in (LV, RV)] for z in middle], float)
    areas = areas.reshape(-1, 2)
    pixel_mm2 = spacing_zyx_mm[1] * spacing_zyx_mm[2]
    return {
        "stack_slices": float(len(labels)),
        "lv_slices": float(np.count_nonzero(lv)),
        "rv_slices": float(np.count_nonzero(rv)),
        "rv_only_slices": float(np.count_nonzero(rv & ~lv)),
        "rv_only_share": _ratio(float(np.count_nonzero(rv & ~lv)), float(np.count_nonzero(rv | lv))),
        "lv_length_mm": float(np.count_nonzero(lv)) * spacing_zyx_mm[0],
        "lv_width_mm": nan_mean(2 * np.sqrt(areas[:, 0] * pixel_mm2 / math.pi)),
        "lv_axis_ratio": nan_mean(ratios),
        "lv_eccentricity": nan_mean([math.sqrt(1 - 1 / ratio**2) for ratio in ratios]),
        "rv_to_lv_area": nan_mean([_ratio(*pair[::-1]) for pair in areas.tolist()]),
    }


def axis_ratio(mask: np.ndarray, spacing_yx_mm: tuple[float, float]) -> float:
    """Long over short axis of the ellipse with the plane mask's second moments; 1 for a circle, nan for no area."""
    place_mm = np.argwhere(mask) * np.asarray(spacing_yx_mm)
    if len(place_mm) < 3:
        return math.nan
    short, long = np.linalg.eigvalsh(np.cov(place_mm.T) + np.diag(np.square(spacing_yx_mm)) / 12)
    return math.sqrt(long / short)


def slice_shifts_mm(labels: np.ndarray, spacing_zyx_mm: Spacing, degree: Literal[1, 2] = 2) -> dict[int, np.ndarray]:
    """How far each slice's LV lies from where its neighbours say, mm (y, x), by index of the slice.

    The place is the centroid of what the epicardium encloses. It is compared with the straight line through the two
    neighbours, or the parabola fitted to two on each side. Slices without so many neighbours have no entry.
    Independent shifts of SD s along an axis give deviations of SD s * SHIFT_GAIN[degree] along it.
    """
    shown = lv_slices(labels)
    centres = np.array([_centroid_mm(np.isin(labels[z], (LV, MYO)), spacing_zyx_mm[1:]) for z in shown])
    weights = {1: {1: 0.5}, 2: {1: 2 / 3, 2: -1 / 6}}[degree]
    shifts = {}
    for place in range(degree, len(shown) - degree):
        expected = sum(w * (centres[place - away] + centres[place + away]) for away, w in weights.items())
        if abs(int(shown[place + degree]) - int(shown[place - degree])) == 2 * degree:
            shifts[int(shown[place])] = centres[place] - expected
    return shifts


SHIFT_GAIN = {1: math.sqrt(1 + 2 * 0.5**2), 2: math.sqrt(1 + 2 * (2 / 3) ** 2 + 2 / 36)}


def stack_straightness(labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """Deviations of slices from their neighbours over one stack, mm.

    shift_line_mm, shift_parabola_mm: mean distance from the line or parabola through the neighbours. shift_sd_mm: SD of
    independent shifts of the slices along one axis that would explain the deviations from the parabola.
    lv_tilt: how far the LV's centroid moves in the plane per mm along the stack (slope of a straight fit).
    """
    line, parabola = (np.array(list(slice_shifts_mm(labels, spacing_zyx_mm, degree).values())) for degree in (1, 2))
    root = math.sqrt(float(np.mean(parabola**2))) if parabola.size else math.nan
    return {
        "shift_line_mm": _mean(np.linalg.norm(line, axis=1)) if line.size else math.nan,
        "shift_parabola_mm": _mean(np.linalg.norm(parabola, axis=1)) if parabola.size else math.nan,
        "shift_sd_mm": root / SHIFT_GAIN[2],
        "lv_tilt": _tilt(labels, spacing_zyx_mm),
    }


def _tilt(labels: np.ndarray, spacing_zyx_mm: Spacing) -> float:
    shown = lv_slices(labels)
    if len(shown) < 3:
        return math.nan
    centres = np.array([_centroid_mm(np.isin(labels[z], (LV, MYO)), spacing_zyx_mm[1:]) for z in shown])
    return float(np.linalg.norm(np.polyfit(shown * spacing_zyx_mm[0], centres, 1)[0]))


def common_shift_variance_mm2(ed: np.ndarray, es: np.ndarray, spacing_zyx_mm: Spacing) -> float:
    """Covariance along an axis of the slices' shifts at ED and at ES, mm2: of one breath-hold, so of the patient.

    What an annotator adds differs between the frames and drops out. Mean over the slices that both have; may be
    negative in one patient, so take the mean over patients before the root.
    """
    one, other = slice_shifts_mm(ed, spacing_zyx_mm), slice_shifts_mm(es, spacing_zyx_mm)
    products = [float(np.mean(one[z] * other[z])) for z in one.keys() & other.keys()]
    return nan_mean(products) / SHIFT_GAIN[2] ** 2


# --- volumes ------------------------------------------------------------------------------------------------------


def volumes(labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """Volumes of LV, wall and RV in ml and the wall's mass in g; slice gaps count, as in clinical volumetry."""
    voxel_ml = math.prod(spacing_zyx_mm) / 1000
    return {
        "lv_volume_ml": clinical.volume_ml(labels == LV, voxel_ml),
        "myo_volume_ml": clinical.volume_ml(labels == MYO, voxel_ml),
        "rv_volume_ml": clinical.volume_ml(labels == RV, voxel_ml),
        "mass_g": clinical.mass_g(labels == MYO, voxel_ml),
    }


def beat(ed: Figures, es: Figures) -> Figures:
    """Function from the figures of `frame` at ED and ES. myo_change: ES volume of the wall over ED's, less 1.

    lv_shortening_mm: difference of the LV's length counted in slices, so exact on average over patients only.
    stroke_difference_ml: RV's stroke volume less LV's. thickening: mean wall at mid-ventricle at ES over ED, less 1.
    """
    return {
        "lv_ef_percent": clinical.ejection_fraction_percent(ed["lv_volume_ml"], es["lv_volume_ml"]),
        "rv_ef_percent": clinical.ejection_fraction_percent(ed["rv_volume_ml"], es["rv_volume_ml"]),
        "lv_stroke_ml": clinical.stroke_volume_ml(ed["lv_volume_ml"], es["lv_volume_ml"]),
        "rv_stroke_ml": clinical.stroke_volume_ml(ed["rv_volume_ml"], es["rv_volume_ml"]),
        "stroke_difference_ml": (ed["rv_volume_ml"] - es["rv_volume_ml"]) - (ed["lv_volume_ml"] - es["lv_volume_ml"]),
        "myo_change": clinical.relative_error(es["myo_volume_ml"], ed["myo_volume_ml"]),
        "lv_shortening_mm": ed["lv_length_mm"] - es["lv_length_mm"],
        "thickening": clinical.relative_error(es["wall_mid_mm"], ed["wall_mid_mm"]),
    }


def slices_lost(ed_labels: np.ndarray, es_labels: np.ndarray) -> Figures:
    """How many slices fewer show the LV cavity at ES than at ED, at either end of the stack; negative for more."""
    ed, es = lv_slices(ed_labels), lv_slices(es_labels)
    if not len(ed) or not len(es):
        return {}
    towards_base = 1 if _apex_comes_first(ed_labels) else -1
    return {
        "lv_slices_lost_apex": float(towards_base * (es[0] - ed[0])),
        "lv_slices_lost_base": float(towards_base * (ed[-1] - es[-1])),
    }


def frame(image: np.ndarray, labels: np.ndarray, spacing_zyx_mm: Spacing) -> Figures:
    """All figures of one frame, by name."""
    return {
        **volumes(labels, spacing_zyx_mm),
        **shape(labels, spacing_zyx_mm),
        **wall(labels, spacing_zyx_mm),
        **stack_straightness(labels, spacing_zyx_mm),
        **signal(image, labels, spacing_zyx_mm),
        **edges(image, labels, spacing_zyx_mm),
    }


def heart(ed: tuple[np.ndarray, np.ndarray], es: tuple[np.ndarray, np.ndarray], spacing_zyx_mm: Spacing) -> Figures:
    """All figures of a heart from (image, labels) of ED and ES; each frame's own begin with `ed_` or `es_`."""
    at_ed, at_es = frame(*ed, spacing_zyx_mm), frame(*es, spacing_zyx_mm)
    return {
        **{f"ed_{name}": value for name, value in at_ed.items()},
        **{f"es_{name}": value for name, value in at_es.items()},
        **beat(at_ed, at_es),
        **slices_lost(ed[1], es[1]),
        "common_shift_variance_mm2": common_shift_variance_mm2(ed[1], es[1], spacing_zyx_mm),
    }


# --- small tools --------------------------------------------------------------------------------------------------


def robust_sd(values: np.ndarray) -> float:
    """1.4826 times the median absolute deviation from the median: the SD of normal values, blind to a few others."""
    return SD_OF_MAD * float(np.median(np.abs(values - np.median(values)))) if values.size else math.nan


def nan_mean(values: np.ndarray | list[float]) -> float:
    """Mean of the values that are not nan; nan where there are none."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else math.nan


def _nan_sd(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.std()) if known.size else math.nan


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else math.nan


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if values.size else math.nan


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.nan


def _centroid_mm(mask: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """Centre of a plane's mask, (y, x) in mm from the middle of the first pixel."""
    return np.argwhere(mask).mean(axis=0) * np.asarray(spacing_yx_mm)


def _along_rays(mask: np.ndarray, lv: np.ndarray, spacing_yx_mm: tuple[float, float]) -> np.ndarray:
    """The mask on rays from the cavity's centroid, bool, shape (RAYS, REACH_MM / STEP_MM)."""
    radius_mm = np.arange(STEP_MM / 2, REACH_MM, STEP_MM)[None].repeat(RAYS, axis=0)
    return _sample(mask, _centroid_mm(lv, spacing_yx_mm), radius_mm, spacing_yx_mm, order=0) > 0


def _sample(
    plane: np.ndarray, centre_mm: np.ndarray, radius_mm: np.ndarray, spacing_yx_mm: tuple[float, float], order: int
) -> np.ndarray:
    """The plane at `radius_mm` (RAYS, n) from the centre: ray k points at 2 pi k / RAYS; 0 outside the picture."""
    angle = (np.arange(RAYS) / RAYS * 2 * math.pi)[:, None]
    places = [
        (centre + radius_mm * turn(angle)) / spacing
        for centre, turn, spacing in zip(centre_mm, (np.sin, np.cos), spacing_yx_mm, strict=True)
    ]
    return ndimage.map_coordinates(plane.astype(np.float64), places, order=order, mode="constant")
