"""The phantom's DICOM files, as validators and other converters see them, on a heart of circles made here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pydicom
import pytest

from cardioprior.cohorts.contract import Subject
from cardioprior.cohorts.phantom.dicom_files import Scan, contours, without_slivers, write
from cardioprior.cohorts.siemens_overlays import Adapter
from cardioprior.imaging import labels
from cardioprior.imaging.dicom import find_stacks, short_axis
from cardioprior.imaging.outlines import fill, labels_of_frame
from cardioprior.imaging.overlays import Overlay, draw
from cardioprior.imaging.volume import Volume

WIDTH_MM = 112.0
FRAMES, ES = 4, 2
SERIES = (8, 5, 9, 7, 6)
# From apex to base at ED: the cavity's radius, the wall, and how far the RV reaches beyond the wall.
CAVITY_MM = (0.0, 1.3, 7.0, 15.0, 22.0)
WALL_MM = (4.0, 7.0, 9.0, 9.0, 8.0)
RV_MM = (0.0, 1.2, 9.0, 17.0, 20.0)


@dataclass(frozen=True)
class Grid:
    """An oblique stack of slices, with what the writer asks of a stack."""

    pixel_mm: float
    thickness_mm: float = 7.0
    spacing_mm: float = 9.5
    row: tuple[float, ...] = (0.8, 0.0, 0.6)
    column: tuple[float, ...] = (0.36, 0.8, -0.48)

    @property
    def matrix(self) -> int:
        return round(WIDTH_MM / self.pixel_mm)

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.row, self.column)

    def position_lps_mm(self, index: int) -> np.ndarray:
        return np.round(np.array([-20.5, -131.25, 40.125]) + index * self.spacing_mm * self.normal, 5)

    def affine(self) -> np.ndarray:
        directions = np.stack([self.row, self.column, self.normal], axis=1)
        affine = np.eye(4)
        affine[:3, :3] = directions * (self.pixel_mm, self.pixel_mm, self.spacing_mm)
        affine[:3, 3] = self.position_lps_mm(0)
        return affine


def plane(grid: Grid, cavity_mm: float, wall_mm: float, rv_mm: float) -> np.ndarray:
    """Labels of a slice: cavity and wall are discs, the RV is what a displaced disc holds beside them."""
    y, x = (np.indices((grid.matrix, grid.matrix)) - (grid.matrix - 1) / 2) * grid.pixel_mm
    outer_mm = cavity_mm + wall_mm
    result = np.zeros(x.shape, np.uint8)
    if rv_mm:
        result[np.hypot(x + rv_mm, y) < outer_mm] = labels.RV
    result[np.hypot(x, y) < outer_mm] = labels.MYO
    result[np.hypot(x, y) < cavity_mm] = labels.LV
    return result


def made_up(pixel_mm: float = 1.4) -> Scan:
    """A scan of a heart that contracts and relaxes; muscle thickens by what the cavity loses."""
    grid = Grid(pixel_mm)
    shrink = (1.0, 0.85, 0.7, 0.9)
    truth = np.array(
        [
            [
                plane(grid, share * cavity, wall + (1 - share) * cavity, share * rv)
                for cavity, wall, rv in zip(CAVITY_MM, WALL_MM, RV_MM, strict=True)
            ]
            for share in shrink
        ]
    )
    noise = np.random.default_rng(0).integers(0, 1000, truth.shape, np.int16)
    return Scan(
        person=SimpleNamespace(id="HCM-007", group="HCM", sex="F", height_cm=163.2, weight_kg=61.7),
        stack=grid,
        image=1000 * truth.astype(np.int16) + noise,
        truth=truth,
        ed_frame=0,
        es_frame=ES,
        series=SERIES,
        rr_ms=(871.3, 880.0, 859.9, 866.0, 902.4),
        key="phantom/3",
    )


@pytest.fixture(scope="module")
def scan() -> Scan:
    return made_up()


@pytest.fixture(scope="module")
def folder(scan: Scan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subject")
    write(folder, scan)
    return folder


@pytest.fixture(scope="module")
def pictures(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.IMA"))


def run_dicom3tools(tool: str, *files: Path) -> list[str]:
    """Lines that the tool prints about the files."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (Debian's package dicom3tools has it)")
    done = subprocess.run([tool, *files], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


# The standard


def test_dciodvfy_finds_neither_errors_nor_warnings(pictures: list[Path]) -> None:
    for path in pictures:
        assert run_dicom3tools("dciodvfy", path) == ["MRImage"]


def test_files_agree_about_patient_study_series_and_frame_of_reference(pictures: list[Path]) -> None:
    assert run_dicom3tools("dcentvfy", *pictures) == []


def test_a_file_is_what_pydicom_writes_of_its_content(pictures: list[Path]) -> None:
    for path in pictures:
        content = path.read_bytes()
        copy = BytesIO()
        pydicom.dcmwrite(copy, pydicom.dcmread(BytesIO(content)), enforce_file_format=True)
        assert copy.getvalue() == content


def test_bytes_name_no_version_and_are_the_same_again(folder: Path, scan: Scan, tmp_path: Path) -> None:
    write(tmp_path, scan)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert content == (tmp_path / path.relative_to(folder)).read_bytes()
        assert b"PYDICOM" not in content.upper()


def test_identifiers_are_valid_and_each_names_one_thing(pictures: list[Path]) -> None:
    datasets = [pydicom.dcmread(path) for path in pictures]
    found = {d.StudyInstanceUID for d in datasets}, {d.SeriesInstanceUID for d in datasets}
    instances = {d.SOPInstanceUID for d in datasets}
    assert [len(uids) for uids in (*found, instances)] == [1, len(SERIES), len(SERIES) * FRAMES]
    assert all(uid.is_valid for uids in (*found, instances) for uid in uids)
    assert all(d.file_meta.MediaStorageSOPInstanceUID == d.SOPInstanceUID for d in datasets)


def test_headers_are_small_beside_the_pixels(pictures: list[Path], scan: Scan) -> None:
    pixels = 2 * scan.stack.matrix**2
    plain = [path for path in pictures if not path.stem.endswith(("0001", f"{ES + 1:04d}"))]
    assert max(path.stat().st_size for path in plain) < pixels + 2048


# Place and time


def test_the_converter_gives_back_pixels_place_and_time(folder: Path, scan: Scan) -> None:
    cine = short_axis(find_stacks([folder]))
    volume = cine.volume()
    np.testing.assert_array_equal(volume.data, scan.image)
    np.testing.assert_allclose(volume.affine, scan.stack.affine(), atol=1e-5)
    expected = np.outer(np.arange(FRAMES) / FRAMES, scan.rr_ms)
    np.testing.assert_allclose(cine.trigger_times_ms, expected, atol=0.01)


def dcm2niix(out: Path, *arguments: str | Path) -> Path:
    """The folder `out`, with a NIfTI file a series, named by its number."""
    tool = Path(sys.executable).with_name("dcm2niix")
    if not tool.exists():
        pytest.skip("dcm2niix is not installed")
    out.mkdir()
    options = ["-z", "n", "-b", "n", "-f", "%s", "-o", out]
    subprocess.run([tool, *options, *arguments], check=True, capture_output=True)
    return out


def test_dcm2niix_puts_the_cine_of_each_slice_in_the_same_place(folder: Path, scan: Scan, tmp_path: Path) -> None:
    whole = short_axis(find_stacks([folder])).volume()
    converted = dcm2niix(tmp_path / "out", folder)
    for index, number in enumerate(scan.series):
        assert_same_place(slice_of(whole, index), nibabel.load(converted / f"{number}.nii"))


@pytest.mark.parametrize("index", range(len(SERIES)))
def test_dcm2niix_sees_the_same_contours(folder: Path, scan: Scan, index: int, tmp_path: Path) -> None:
    number = scan.series[index]
    converted = dcm2niix(tmp_path / "out", "-s", "y", folder / f"SER{number:03d}" / f"IM-{number:04d}-0001.IMA")
    for place, (_, _, mask) in enumerate(contours(scan.truth[0, index], with_epicardium=True), 1):
        everywhere = np.repeat(draw(mask)[None, None].astype(np.uint8), len(SERIES), axis=1)
        outline = slice_of(Volume(everywhere, scan.stack.affine()), index)
        assert_same_place(outline, nibabel.load(converted / f"{number}_ROI{place}.nii"))


def slice_of(volume: Volume, index: int) -> Volume:
    """One slice, where it lies."""
    affine = volume.affine.copy()
    affine[:3, 3] = (volume.affine @ (0, 0, index, 1))[:3]
    return Volume(volume.data[:, [index]], affine)


def assert_same_place(volume: Volume, theirs: nibabel.Nifti1Image) -> None:
    ras = np.diag([-1, -1, 1, 1]) @ volume.affine
    ours = nibabel.as_closest_canonical(nibabel.Nifti1Image(volume.data.transpose(3, 2, 1, 0), ras))
    theirs = nibabel.as_closest_canonical(theirs)
    np.testing.assert_array_equal(np.asarray(theirs.dataobj).reshape(ours.shape), np.asarray(ours.dataobj))
    np.testing.assert_allclose(theirs.affine, ours.affine, atol=1e-3)


# Contours


@pytest.mark.parametrize("pixel_mm", [0.57, 0.8, 1.09, 1.5])
def test_contours_give_back_the_labels_of_large_and_small_structures(pixel_mm: float, tmp_path: Path) -> None:
    scan = made_up(pixel_mm)
    (tmp_path / "p1").mkdir()
    write(tmp_path / "p1", scan)
    settings = Adapter.Settings(adapter="siemens_overlays", root=tmp_path)
    view = Adapter(settings, tmp_path, "phantom", 0).load(Subject("p1", ("p1",))).views["sax"]
    for phase, frame, structures in (("ED", 0, ("LV", "MYO", "RV")), ("ES", ES, ("LV", "RV"))):
        annotation = view.annotation(phase)
        assert annotation is not None and (annotation.frame, annotation.structures) == (frame, structures)
        for name in structures:
            read, true = (of == labels.STRUCTURES[name] for of in (annotation.labels, scan.truth[frame]))
            assert 2 * (read & true).sum() / (read.sum() + true.sum()) >= 0.98
            if name != "RV":  # of the RV, slivers are not drawn
                np.testing.assert_array_equal(read, true)


@pytest.mark.parametrize("pixel_mm", [0.57, 0.8, 1.09, 1.5])
def test_a_crescent_however_thin_is_drawn_so_that_it_can_be_read_or_not_at_all(pixel_mm: float) -> None:
    grid, lost = Grid(pixel_mm), 0
    for rv_mm in np.arange(0.1, 4.0, 0.1):
        truth = plane(grid, 6.0, 7.0, rv_mm)
        planes = [Overlay(group, label, draw(mask)) for group, label, mask in contours(truth, with_epicardium=True)]
        read, _ = labels_of_frame([planes], "P1")
        np.testing.assert_array_equal(read[0], np.where((truth == labels.RV) & (read[0] == 0), 0, truth))
        assert rv_mm < 3 * pixel_mm or (read[0] == truth).all()
        lost += int((read[0] != truth).any())
    assert lost > 0  # the range holds slivers


def test_only_bent_lines_are_slivers() -> None:
    mask = np.zeros((60, 60), bool)
    mask[2:4, 2:4] = True  # an apex of four pixels
    mask[2:40, 50:52] = True  # straight, two pixels wide
    mask[20:23, 10:13] = mask[21, 10:40] = True  # with an inside, and a tail
    bent = np.zeros_like(mask)
    bent[30:58, 4] = bent[56:58, 4:40] = True
    np.testing.assert_array_equal(without_slivers(mask | bent), mask)
    np.testing.assert_array_equal(fill(draw(mask)), mask)


def test_the_epicardium_is_drawn_at_ed_alone_and_what_is_absent_has_an_empty_plane() -> None:
    grid = Grid(1.5)
    base, apex, nothing = plane(grid, 15, 8, 12), plane(grid, 0, 6, 0), plane(grid, 0, 0, 0)

    def drawn(truth: np.ndarray, *, with_epicardium: bool) -> dict[str, bool]:
        return {label: mask.any() for _, label, mask in contours(truth, with_epicardium=with_epicardium)}

    assert drawn(base, with_epicardium=True) == {"LV endocardium": 1, "LV epicardium": 1, "RV endocardium": 1}
    assert drawn(base, with_epicardium=False) == {"LV endocardium": 1, "RV endocardium": 1}
    assert drawn(apex, with_epicardium=True) == {"LV endocardium": 0, "LV epicardium": 1, "RV endocardium": 0}
    assert drawn(apex, with_epicardium=False) == drawn(nothing, with_epicardium=True) == {}
