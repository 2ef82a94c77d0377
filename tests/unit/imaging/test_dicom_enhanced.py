"""Enhanced multi-frame DICOM: the cine that single frames make, and real files beside another reader's result."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cardioprior.errors import SubjectError
from cardioprior.imaging.dicom import find_stacks, short_axis, sort_frames
from tests.unit.imaging.dicom_world import COLUMN, ROW, dataset, pixels_of, position_of, real_data, write, write_cine

SHAPE = (6, 8)


def group(**elements: object) -> Sequence:
    item = Dataset()
    for name, value in elements.items():
        setattr(item, name, value)
    return Sequence([item])


def frame_of(t: int, z: int) -> Dataset:
    """The functional groups of a frame; triggers as write_cine's."""
    frame = Dataset()
    frame.PlanePositionSequence = group(ImagePositionPatient=[f"{value:.6f}" for value in position_of(z)])
    frame.CardiacSynchronizationSequence = group(NominalCardiacTriggerDelayTime=float(t * (40 + z)))
    frame.FrameContentSequence = group(TemporalPositionIndex=t + 1, FrameAcquisitionDateTime="20200101120000.5")
    frame.PixelValueTransformationSequence = group(RescaleSlope="2", RescaleIntercept="-5", RescaleType="US")
    return frame


def enhanced(places: list[tuple[int, int]], **tags: object) -> Dataset:
    """One file with the frames (t, z) in this order; orientation and spacing are shared."""
    pixels = np.stack([pixels_of(t, z, SHAPE) for t, z in places])
    image = dataset(pixels[0], (0, 0, 0), ImagePositionPatient=None, ImageOrientationPatient=None, PixelSpacing=None)
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    image.PixelData = pixels.astype("<u2" if pixels.dtype.kind == "u" else "<i2").tobytes()
    image.NumberOfFrames = len(places)
    shared = Dataset()
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=[f"{value:.6f}" for value in (*ROW, *COLUMN)])
    shared.PixelMeasuresSequence = group(PixelSpacing=[1.5, 1.25], SliceThickness=6)
    image.SharedFunctionalGroupsSequence = Sequence([shared])
    image.PerFrameFunctionalGroupsSequence = Sequence([frame_of(t, z) for t, z in places])
    for name, value in tags.items():
        setattr(image, name, value)
    return image


def by_file(kind: str) -> list[list[tuple[int, int]]]:
    """The frames of 3 x 4 in one file, a file a slice, or a file a time; shuffled."""
    places = [(t, z) for t in range(3) for z in range(4)]
    files = {
        "one file": [places],
        "a file a slice": [[p for p in places if p[1] == z] for z in range(4)],
        "a file a time": [[p for p in places if p[0] == t] for t in range(3)],
    }[kind]
    rng = np.random.default_rng(0)
    return [[file[index] for index in rng.permutation(len(file))] for file in files]


@pytest.mark.parametrize("kind", ["one file", "a file a slice", "a file a time"])
def test_an_enhanced_cine_is_the_cine_of_single_frames_however_its_frames_lie_in_files(
    tmp_path: Path, kind: str
) -> None:
    write_cine(tmp_path / "single")
    for number, places in enumerate(by_file(kind)):
        write(tmp_path / "enhanced" / f"{number}.dcm", enhanced(places))
    wanted = short_axis(find_stacks([tmp_path / "single"]))
    found = short_axis(find_stacks([tmp_path / "enhanced"]))
    np.testing.assert_array_equal(found.volume().data, 2.0 * wanted.volume().data - 5)
    np.testing.assert_allclose(found.affine, wanted.affine)
    assert found.frame_times_ms == wanted.frame_times_ms


def test_without_triggers_the_place_in_time_sorts(tmp_path: Path) -> None:
    image = enhanced(by_file("one file")[0])
    for frame in image.PerFrameFunctionalGroupsSequence:
        del frame.CardiacSynchronizationSequence
    write(tmp_path / "a.dcm", image)
    data = short_axis(find_stacks([tmp_path])).volume().data
    np.testing.assert_array_equal(data[2, 1], 2.0 * pixels_of(2, 1, SHAPE) - 5)


def test_phase_images_are_no_frames(tmp_path: Path) -> None:
    places = [(t, z) for t in range(3) for z in range(4)]
    image = enhanced([*places, *places])
    for index, frame in enumerate(image.PerFrameFunctionalGroupsSequence):
        component = "MAGNITUDE" if index < len(places) else "PHASE"
        frame.MRImageFrameTypeSequence = group(ComplexImageComponent=component)
    write(tmp_path / "a.dcm", image)
    assert short_axis(find_stacks([tmp_path])).volume().data.shape == (3, 4, *SHAPE)


def test_an_empty_functional_group_makes_no_file_enhanced(tmp_path: Path) -> None:
    def with_empty_group(image: Dataset, t: int, z: int) -> Dataset:
        image.PerFrameFunctionalGroupsSequence = Sequence([Dataset()])
        return image

    write_cine(tmp_path, change=with_empty_group)
    assert short_axis(find_stacks([tmp_path])).volume().data.shape == (3, 4, *SHAPE)


def test_a_file_that_describes_other_frames_than_it_states_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", enhanced(by_file("one file")[0], NumberOfFrames=7))
    with pytest.raises(SubjectError, match=r"a\.dcm: .*NumberOfFrames is 7, functional groups describe 12") as caught:
        find_stacks([tmp_path])
    assert caught.value.code == "unreadable_dicom"


def test_a_file_that_lacks_the_pixels_of_its_last_frame_is_named(tmp_path: Path) -> None:
    image = enhanced(by_file("one file")[0])
    image.PixelData = image.PixelData[:-60]
    write(tmp_path / "a.dcm", image)
    with pytest.raises(SubjectError, match=r"a\.dcm: its pixel data cannot be read") as caught:
        short_axis(find_stacks([tmp_path])).volume()
    assert caught.value.code == "unreadable_dicom"


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        ("Siemens", "Siemens_REST1_w_SMS_PF7-8_6.nii"),
        ("Philips", "Philips_WIP_B0_NS_801_e1.nii"),
    ],
)
def test_real_files_have_the_pixels_and_places_that_another_reader_found(source: str, reference: str) -> None:
    """The other reader turns rows over, writes RAS and undoes Philips' scaling: voxels are compared by where they lie,
    up to one factor."""
    folder = real_data("enhanced_dicom")
    (stack,) = find_stacks([folder / "In" / source]).stacks
    mine = sort_frames(stack).volume()
    theirs = nibabel.load(folder / "Ref" / reference)
    data = np.asarray(theirs.dataobj).reshape(*theirs.shape[:3], -1)
    to_theirs = np.linalg.inv(np.diag([-1, -1, 1, 1]) @ theirs.affine) @ mine.affine
    assert mine.data.shape == data.shape[::-1]
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(200):
        t, z, y, x = (int(rng.integers(size)) for size in mine.data.shape)
        i, j, k = (to_theirs @ [x, y, z, 1])[:3]
        assert np.allclose([i, j, k], np.round([i, j, k]), atol=0.02)
        pairs.append((mine.data[t, z, y, x], data[round(i), round(j), round(k), t]))
    ours, others = np.array(pairs, float).T
    factor = others.sum() / ours.sum()
    assert factor == 1 or source == "Philips"
    np.testing.assert_allclose(ours * factor, others, rtol=1e-4, atol=1e-3 * others.max())
