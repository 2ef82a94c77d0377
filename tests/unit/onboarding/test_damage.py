"""Good subjects, damaged in many ways: each is told of with a code and a sentence, and the sound one beside it is not
lost. What no check can see (a flipped bit in pixels that no checksum covers) is not among them."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cardioprior.onboarding.conversion import convert
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import add_overlays, heart, outlines_of, write_cine

SHAPE, SLICES, FRAMES = (64, 72), 6, 3
#: LV endocardium, epicardium and RV in one overlay each
GROUPS = {"LV": 0x6000, "EPI": 0x6002, "RV": 0x6004}
Damage = Callable[[Path], None]


def drawn(image: Dataset, t: int, z: int) -> Dataset:
    """Contours at frames 0 (ED) and 2 (ES), the latter without epicardium, as the thesis' data are."""
    rng = np.random.default_rng((7, t, z))
    rows, columns = np.indices(SHAPE)
    picture = (
        200 + 100 * np.sin(rows / 5 + z / 2) + 80 * np.cos(columns / (6 + z / 3)) + 20 * t + rng.normal(0, 2, SHAPE)
    )
    image.Rows, image.Columns = SHAPE
    image.PixelData = picture.astype("<i2").tobytes()
    image.BitsAllocated, image.PixelRepresentation = 16, 1
    if t in (0, 2):
        masks = heart(SHAPE, (32, 42), 9 if t == 0 else 6, 4)
        names = GROUPS if t == 0 else {name: group for name, group in GROUPS.items() if name != "EPI"}
        add_overlays(image, outlines_of(masks, names))
    return image


@pytest.fixture(scope="module")
def dicom_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dicom")
    for name in ("bad", "good"):
        write_cine(root / name, FRAMES, SLICES, lambda folder, t, z, n: folder / f"{z}-{t}.IMA", drawn, SHAPE)
    return root


def nifti(path: Path, data: np.ndarray, zooms: tuple[float, ...] = (1.5, 1.5, 9.0)) -> None:
    """Gzipped, (x, y, z) or more, as ACDC's files are: the affine says 1 mm."""
    content = bytearray(nibabel.Nifti1Image(data, np.eye(4)).to_bytes())
    header = nibabel.Nifti1Header(bytes(content[:348]))
    header["pixdim"][1 : 1 + len(zooms)] = zooms
    content[:348] = header.binaryblock
    path.write_bytes(gzip.compress(bytes(content), mtime=0))


def labels(radius: float) -> np.ndarray:
    """ACDC's values (x, y, z): LV 3 in its wall 2, RV 1."""
    masks = heart(SHAPE, (32, 42), radius, 4)
    picture = np.select([masks["LV"], masks["EPI"], masks["RV"]], [3, 2, 1]).astype(np.uint8)
    return np.repeat(picture.T[..., None], SLICES, axis=2)


def picture(t: int) -> np.ndarray:
    x, y, z = np.indices((*SHAPE[::-1], SLICES))
    return (200 + 100 * np.sin(y / 5 + z / 2) + 80 * np.cos(x / (6 + z / 3)) + 20 * t).astype(np.float32)


INFO = "ED: 1\nES: 3\nGroup: NOR\nHeight: 170\nNbFrame: 3\nWeight: 70\n"
ED, ES, ED_LABELS, ES_LABELS = (f"patient001_frame0{n}{kind}.nii.gz" for kind in ("", "_gt") for n in (1, 3))


@pytest.fixture(scope="module")
def acdc_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("acdc")
    for name in ("patient001", "patient002"):
        folder = root / name
        folder.mkdir()
        (folder / "Info.cfg").write_text(INFO)
        for number, t, radius in ((1, 0, 9), (3, 2, 6)):
            nifti(folder / f"{name}_frame{number:02d}.nii.gz", picture(t))
            nifti(folder / f"{name}_frame{number:02d}_gt.nii.gz", labels(radius))
    return root


