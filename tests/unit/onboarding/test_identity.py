"""No name, date, identifier or private element of a header reaches an output, and with a private folder no name of a
folder or file does either."""

from __future__ import annotations

import gzip
import json
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cardioprior import atomic
from cardioprior.cohorts.contract import Subject
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.accounts import gather, read_found, write_found
from cardioprior.onboarding.conversion import convert
from cardioprior.onboarding.identity import Identity
from cardioprior.onboarding.page import write_page
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import add_overlays, heart, outlines_of, write_cine

#: what must not be found anywhere, in any case
PLANTED = {
    "PatientName": "Zanzibar^Quentin",
    "PatientID": "MRN8836612",
    "OtherPatientNames": "Quillfeather",
    "PatientBirthDate": "19470231",
    "StudyDate": "20151130",
    "AccessionNumber": "ACC771230",
    "InstitutionName": "Mercy Hypothetical",
    "ReferringPhysicianName": "Doktor^Wunderlich",
    "PatientComments": "neighbour of Featherstone",
    "StudyInstanceUID": "1.2.99.4444.771",
    "ProtocolName": "SAX for Featherstone",
}
WORDS = (
    *("zanzibar", "quentin", "mrn8836612", "quillfeather", "19470231", "20151130", "acc771230", "hypothetical"),
    *("wunderlich", "featherstone", "1.2.99.4444.771", "privatefellow", "overlayname", "nestedname"),
)
FOLDER_WORDS = ("smith", "anna", "wardseven")
SHAPE = (64, 72)


def planted(image: Dataset, t: int, z: int) -> Dataset:
    """A file with identities in public, private, nested and overlay elements, and contours at two frames."""
    rows, columns = np.indices(SHAPE)
    image.Rows, image.Columns = SHAPE
    image.PixelData = (300 + 90 * np.sin(rows / 5 + z / 2) + columns + 20 * t).astype("<i2").tobytes()
    image.BitsAllocated, image.PixelRepresentation = 16, 1
    for name, value in PLANTED.items():
        setattr(image, name, value)
    image.private_block(0x0029, "PRIVATEFELLOW", create=True).add_new(1, "LO", "PrivateFellow was here")
    item = Dataset()
    item.PatientName = "NestedName"
    image.ReferencedPatientSequence = Sequence([item])
    if t in (0, 2):
        masks = heart(SHAPE, (32, 42), 9 if t == 0 else 6, 4)
        groups = {"LV": 0x6000, "EPI": 0x6002, "RV": 0x6004} if t == 0 else {"LV": 0x6000, "RV": 0x6004}
        texts = {0x6000: "LV endo OverlayName", 0x6002: "LV epi OverlayName", 0x6004: "RV endo OverlayName"}
        add_overlays(image, outlines_of(masks, groups), texts)
    return image


