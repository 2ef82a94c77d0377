"""Dice and surface distances against medpy and MONAI, on random blobs and on real hearts."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from cardioprior.metrics.overlap import dice
from cardioprior.metrics.surface import surface_distances

THICK_STACK_MM = (10.0, 1.37, 1.62)
ACDC_PATIENTS = ("patient001", "patient022", "patient041", "patient090")


def blobs(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two masks of smooth random shape, correlated as a prediction and its reference are; either may touch a border."""
    generator = np.random.default_rng(seed)
    common, own = generator.normal(size=shape), generator.normal(size=(2, *shape))
    width = [min(2.0, size / 6) for size in shape]
    prediction, reference = (ndimage.gaussian_filter(common + 0.5 * noise, width) for noise in own)
    return prediction > np.quantile(prediction, 0.8), reference > np.quantile(reference, 0.8)


CASES = [
    pytest.param(shape, spacing, seed, id=f"{'x'.join(map(str, shape))}-seed{seed}")
    for shape, spacing in [
        ((8, 36, 40), THICK_STACK_MM),
        ((24, 24, 24), (2.0, 1.25, 1.25)),
        ((1, 30, 30), THICK_STACK_MM),
        ((40, 44), (1.8, 1.8)),
        ((36, 30), (0.7, 2.9)),
    ]
    for seed in range(6)
]


def medpy_distances(prediction: np.ndarray, reference: np.ndarray, spacing: tuple[float, ...]) -> list[float]:
    binary = pytest.importorskip("medpy.metric.binary")
    forth, back = binary.asd(prediction, reference, spacing), binary.asd(reference, prediction, spacing)
    return [(forth + back) / 2, binary.hd(prediction, reference, spacing)]


@pytest.mark.parametrize(("shape", "spacing", "seed"), CASES)
def test_distances_between_blobs_are_those_of_medpy(shape, spacing, seed):
    prediction, reference = blobs(shape, seed)
    ours = surface_distances(prediction, reference, spacing)
    assert [ours.mean_mm, ours.hausdorff_mm] == pytest.approx(medpy_distances(prediction, reference, spacing), rel=1e-9)


@pytest.mark.parametrize(("shape", "spacing", "seed"), CASES)
def test_distances_between_blobs_are_those_of_monai(shape, spacing, seed):
    """MONAI's own symmetric mean pools both surfaces; ours is the mean of its two directed means."""
    torch = pytest.importorskip("torch")
    monai = pytest.importorskip("monai.metrics")
    prediction, reference = blobs(shape, seed)
    one, other = (torch.from_numpy(mask)[None, None] for mask in (prediction, reference))
    options = {"include_background": True, "spacing": spacing}
    forth, back = (monai.compute_average_surface_distance(*p, **options) for p in ((one, other), (other, one)))
    hausdorff = monai.compute_hausdorff_distance(one, other, **options)
    ours = surface_distances(prediction, reference, spacing)
    # MONAI computes in single precision.
    assert ours.mean_mm == pytest.approx((forth.item() + back.item()) / 2, rel=2e-6)
    assert ours.hausdorff_mm == pytest.approx(hausdorff.item(), rel=2e-6)


@pytest.mark.parametrize(("shape", "spacing", "seed"), CASES)
def test_distances_between_blobs_are_those_of_an_exact_distance_transform(shape, spacing, seed):
    """The definition written out, without crop or search tree; needs scipy only."""
    prediction, reference = blobs(shape, seed)
    one, other = (mask & ~ndimage.binary_erosion(mask) for mask in (prediction, reference))
    forth = ndimage.distance_transform_edt(~other, spacing)[one]
    back = ndimage.distance_transform_edt(~one, spacing)[other]
    ours = surface_distances(prediction, reference, spacing)
    assert ours.mean_mm == pytest.approx((forth.mean() + back.mean()) / 2, rel=1e-9)
    assert ours.hausdorff_mm == pytest.approx(max(forth.max(), back.max()), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_distances_do_not_depend_on_which_mask_comes_first_nor_on_mirroring(seed):
    prediction, reference = blobs((8, 36, 40), seed)
    ours = surface_distances(prediction, reference, THICK_STACK_MM)
    for pair in ((reference, prediction), (prediction[::-1, :, ::-1], reference[::-1, :, ::-1])):
        swapped = surface_distances(*pair, THICK_STACK_MM)
        assert (swapped.mean_mm, swapped.hausdorff_mm) == pytest.approx((ours.mean_mm, ours.hausdorff_mm), rel=1e-9)
    assert 0 < ours.mean_mm <= ours.hausdorff_mm


@pytest.mark.parametrize("seed", range(6))
def test_noise_without_shape_is_measured_as_medpy_does(seed):
    generator = np.random.default_rng(seed)
    prediction, reference = generator.random((2, 6, 20, 20)) < (0.02, 0.5)[seed % 2]
    ours = surface_distances(prediction, reference, THICK_STACK_MM)
    assert [ours.mean_mm, ours.hausdorff_mm] == pytest.approx(
        medpy_distances(prediction, reference, THICK_STACK_MM), rel=1e-9
    )


@pytest.mark.parametrize(("shape", "spacing", "seed"), CASES)
def test_dice_of_blobs_is_that_of_medpy_and_monai(shape, spacing, seed):
    binary = pytest.importorskip("medpy.metric.binary")
    torch = pytest.importorskip("torch")
    monai = pytest.importorskip("monai.metrics")
    prediction, reference = blobs(shape, seed)
    ours = dice(prediction, reference)
    assert ours == pytest.approx(binary.dc(prediction, reference), rel=1e-12)
    one, other = (torch.from_numpy(mask)[None, None] for mask in (prediction, reference))
    assert ours == pytest.approx(monai.compute_dice(one, other, include_background=True).item(), rel=1e-6)


@pytest.mark.parametrize("patient", ACDC_PATIENTS)
@pytest.mark.parametrize("label", [1, 2, 3])
def test_real_hearts_at_end_systole_against_end_diastole_measure_as_in_medpy(patient, label):
    """Both frames' labels of one ACDC patient: two real shapes on one thick-sliced grid."""
    nibabel = pytest.importorskip("nibabel")
    binary = pytest.importorskip("medpy.metric.binary")
    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("CMR_TEST_DATA", default)) / "acdc" / "training" / patient
    files = sorted(folder.glob("*_gt.nii.gz"))
    if len(files) != 2:
        pytest.skip(f"the ACDC labels of {patient} are not here: put them in ../shared/data or set CMR_TEST_DATA")
    images = [nibabel.load(file) for file in files]
    # In ACDC the zooms are right and the affine is not.
    spacing_zyx = tuple(float(zoom) for zoom in images[0].header.get_zooms()[2::-1])
    diastole, systole = (np.equal(image.dataobj, label).T for image in images)
    ours = surface_distances(systole, diastole, spacing_zyx)
    assert [ours.mean_mm, ours.hausdorff_mm] == pytest.approx(medpy_distances(systole, diastole, spacing_zyx), rel=1e-9)
    assert dice(systole, diastole) == pytest.approx(binary.dc(systole, diastole), rel=1e-12)