def onboard(adapter: str, source: Path, root: Path, damage: Damage | None, bad: str) -> dict[str, dict]:
    """Records by subject, of a copy in which one subject was damaged."""
    shutil.copytree(source, root / "raw", symlinks=True)
    if damage:
        damage(root / "raw" / bad)
    opened = cohort(adapter, root / "raw")
    records = convert(opened, opened.find(), root / "out")
    return {record["subject"]: record for record in records}


def judge(records: dict[str, dict], bad: str, good: str) -> None:
    """The damaged subject is told of, by name and with what to do; the sound one is as it was."""
    assert records[good]["status"] == "ok", records[good]["findings"]
    record = records[bad]
    assert record["status"] in ("warning", "excluded")
    assert record["findings"]
    for finding in record["findings"]:
        assert finding["code"] and bad in finding["sentence"]
        assert finding["code"] != "unreadable", finding["sentence"]  # a reader's own complaint is no sentence
    assert bool(record["files"]) == (record["status"] == "warning")


# --- DICOM


def edit(name: str = "2-1.IMA", **tags: object) -> Damage:
    """Sets tags of one file, or of all (name `*`); None removes."""

    def damage(folder: Path) -> None:
        for path in sorted(folder.glob(name)):
            image = pydicom.dcmread(path)
            for key, value in tags.items():
                if value is None:
                    delattr(image, key)
                else:
                    setattr(image, key, value)
            image.save_as(path)

    return damage


def cut(share: float, name: str = "2-1.IMA") -> Damage:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return damage


def overwrite(at: int, what: bytes, name: str = "2-1.IMA") -> Damage:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[at : at + len(what)] = what
        (folder / name).write_bytes(content)

    return damage


def retag(tag: int, vr: str, value: bytes, name: str = "2-1.IMA", raw_length: int | None = None) -> Damage:
    """Writes raw bytes into an element of an explicit little-endian file, whatever its type allows."""

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
        at = content.index(head)
        (length,) = struct.unpack("<H", content[at + 6 : at + 8])
        new = head + struct.pack("<H", len(value) if raw_length is None else raw_length) + value
        (folder / name).write_bytes(content[:at] + new + content[at + 8 + length :])

    return damage


def remove(pattern: str) -> Damage:
    return lambda folder: [path.unlink() for path in folder.glob(pattern)] and None


def replace_by(make: Callable[[Path], object], name: str = "2-1.IMA") -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return damage


def copy_slice(folder: Path) -> None:
    for t in range(FRAMES):
        image = pydicom.dcmread(folder / f"2-{t}.IMA")
        image.SeriesNumber, image.SeriesInstanceUID = 9, "1.2.3.9"
        image.save_as(folder / f"again-{t}.IMA")


def copy_all(folder: Path) -> None:
    for path in sorted(folder.glob("*.IMA")):
        image = pydicom.dcmread(path)
        image.InstanceNumber += 100
        image.save_as(folder / f"again-{path.name}")


def shift_slice(mm: float, along: str) -> Damage:
    def damage(folder: Path) -> None:
        for path in folder.glob("2-*.IMA"):
            image = pydicom.dcmread(path)
            row, column = np.reshape(np.array(image.ImageOrientationPatient, float), (2, 3))
            way = row if along == "row" else np.cross(row, column)
            moved = np.array(image.ImagePositionPatient, float) + mm * way
            image.ImagePositionPatient = [f"{value:.4f}" for value in moved]
            image.save_as(path)

    return damage


def same_times(folder: Path) -> None:
    edit("2-*.IMA", TriggerTime="10", InstanceNumber=1, AcquisitionTime="120000")(folder)


def one_pixel_contour(folder: Path) -> None:
    image = pydicom.dcmread(folder / "2-0.IMA")
    bits = np.zeros(SHAPE, bool)
    bits[10, 5:60] = bits[10:50, 5] = True
    add_overlays(image, {0x6000: bits})
    image.save_as(folder / "2-0.IMA")


