"""From the outlines of a frame to its labels.

An outline is the inner boundary of its region: its pixels belong to what it encloses. So pixels of an endocardial
outline are cavity, of the epicardial outline myocardium, of the right-ventricular outline RV, and
`fill(overlays.draw(mask))` is the mask.

Which outline is which is read from the overlays' texts if all of them say it ("LV endocardium", "LV epicardium",
"RV endocardium"). Otherwise geometry decides: of two nested outlines the outer one is the epicardium and the inner one
the LV endocardium, an outline beside them is RV. Slices without nested outlines follow their neighbours, or the labels
of a reference frame; in a frame without any (end-systole has no epicardium in the thesis) and without a reference, the
LV is the rounder of two regions.

Where one plane carries all outlines of a slice, two things are beyond geometry: an outline alone over the apex is taken
for cavity though it may be the epicardium of muscle, and where outlines touch, a pixel or two go to the neighbour.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage
from skimage.draw import line
from skimage.measure import regionprops
from skimage.morphology import convex_hull_image

from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.imaging.overlays import Overlay

EIGHT = np.ones((3, 3), bool)  # an outline is connected through corners, what it encloses is not
MAX_GAP = 3  # pixels missing in an outline that is closed all the same


@dataclass(frozen=True, eq=False)
class Region:
    """A filled outline: mask, bool (rows, columns); reach, the mask or its convex hull: what lies in it is enclosed."""

    mask: np.ndarray
    reach: np.ndarray
    group: int
    role: int | None = None


def fill(outline: np.ndarray) -> np.ndarray:
    """The region(s) of an outline, bool (rows, columns), outline included; gaps of up to MAX_GAP pixels are closed."""
    return ndimage.binary_fill_holes(_close(np.asarray(outline, bool)))


def labels_of_frame(
    planes: Sequence[Sequence[Overlay]], source: str, reference: np.ndarray | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, uint8 (z, y, x), and the structures that were outlined in this frame, in the order LV, MYO, RV.

    planes: the overlays of each slice, one or more outlines a plane; a slice without outlines is background.
    reference: labels of another frame, (z, y, x), to tell LV from RV where nothing is nested. `source` names the frame
    in errors: SubjectError `open_contour` for an outline with a wide gap, ValueError if no plane has a pixel set.
    """
    drawn = [[plane for plane in of_slice if plane.bits.any()] for of_slice in planes]
    shape = next((plane.bits.shape for of_slice in drawn for plane in of_slice), None)
    if shape is None:
        raise ValueError(f"{source}: a frame without outlines has no labels")
    for z, of_slice in enumerate(drawn):
        for plane in of_slice:
            _refuse_open(plane, f"{source}, slice {z + 1}")
    slices = _by_text(drawn) or _by_geometry([_regions(of_slice) for of_slice in drawn], reference)
    roles = {region.role for of_slice in slices for region in of_slice}
    painted = np.stack([_paint(of_slice, shape) for of_slice in slices])
    return painted, tuple(name for name, label in labels.STRUCTURES.items() if label in roles)


def _paint(regions: Sequence[Region], shape: tuple[int, int]) -> np.ndarray:
    painted = np.zeros(shape, np.uint8)
    for role in (labels.RV, labels.MYO, labels.LV):  # hand-drawn outlines overlap by a pixel: the LV is the more exact
        for region in regions:
            if region.role == role:
                painted[region.mask] = role
    return painted


# Closing and filling


def _close(outline: np.ndarray) -> np.ndarray:
    """The outline with short gaps drawn in, where that encloses something.

    A bridge must enclose more than three times its length squared: the ends of a thin region, or two spikes of a
    closed outline, are no gap.
    """
    ends = _ends(outline)
    closed, cost = outline.copy(), 0
    for one in range(len(ends)):
        for other in range(one):
            gap = int(np.abs(ends[one] - ends[other]).max()) - 1
            if 1 <= gap <= MAX_GAP:
                closed[line(*ends[one], *ends[other])] = True
                cost += 3 * gap**2
    gain = ndimage.binary_fill_holes(closed).sum() - ndimage.binary_fill_holes(outline).sum()
    return closed if cost and gain > cost else outline


def _ends(outline: np.ndarray) -> np.ndarray:
    """Row and column of the pixels where a line ends: at most one neighbour, or two that touch one another."""
    padded = np.pad(outline, 1)
    ends = []
    for row, column in np.argwhere(outline):
        around = padded[row : row + 3, column : column + 3].copy()
        around[1, 1] = False
        near = np.argwhere(around)
        if len(near) < 2 or (len(near) == 2 and np.abs(near[0] - near[1]).sum() == 1):
            ends.append((row, column))
    return np.array(ends, int).reshape(-1, 2)


