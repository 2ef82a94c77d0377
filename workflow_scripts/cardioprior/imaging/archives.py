"""Zip and tar archives, read as folders: unpacked into a temporary folder that goes when they were read.

An archive is not trusted. Names that lead out of the folder, links, devices, encrypted members, names that occur twice,
and archives that grow beyond all images are refused before or while they are unpacked; what a header says of a size is
not believed.
"""

from __future__ import annotations

import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from cardioprior.errors import Finding, SubjectError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What a subject's archive may hold at most. ratio: of its size unpacked to its own, above `free_bytes`."""

    members: int = 50_000
    bytes: int = 8 << 30
    ratio: float = 200.0
    free_bytes: int = 64 << 20


LIMITS = Limits()


@dataclass(frozen=True)
class _Member:
    """A member as its archive lists it. kind: "file", "folder" or what is refused."""

    name: str
    kind: str
    size: int


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its name."""
    return path.name.lower().endswith(ENDINGS)


def without_ending(name: str) -> str:
    """An archive's name without its ending."""
    ending = next((ending for ending in sorted(ENDINGS, key=len, reverse=True) if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


def archive_of(path: Path) -> Path | None:
    """The archive that a path leads into (`scans.zip/p01/cine.nii.gz`) or is, None if it is no such path."""
    return next((up for up in (path, *path.parents) if is_archive(up) and up.is_file()), None)


@contextmanager
def reached(path: Path) -> Iterator[Path]:
    """A path that may lead into an archive: itself, or its place where the archive is unpacked, as `opened` does."""
    archive = archive_of(path)
    if archive is None:
        yield path
        return
    with opened(archive) as folder:
        yield folder / path.relative_to(archive)


def named_after(findings: Iterable[Finding], folder: Path, path: Path) -> tuple[Finding, ...]:
    """Findings that name the archive (or the path into it) instead of the temporary folder it was unpacked in."""
    return tuple(replace(found, sentence=found.sentence.replace(str(folder), str(path))) for found in findings)


@contextmanager
def opened(path: Path, limits: Limits = LIMITS) -> Iterator[Path]:
    """The path itself, or the temporary folder that an archive's files lie in.

    Sentences of SubjectErrors raised within name the archive instead of that folder. Raises SubjectError:
    `hostile_archive` for what is refused, `corrupt_archive` for what cannot be unpacked.
    """
    if path.is_dir() or not is_archive(path):
        yield path
        return
    with TemporaryDirectory(prefix="cardioprior-") as temporary:
        folder = Path(temporary)
        try:
            _unpack(path, folder, limits)
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError, ValueError, RuntimeError) as fault:
            reason = f"{type(fault).__name__}: {' '.join(str(fault).replace(temporary, path.name).split())[:200]}"
            raise SubjectError(
                "corrupt_archive", f"{path}: cannot be unpacked ({reason}); wanted a sound archive"
            ) from fault
        try:
            yield folder
        except SubjectError as error:
            raise SubjectError(error.code, error.sentence.replace(temporary, str(path))) from error


def _unpack(path: Path, folder: Path, limits: Limits) -> None:
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            members = [_zip_member(info) for info in infos]
            _refuse(path, members, limits)
            budget = _Budget(path, limits)
            for info, member in zip(infos, members, strict=True):
                if member.kind == "file":
                    with archive.open(info) as source:
                        _copy(source, folder / member.name, budget)
        return
    with tarfile.open(path, "r:*") as archive:
        budget = _Budget(path, limits)
        seen: list[_Member] = []
        for entry in archive:  # one by one: a list of all headers of a hostile archive may have no end
            seen.append(_tar_member(entry))
            _refuse(path, seen[-1:], limits, len(seen))
            if seen[-1].kind == "file":
                if (folder / seen[-1].name).exists():
                    raise _hostile(path, f"holds {seen[-1].name!r} twice")
                content = archive.extractfile(entry)
                assert content is not None  # it is a file
                _copy(content, folder / seen[-1].name, budget)


def _zip_member(info: zipfile.ZipInfo) -> _Member:
    mode = info.external_attr >> 16
    if info.flag_bits & 1:
        return _Member(info.filename, "an encrypted member", info.file_size)
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return _Member(info.filename, "a link or device", info.file_size)
    return _Member(info.filename, "folder" if info.is_dir() else "file", info.file_size)


def _tar_member(entry: tarfile.TarInfo) -> _Member:
    kind = "file" if entry.isreg() else "folder" if entry.isdir() else "a link or device"
    return _Member(entry.name, kind, entry.size)


def _refuse(path: Path, members: list[_Member], limits: Limits, count: int | None = None) -> None:
    count = len(members) if count is None else count
    if count > limits.members:
        raise _hostile(path, f"holds {count} members or more; wanted at most {limits.members}")
    for member in members:
        name = PurePosixPath(member.name.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", member.name) or "\0" in member.name:
            raise _hostile(path, f"holds {member.name!r}, which leads out of its folder")
        if member.kind not in ("file", "folder"):
            raise _hostile(path, f"holds {member.kind}, {member.name!r}; wanted files and folders")
    stated = sum(member.size for member in members)
    _Budget(path, limits).refuse(stated)
    files = [member.name for member in members if member.kind == "file"]
    if len(set(files)) < len(files):
        raise _hostile(path, f"holds {next(name for name in files if files.count(name) > 1)!r} twice")


class _Budget:
    """How much of an archive may still be written."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.written = path, 0
        self.allowed = min(limits.bytes, max(limits.free_bytes, int(limits.ratio * path.stat().st_size)))

    def refuse(self, size: int) -> None:
        """Raises where so many bytes, all in all, are too many."""
        if size > self.allowed:
            raise _hostile(
                self.path,
                f"grows from {self.path.stat().st_size} bytes to {size} or more; wanted at most {self.allowed}",
            )

    def spend(self, size: int) -> None:
        """Counts bytes that are about to be written."""
        self.written += size
        self.refuse(self.written)


def _copy(source: IO[bytes], target: Path, budget: _Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            budget.spend(len(chunk))
            file.write(chunk)


def _hostile(path: Path, found: str) -> SubjectError:
    return SubjectError("hostile_archive", f"{path}: {found}; it is not unpacked")