DICOM: dict[str, Damage] = {
    **{f"cut at {share:.3f}": cut(share) for share in (0, 0.005, 0.0135, 0.02, 0.05, 0.1, 0.3, 0.7, 0.95, 0.999)},
    "no preamble": overwrite(128, b"DOCM"),
    "zeros in the header": overwrite(300, bytes(60)),
    "ones in a position": retag(0x00200032, "DS", b"\xff" * 20),
    "a length beyond the file": retag(0x00080060, "CS", b"MR" * 20, raw_length=65000),
    "rows of another file": edit(Rows=60),
    "rows of 65535": edit(Rows=65535, Columns=65535),
    "all files of 65535 pixels a side": edit("*.IMA", Rows=65535, Columns=65535),
    "rows of zero": edit(Rows=0),
    "no columns": edit(Columns=None),
    "colours": edit(SamplesPerPixel=3),
    "seven frames in a file": edit(NumberOfFrames=7),
    "no pixels": edit(PixelData=None),
    "odd bits": edit(BitsAllocated=13),
    "zero spacing": edit(PixelSpacing=[0, 0]),
    "negative spacing": edit(PixelSpacing=[-1.5, 1.25]),
    "no spacing": edit("*.IMA", PixelSpacing=None),
    "spacing in words": retag(0x00280030, "DS", b"one\\two "),
    "spacing in metres": edit("*.IMA", PixelSpacing=[0.0015, 0.00125]),
    "another spacing": edit("2-*.IMA", PixelSpacing=[2.5, 2.25]),
    "no position": edit(ImagePositionPatient=None),
    "a position of two numbers": retag(0x00200032, "DS", b"1.0\\2.0 "),
    "a position that is no number": retag(0x00200032, "DS", b"nan\\2\\inf "),
    "no direction": edit("*.IMA", ImageOrientationPatient=None),
    "directions of zero": edit(ImageOrientationPatient=[0, 0, 0, 0, 0, 0]),
    "directions askew": edit(ImageOrientationPatient=[1, 0, 0, 0.7, 0.7, 0]),
    "a slope of zero": edit("*-1.IMA", RescaleSlope="0", RescaleIntercept="5"),
    "no times": same_times,
    "a frame missing": remove("2-1.IMA"),
    "a frame missing everywhere but there": remove("[01345]-1.IMA"),
    "a slice missing": remove("2-*.IMA"),
    "every slice but two missing": remove("[2345]-*.IMA"),
    "a file twice": lambda folder: shutil.copy(folder / "2-1.IMA", folder / "copy.IMA") and None,
    "a slice acquired again": copy_slice,
    "every slice acquired again in its series": lambda folder: copy_all(folder),
    "files of another patient": lambda folder: edit("0-*.IMA", PatientID="other")(folder),
    "a palette for greys": edit("*.IMA", PhotometricInterpretation="PALETTE COLOR"),
    "slices thicker than two steps": edit("*.IMA", SliceThickness="20"),
    "a slice moved along the stack": shift_slice(4, "normal"),
    "a slice moved in its plane": shift_slice(9, "row"),
    "all files empty": lambda folder: [path.write_bytes(b"") for path in folder.iterdir()] and None,
    "an empty file": replace_by(Path.touch),
    "a link to nothing": replace_by(lambda path: path.symlink_to("nowhere")),
    "a link to itself": replace_by(lambda path: path.symlink_to(path.name)),
    "a link to the folder above": replace_by(lambda path: path.symlink_to("..", target_is_directory=True)),
    "a pipe": replace_by(os.mkfifo),
    "a folder for a file": replace_by(Path.mkdir),
    "text for a file": replace_by(lambda path: path.write_text("see the other disc", encoding="utf-16")),
    "no contours": lambda folder: [_without_overlays(path) for path in folder.glob("*.IMA")] and None,
    "contours at ED alone": lambda folder: [_without_overlays(path) for path in folder.glob("*-2.IMA")] and None,
    "a contour of another size": lambda folder: _overlay(folder, 0x0010, 32),
    "a contour without rows": lambda folder: _overlay(folder, 0x0010, 0),
    "a contour at another place": lambda folder: _overlay(folder, 0x0050, [9, 9]),
    "a contour cut short": lambda folder: _overlay(folder, 0x3000, b"\x01" * 40),
    "an open contour": one_pixel_contour,
    "black frames": lambda folder: [_black(path) for path in folder.glob("*-1.IMA")] and None,
}