def _refuse_open(plane: Overlay, where: str) -> None:
    """A line that encloses nothing although it goes around something is an outline that was not closed."""
    components, _ = ndimage.label(_close(plane.bits), EIGHT)
    for box, number in zip(ndimage.find_objects(components), range(1, components.max() + 1), strict=True):
        component = components[box] == number
        if component.sum() < 8 or (ndimage.binary_fill_holes(component) & ~component).any():
            continue
        if convex_hull_image(component).sum() > 3 * component.sum():
            raise SubjectError(
                "open_contour",
                f"{where}: the outline in overlay {plane.group:04X} around row {box[0].start}, column {box[1].start} "
                f"({component.sum()} pixels) is open; wanted a closed outline, with gaps of up to {MAX_GAP} pixels",
            )


# By text


def _by_text(slices: Sequence[Sequence[Overlay]]) -> list[list[Region]] | None:
    """Regions with roles, None unless every plane's text says what it is."""
    named = []
    for of_slice in slices:
        roles = [_role_of(plane.text) for plane in of_slice]
        if None in roles:
            return None
        masks = [fill(plane.bits) for plane in of_slice]
        named.append([Region(m, m, p.group, role) for m, p, role in zip(masks, of_slice, roles, strict=True)])
    return named


def _role_of(text: str) -> int | None:
    if re.search(r"\brv|right", text, re.IGNORECASE):
        return labels.RV
    if re.search(r"epicard|\bepi|myocard", text, re.IGNORECASE):
        return labels.MYO
    return labels.LV if re.search(r"\blv|left|endocard|\bendo", text, re.IGNORECASE) else None


# By geometry


def _regions(planes: Sequence[Overlay]) -> list[Region]:
    """The regions of a slice. Where one plane carries all outlines, those that touch are taken apart."""
    found = []
    for plane in planes:
        components, count = ndimage.label(_close(plane.bits), EIGHT)
        for number in range(1, count + 1):
            component = components == number
            parts = _parts(component) if len(planes) == 1 else [ndimage.binary_fill_holes(component)]
            for part in parts:
                # where an inner outline touches an outer one, what is left of the outer region is a C around it
                found.append(Region(part, convex_hull_image(part) if len(parts) > 1 else part, plane.group))
    return found


def _parts(component: np.ndarray) -> list[np.ndarray]:
    """The regions of outlines that touch: each pixel of the outlines goes to the hole that is nearest."""
    filled = ndimage.binary_fill_holes(component)
    holes, count = ndimage.label(filled & ~component)
    sizes = ndimage.sum_labels(holes > 0, holes, range(1, count + 1))
    large = [number for number, size in enumerate(sizes, 1) if size >= max(4, 0.05 * sizes.max())]
    if len(large) < 2:
        return [filled]
    seeds = np.where(np.isin(holes, large), holes, 0)
    nearest = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    owner = seeds[tuple(nearest)]
    return [filled & (owner == number) for number in large]


def _by_geometry(slices: list[list[Region]], reference: np.ndarray | None) -> list[list[Region]]:
    slices = _by_group([_by_nesting(regions) for regions in slices])
    settled = all(region.role for regions in slices for region in regions)
    if settled:
        return slices
    anchors = {z: _anchor(regions) for z, regions in enumerate(slices) if any(region.role for region in regions)}
    if not anchors and reference is not None:
        anchors = {z: (np.isin(of, (labels.LV, labels.MYO)), of == labels.RV) for z, of in enumerate(reference)}
        anchors = {z: sides for z, sides in anchors.items() if sides[0].any() or sides[1].any()}
    if not anchors:
        seed = _by_roundness(slices)
        anchors = {seed: _anchor(slices[seed])}
    return _by_overlap(slices, anchors)


def _by_nesting(regions: list[Region]) -> list[Region]:
    """In a slice with nested regions: the outer one is MYO, those inside it LV, those beside it RV."""
    inner = [any(_encloses(outer, region) for outer in regions) for region in regions]
    outer = [any(_encloses(region, other) for other in regions) for region in regions]
    if not any(inner):
        return regions
    roles = [
        labels.LV if is_inner else labels.MYO if is_outer else labels.RV
        for is_inner, is_outer in zip(inner, outer, strict=True)
    ]
    return [replace(region, role=role) for region, role in zip(regions, roles, strict=True)]


def _encloses(outer: Region, inner: Region) -> bool:
    """True if most of `inner` lies in the reach of `outer`.

    Hand-drawn outlines may cross by a pixel, and a C around a cavity may be open on one side; of an LV, the hull of
    the RV's crescent beside it holds a quarter at most.
    """
    if outer is inner or outer.reach.sum() <= inner.reach.sum():
        return False
    return bool((outer.reach & inner.mask).sum() >= 0.6 * inner.mask.sum())


