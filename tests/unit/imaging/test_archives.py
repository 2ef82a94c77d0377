"""Archives are folders, unless they are hostile."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from cardioprior.errors import SubjectError
from cardioprior.imaging.archives import ENDINGS, Limits, is_archive, opened, without_ending

FILES = {"a.txt": b"one", "deep/er/b.txt": b"two"}


def zipped(path: Path, files: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def tarred(path: Path, files: dict[str, bytes], **attributes: object) -> Path:
    kind = {".tar": "w", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w:gz")
    with tarfile.open(path, kind) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for key, value in attributes.items():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(content))
    return path


def packed(path: Path, files: dict[str, bytes]) -> Path:
    return zipped(path, files) if path.suffix == ".zip" else tarred(path, files)


def refused(path: Path, limits: Limits = Limits()) -> SubjectError:  # noqa: B008
    with pytest.raises(SubjectError) as caught, opened(path, limits):
        raise AssertionError("it was unpacked")
    assert caught.value.sentence.startswith(f"{path}: ")
    return caught.value


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_is_a_folder_while_it_is_read_and_leaves_nothing(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path / f"study{ending}", FILES)
    assert is_archive(path) and without_ending(path.name) == "study"
    with opened(path) as folder:
        assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == FILES
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_itself_and_so_is_any_other_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "a.dcm"):
        with opened(path) as found:
            assert found == path


def test_an_error_within_names_the_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", FILES)
    with pytest.raises(SubjectError) as caught, opened(path) as folder:
        raise SubjectError("odd", f"{folder / 'a.txt'}: is odd")
    assert caught.value.sentence == f"{path}/a.txt: is odd"


@pytest.mark.parametrize("name", ["../up.txt", "a/../../up.txt", "/etc/up.txt", "..\\up.txt", "C:/up.txt"])
@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str, ending: str) -> None:
    path = packed(tmp_path / f"a{ending}", {"fine.txt": b"1", name: b"2"})
    error = refused(path)
    assert error.code == "hostile_archive" and "leads out of its folder" in error.sentence
    assert list(tmp_path.iterdir()) == [path] and not (tmp_path.parent / "up.txt").exists()


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    link = zipped(tmp_path / "a.zip", {"link": b"/etc/passwd"}, stat.S_IFLNK | 0o777)
    assert "holds a link or device, 'link'" in refused(link).sentence
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        path = tarred(tmp_path / "a.tar", {"link": b""}, type=kind, linkname="/etc/passwd")
        assert "holds a link or device, 'link'" in refused(path).sentence


def test_an_archive_that_grows_beyond_its_ratio_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    limits = Limits(ratio=50, free_bytes=1000)
    for ending in (".zip", ".tar.gz"):
        path = packed(tmp_path / f"a{ending}", {"zeros": bytes(10**6)})
        assert "grows from" in refused(path, limits).sentence
        with opened(path, Limits(ratio=50)):  # small ones may be as dense as they like
            pass


def test_a_size_that_is_stated_too_small_is_noticed_while_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"zeros": bytes(10**6)})
    content = path.read_bytes()
    path.write_bytes(content.replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert refused(path, Limits(ratio=50, free_bytes=1000)).code in ("hostile_archive", "corrupt_archive")


def test_too_many_members_or_one_twice_are_refused(tmp_path: Path) -> None:
    many = {f"{number}": b"" for number in range(20)}
    for ending in (".zip", ".tar"):
        assert "20 members" in refused(packed(tmp_path / f"a{ending}", many), Limits(members=19)).sentence
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo("same"), io.BytesIO(b""))
    assert "holds 'same' twice" in refused(tmp_path / "b.tar").sentence
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("same", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("same", b"2")
    assert "holds 'same' twice" in refused(tmp_path / "b.zip").sentence


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": b"secret"})
    content = bytearray(path.read_bytes())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    path.write_bytes(content)
    assert "holds an encrypted member, 'a'" in refused(path).sentence


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.xz"])
def test_a_damaged_archive_is_named(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path / f"a{ending}", {"a": bytes(range(256)) * 100})
    content = path.read_bytes()
    for damaged in (b"", b"x" * 600, content[: len(content) // 3]):
        path.write_bytes(damaged)
        assert refused(path).code == "corrupt_archive"


def test_a_flipped_bit_in_a_zip_is_noticed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": bytes(range(256)) * 100})
    content = bytearray(path.read_bytes())
    content[100] ^= 4
    path.write_bytes(content)
    assert refused(path).code == "corrupt_archive"