def _without_overlays(path: Path) -> None:
    image = pydicom.dcmread(path)
    for element in [element for element in image if 0x6000 <= element.tag.group <= 0x601E]:
        del image[element.tag]
    image.save_as(path)


def _overlay(folder: Path, element: int, value: object) -> None:
    image = pydicom.dcmread(folder / "2-0.IMA")
    image[0x6000, element].value = value
    image.save_as(folder / "2-0.IMA")


def _black(path: Path) -> None:
    image = pydicom.dcmread(path)
    image.PixelData = bytes(len(image.PixelData))
    image.save_as(path)


@pytest.mark.parametrize("damage", DICOM)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_dicom_subject_is_told_of_and_the_other_is_kept(
    damage: str, dicom_root: Path, tmp_path: Path
) -> None:
    judge(onboard("siemens_overlays", dicom_root, tmp_path, DICOM[damage], "bad"), "bad", "good")


def test_undamaged_subjects_are_sound(dicom_root: Path, acdc_root: Path, tmp_path: Path) -> None:
    for adapter, root in (("siemens_overlays", dicom_root), ("acdc", acdc_root)):
        records = onboard(adapter, root, tmp_path / adapter, None, "")
        assert [record["findings"] for record in records.values()] == [[], []]


# --- NIfTI


def header(name: str, **fields: object) -> Damage:
    """Sets raw fields of a gzipped file's header."""

    def damage(folder: Path) -> None:
        content = bytearray(gzip.decompress((folder / name).read_bytes()))
        raw = nibabel.Nifti1Header(bytes(content[:348]), check=False)
        for key, value in fields.items():
            raw[key] = value
        content[:348] = raw.structarr.tobytes()
        (folder / name).write_bytes(gzip.compress(bytes(content), mtime=0))

    return damage


def flip(name: str, share: float) -> Damage:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[min(int(share * len(content)), len(content) - 1)] ^= 16
        (folder / name).write_bytes(content)

    return damage


def data(name: str, change: Callable[[np.ndarray], np.ndarray], zooms: tuple[float, ...] = (1.5, 1.5, 9.0)) -> Damage:
    def damage(folder: Path) -> None:
        nifti(folder / name, change(np.asarray(nibabel.load(folder / name).dataobj).copy()), zooms)

    return damage


def info(text: str | bytes) -> Damage:
    content = text if isinstance(text, bytes) else text.encode()
    return lambda folder: (folder / "Info.cfg").write_bytes(content) and None


def exchange(one: str, other: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / one).rename(folder / "kept")
        (folder / other).rename(folder / one)
        (folder / "kept").rename(folder / other)

    return damage


def with_nan(image: np.ndarray) -> np.ndarray:
    image[3, 4, 2] = np.nan
    return image