def _by_group(slices: list[list[Region]]) -> list[list[Region]]:
    """Where each overlay group carried one structure in all nested slices, it does so in the others."""
    seen: dict[int, set[int]] = defaultdict(set)
    for regions in slices:
        for region in regions:
            if region.role:
                seen[region.group].add(region.role)
    if len(seen) < 2 or any(len(roles) > 1 for roles in seen.values()):
        return slices
    carried = {group: next(iter(roles)) for group, roles in seen.items()}
    return [[replace(r, role=r.role or carried.get(r.group)) for r in regions] for regions in slices]


def _by_roundness(slices: list[list[Region]]) -> int:
    """Gives the regions of the clearest slice their roles, in place of the list's entry, and returns its index.

    The clearest slice has the widest difference in roundness between its roundest region, LV, and the others, RV. A
    frame with one region a slice is all LV.
    """
    clearest, widest = next(z for z, regions in enumerate(slices) if regions), -1.0
    for z, regions in enumerate(slices):
        rounds = sorted(_roundness(region.mask) for region in regions)
        if len(rounds) > 1 and rounds[-1] - rounds[-2] > widest:
            clearest, widest = z, rounds[-1] - rounds[-2]
    best = max(slices[clearest], key=lambda region: _roundness(region.mask))
    slices[clearest] = [replace(region, role=labels.LV if region is best else labels.RV) for region in slices[clearest]]
    return clearest


def _roundness(mask: np.ndarray) -> float:
    """1 for a disc, towards 0 for a long or hollow shape; 0 for what is too small to have a shape."""
    props = regionprops(mask.astype(np.uint8))[0]
    if props.area < 12 or props.axis_major_length == 0:
        return 0.0
    return float(props.solidity * props.axis_minor_length / props.axis_major_length)


def _anchor(regions: Sequence[Region]) -> tuple[np.ndarray, np.ndarray]:
    """What is known to be left (LV or MYO) and right ventricle in a slice."""
    sides = np.zeros((2, *regions[0].mask.shape), bool)
    for region in regions:
        if region.role:
            sides[int(region.role == labels.RV)] |= region.mask
    return sides[0], sides[1]


def _by_overlap(slices: list[list[Region]], anchors: dict[int, tuple[np.ndarray, np.ndarray]]) -> list[list[Region]]:
    """Slices without roles, nearest to an anchor first: each region is what it overlaps most in the nearest slices."""
    anchors, settled = dict(anchors), list(slices)
    order = sorted(range(len(slices)), key=lambda z: min(abs(z - anchor) for anchor in anchors))
    for z in order:
        if settled[z] and not all(region.role for region in settled[z]):
            left, right = (_nearest(anchors, z, side) for side in (0, 1))
            settled[z] = _one_lv([replace(r, role=r.role or _side(r.mask, left, right)) for r in settled[z]], left)
            anchors[z] = _anchor(settled[z])
    return settled


def _one_lv(regions: list[Region], left: np.ndarray | None) -> list[Region]:
    """Of several regions of a slice on the left side, the one with the largest share of it is LV, the others are RV.

    A thin RV that follows the wall at end-systole lies where the wall was at end-diastole.
    """
    on_left = [int((region.mask & left).sum()) if left is not None else 0 for region in regions]
    cavities = [index for index, region in enumerate(regions) if region.role == labels.LV]
    if len(cavities) < 2 or any(region.role == labels.MYO for region in regions):
        return regions
    best = max(cavities, key=lambda index: on_left[index])
    return [
        replace(region, role=labels.RV if index in cavities and index != best else region.role)
        for index, region in enumerate(regions)
    ]


def _nearest(anchors: dict[int, tuple[np.ndarray, np.ndarray]], z: int, side: int) -> np.ndarray | None:
    known = [anchor for anchor, sides in anchors.items() if sides[side].any()]
    return anchors[min(known, key=lambda anchor: abs(anchor - z))][side] if known else None


def _side(mask: np.ndarray, left: np.ndarray | None, right: np.ndarray | None) -> int:
    """LV or RV by overlap; what overlaps neither goes to the nearer, what overlaps not the only one to the other."""
    if left is None or right is None:
        known, same, other = (left, labels.LV, labels.RV) if right is None else (right, labels.RV, labels.LV)
        return same if known is None or (mask & known).any() else other
    on_left, on_right = (mask & left).sum(), (mask & right).sum()
    if on_left == on_right:
        centre = np.argwhere(mask).mean(axis=0)
        gaps = [np.linalg.norm(np.argwhere(side) - centre, axis=1).min() for side in (left, right)]
        return labels.LV if gaps[0] <= gaps[1] else labels.RV
    return labels.LV if on_left > on_right else labels.RV