def another_study(image: Dataset, t: int, z: int) -> Dataset:
    image = planted(image, t, z)
    image.PatientID = f"{PLANTED['PatientID']}99"
    return image


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two sound subjects, one with a broken file, one with an overlay of another size."""
    root = tmp_path / "WardSeven"
    for name in ("Smith_Anna", "b", "c", "Smith_Anna_2"):
        write_cine(root / name / "Smith", 3, 4, lambda folder, t, z, n: folder / f"Anna_{z}-{t}.IMA", planted, SHAPE)
    (root / "b" / "Smith" / "Anna_1-1.IMA").write_bytes(b"")
    broken = root / "c" / "Smith" / "Anna_1-1.IMA"
    broken.write_bytes(broken.read_bytes()[:900])
    long = root / "Smith_Anna_2" / "Smith" / "Anna_2-1.IMA"
    long.write_bytes(long.read_bytes()[:-5000])
    return root


class Nothing:
    """A preparation that takes everybody."""

    @staticmethod
    def lacks(row: dict[str, str]) -> str:
        return ""


def onboard(adapter: str, root: Path, out: Path, identity: Identity | None = None) -> list[dict]:
    """All that `snakemake onboard` does, in order."""
    opened = cohort(adapter, root)
    subjects = opened.find()
    write_found(out / "found.tsv", identity.hide(subjects) if identity else subjects, 1)
    records = convert(opened, read_found(out / "found.tsv", 0), out, identity)
    atomic.write_json(out / "shard-0.json", {"subjects": records})
    gather([out / "shard-0.json"], out / "subjects.tsv", out / "qc.tsv", strict=False)
    about = {"cohort": "mine", "adapter": adapter, "why": "", "block": ""}
    write_page(out / "subjects.tsv", out / "qc.tsv", out, about, {"study": Nothing}, out / "index.html")
    return records


def leaks(folder: Path, words: tuple[str, ...], log: str) -> list[tuple[str, str]]:
    """File (or log) and word of everything found, decompressed, in one-byte and two-byte text."""
    texts = {"log": log.lower()}
    for path in folder.rglob("*"):
        texts[f"name of {path.name}"] = path.name.lower()
        if path.is_file():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            texts[path.name] = content.decode("latin-1").lower()
            texts[f"{path.name} in UTF-16"] = content.decode("utf-16-le", errors="replace").lower()
    return [(name, word) for name, text in texts.items() for word in words if word in text]


@pytest.mark.parametrize("adapter", ["siemens_overlays", "dicom_cine", "unlabelled"])
def test_nothing_of_the_headers_reaches_an_output_a_file_name_or_the_log(
    adapter: str, raw: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if adapter == "unlabelled":  # it wants more frames, and tells studies by their headers
        raw = tmp_path / "studies"
        for name, change in (("a", planted), ("b", another_study)):
            write_cine(raw, 9, 4, lambda folder, t, z, n, name=name: folder / f"{name}{z}-{t}", change, SHAPE)
        (raw / "b2-1").unlink()
    records = onboard(adapter, raw, out)
    assert {record["status"] for record in records} >= {"excluded"}
    assert any(record["files"] for record in records)
    captured = capfd.readouterr()
    assert leaks(out, WORDS, captured.out + captured.err) == []


def test_what_was_planted_is_found_where_it_is(raw: Path) -> None:
    """The search works."""
    found = {word for _, word in leaks(raw, WORDS, "")}
    assert found == set(WORDS)


@pytest.mark.parametrize("adapter", ["siemens_overlays", "dicom_cine"])
def test_with_a_private_folder_no_name_of_a_folder_or_file_does_either(
    adapter: str, raw: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    out.mkdir()
    records = onboard(adapter, raw, out, Identity(private, "mine", raw))
    captured = capfd.readouterr()
    assert leaks(out, (*WORDS, *FOLDER_WORDS, str(tmp_path).lower()), captured.out + captured.err) == []
    assert [len(record["subject"]) for record in records] == [13] * 4
    excluded = [f["sentence"] for record in records for f in record["findings"] if record["status"] == "excluded"]
    assert len(excluded) == 3 and all(sentence for sentence in excluded)


def test_the_private_file_says_whose_a_pseudonym_is_and_what_was_found(raw: Path, tmp_path: Path) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    out.mkdir()
    identity = Identity(private, "mine", raw)
    onboard("siemens_overlays", raw, out, identity)
    assert identity.original(identity.pseudonym("Smith_Anna")).sources == ("Smith_Anna",)
    lines = [json.loads(line) for line in (private / "mine.jsonl").read_text().splitlines()]
    assert any("Anna_1-1.IMA" in line.get("sentence", "") for line in lines)
    for path in private.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in private.iterdir()) == ["key", "mine.jsonl"]


def test_a_sentence_about_a_file_says_which_by_a_keyed_name(raw: Path, tmp_path: Path) -> None:
    identity = Identity(tmp_path / "private", "mine", raw)
    subject = Subject("Smith_Anna", ("Smith_Anna",))
    said = identity.scrub(subject, f"{raw}/Smith_Anna/Smith/Anna_1-1.IMA: is cut; wanted 12 pixels")
    assert said.endswith(".IMA: is cut; wanted 12 pixels") and said.startswith(f"{identity.pseudonym('Smith_Anna')}/f")


def test_what_an_archive_holds_is_not_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "Smith.zip", "w") as archive:
        archive.writestr("Anna.dcm", b"")
    identity = Identity(tmp_path / "private", "mine", tmp_path)
    subject = Subject("Smith", ("Smith.zip",))
    said = identity.scrub(subject, f"{tmp_path}/Smith.zip/Anna.dcm: is not DICOM")
    assert said == f"{identity.pseudonym('Smith')}: the private file has what was found"


def test_a_sentence_about_a_nifti_file_says_which_and_what(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "private", "mine", tmp_path)
    subject = Subject("Smith", ("Smith/Anna_cine.nii.gz",))
    said = identity.scrub(subject, f"{tmp_path}/Smith/Anna_cine.nii.gz: is a damaged gzip file")
    assert said.endswith(".gz: is a damaged gzip file") and "Anna" not in said and "Smith" not in said


def test_what_a_path_into_an_archive_leads_to_is_not_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("Smith/Anna.dcm", b"")
    identity = Identity(tmp_path / "private", "mine", tmp_path)
    said = identity.scrub(Subject("p1", ("scans.zip/Smith",)), f"{tmp_path}/scans.zip/Smith/Anna.dcm: is not DICOM")
    assert said == f"{identity.pseudonym('p1')}: the private file has what was found"


def test_pseudonyms_follow_from_the_key_and_the_cohort(tmp_path: Path) -> None:
    one = Identity(tmp_path / "a", "mine", tmp_path)
    assert Identity(tmp_path / "a", "mine", tmp_path).pseudonym("x") == one.pseudonym("x")
    others = [Identity(tmp_path / "a", "yours", tmp_path), Identity(tmp_path / "b", "mine", tmp_path)]
    assert one.pseudonym("x") not in [other.pseudonym("x") for other in others]
    assert one.pseudonym("x") != one.pseudonym("y")


def test_a_lost_private_file_or_a_short_key_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CardioPriorError, match=r"mine\.jsonl: is missing; wanted the file that says whose"):
        Identity(tmp_path, "mine", tmp_path).original("p123")
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(CardioPriorError, match="key: has 5 bytes; wanted a key of 32"):
        Identity(tmp_path, "mine", tmp_path)