def _colours(path: Path) -> None:
    picture = np.zeros((72, 64, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(picture, np.diag([1.5, 1.5, 9, 1])), path)


ALL_IMAGES = (ED, ES, ED_LABELS, ES_LABELS)


def everywhere(make: Callable[[str], Damage]) -> Damage:
    return lambda folder: [make(name)(folder) for name in ALL_IMAGES] and None


ACDC: dict[str, Damage] = {
    **{f"image cut at {share}": cut(share, ED) for share in (0, 0.001, 0.01, 0.5, 0.99)},
    **{f"labels cut at {share}": cut(share, ES_LABELS) for share in (0, 0.02, 0.5, 0.99)},
    **{f"image with a bit flipped at {share}": flip(ED, share) for share in (0, 0.3, 0.6, 0.99999)},
    "labels with a bit flipped": flip(ES_LABELS, 0.5),
    "not compressed and cut": replace_by(lambda path: path.write_bytes(b"n+1\0" * 200), ED),
    "eight bytes": replace_by(lambda path: path.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0"), ED),
    "text": replace_by(lambda path: path.write_text("moved to the other disc"), ED),
    "a folder": replace_by(Path.mkdir, ED),
    "a link to itself": replace_by(lambda path: path.symlink_to(path.name), ED),
    "a pipe": replace_by(os.mkfifo, ED_LABELS),
    "no magic": header(ED, magic=b"abc"),
    "negative sizes": header(ED, dim=[3, -64, 72, 6, 1, 1, 1, 1]),
    "sizes of zero": header(ED, dim=[3, 0, 72, 6, 1, 1, 1, 1]),
    "sizes of 32767": header(ED, dim=[3, 32767, 32767, 32767, 1, 1, 1, 1]),
    "nine axes": header(ED, dim=[9, 72, 64, 6, 1, 1, 1, 1]),
    "an unknown type of number": header(ED, datatype=77),
    "complex numbers": header(ED, datatype=32, bitpix=64),
    "data far away": header(ED, vox_offset=1e9),
    "data that begin in the header": header(ED, vox_offset=-4),
    "spacing of zero": header(ED, pixdim=[1, 0, 1.5, 9, 1, 1, 1, 1]),
    "spacing that is no number": header(ED, pixdim=[1, np.nan, 1.5, 9, 1, 1, 1, 1]),
    "infinite spacing": header(ED, pixdim=[1, np.inf, 1.5, 9, 1, 1, 1, 1]),
    "spacing in metres": everywhere(lambda name: header(name, pixdim=[1, 0.0015, 0.0015, 0.009, 1, 1, 1, 1])),
    "spacing of one millimetre": everywhere(lambda name: header(name, pixdim=[1, 0.2, 0.2, 1, 1, 1, 1, 1])),
    "spacing of ES alone": header(ES, pixdim=[1, 1.0, 1.0, 9, 1, 1, 1, 1]),
    "a scale that is no number": header(ED, scl_slope=np.inf, scl_inter=0),
    "a voxel that is no number": data(ED, with_nan),
    "a constant image": data(ES, lambda image: np.full_like(image, 7)),
    "a slice too few": data(ED, lambda image: image[:, :, :-1]),
    "labels of other slices": data(ED_LABELS, lambda label: label[:, :, :-1]),
    "labels turned": data(ED_LABELS, lambda label: label.transpose(1, 0, 2)),
    "labels of another spacing": data(ED_LABELS, lambda label: label, (2.0, 2.0, 9.0)),
    "labels in two frames": data(ED_LABELS, lambda label: np.stack([label, label], axis=-1), (1.5, 1.5, 9.0, 1.0)),
    "no label in any voxel": data(ED_LABELS, np.zeros_like),
    "values that are no labels": data(ED_LABELS, lambda label: label * 50),
    "values between labels": data(ED_LABELS, lambda label: label.astype(np.float32) * 0.5),
    "values that are no numbers": data(ED_LABELS, lambda label: np.where(label == 3, np.nan, label)),
    "LV and RV exchanged": data(ED_LABELS, lambda label: np.array([0, 3, 2, 1], np.uint8)[label]),
    "LV and wall exchanged": data(ES_LABELS, lambda label: np.array([0, 1, 3, 2], np.uint8)[label]),
    "labels of ED and ES exchanged": exchange(ED_LABELS, ES_LABELS),
    "a slice twice": everywhere(lambda name: data(name, lambda image: image[:, :, [0, 1, 2, 2, 4, 5]])),
    "slices shuffled": everywhere(lambda name: data(name, lambda image: image[:, :, [3, 0, 5, 1, 4, 2]])),
    "slices interleaved": everywhere(lambda name: data(name, lambda image: image[:, :, [0, 2, 4, 1, 3, 5]])),
    "colours": replace_by(lambda path: _colours(path), ED),
    "compressed twice": lambda folder: (folder / ED).write_bytes(gzip.compress((folder / ED).read_bytes())) and None,
    "one image for two frames": lambda folder: shutil.copy(folder / ED, folder / ES) and None,
    "no image of ED": remove(ED),
    "no images": remove("*frame0?.nii.gz"),
    "no labels of ES": remove(ES_LABELS),
    "no Info.cfg": remove("Info.cfg"),
    "an empty Info.cfg": info(" "),
    "a binary Info.cfg": info(bytes(range(256)) * 4),
    "an Info.cfg of another frame": info(INFO.replace("ES: 3", "ES: 2")),
    "an Info.cfg of a frame far away": info(INFO.replace("ES: 3", "ES: 99999999999999999999")),
    "an Info.cfg of a negative frame": info(INFO.replace("ED: 1", "ED: -1")),
    "an Info.cfg in words": info(INFO.replace("ED: 1", "ED: first").replace("ES: 3", "ES: last")),
    "an Info.cfg that calls one frame both": info(INFO.replace("ES: 3", "ES: 1")),
    "an Info.cfg of infinity": info(INFO.replace("ED: 1", "ED: inf").replace("ES: 3", "ES: nan")),
    "an Info.cfg of no cycle": info(INFO.replace("NbFrame: 3", "NbFrame: many")),
}


@pytest.mark.parametrize("damage", ACDC)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_nifti_subject_is_told_of_and_the_other_is_kept(damage: str, acdc_root: Path, tmp_path: Path) -> None:
    judge(onboard("acdc", acdc_root, tmp_path, ACDC[damage], "patient001"), "patient001", "patient002")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_an_info_file_in_another_encoding_is_read(encoding: str, acdc_root: Path, tmp_path: Path) -> None:
    text = INFO.encode(encoding)
    records = onboard("acdc", acdc_root, tmp_path, info(text), "patient001")
    assert [record["status"] for record in records.values()] == ["ok", "ok"]


# --- archives


def zipped(path: Path, source: Path, change: Callable[[zipfile.ZipFile], None] | None = None) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.iterdir()):
            archive.write(file, file.name)
        if change:
            change(archive)


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link.IMA")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def tar_link(path: Path, source: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(source, "study")
        entry = tarfile.TarInfo("study/2-1.IMA")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry, io.BytesIO())


def cut_archive(path: Path, source: Path) -> None:
    zipped(path, source)
    path.write_bytes(path.read_bytes()[:9000])


ARCHIVES: dict[str, Callable[[Path, Path], None]] = {
    "a path outside": lambda path, source: zipped(path, source, lambda z: z.writestr("../../out.IMA", b"x")),
    "an absolute path": lambda path, source: zipped(path, source, lambda z: z.writestr("/tmp/out.IMA", b"x")),
    "a link": lambda path, source: zipped(path, source, link),
    "a bomb": lambda path, source: zipped(path, source, lambda z: z.writestr("zeros", bytes(150 << 20))),
    "a link in a tar": lambda path, source: tar_link(path.with_suffix(".tar.gz"), source),
    "an archive of text": lambda path, source: path.write_text("see the other disc") and None,
    "an archive of nothing": lambda path, source: zipfile.ZipFile(path, "w").close(),
    "an archive that is cut": cut_archive,
}


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.filterwarnings("ignore")
def test_a_hostile_archive_is_told_of_and_the_other_is_kept(kind: str, dicom_root: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    zipped(raw / "good.zip", dicom_root / "good")
    ARCHIVES[kind](raw / "bad.zip", dicom_root / "bad")
    opened = cohort("dicom_cine", raw)
    records = {record["subject"]: record for record in convert(opened, opened.find(), tmp_path / "out")}
    judge(records, "bad", "good")
    assert records["bad"]["status"] == "excluded"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]
    assert not Path("/tmp/out.IMA").exists()


def test_there_are_as_many_ways_as_were_wanted() -> None:
    assert len(DICOM) + len(ACDC) + len(ARCHIVES) >= 100
