"""Pseudonyms: subjects under names that say nothing without a private folder.

The folder (`private:` in the configuration, outside `out:`) holds a key, made on first use, and one file a cohort that
says, a JSON object a line, whose a pseudonym is and what was found in full. Everything else, file names and logs
included, has pseudonyms only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cardioprior.cohorts.contract import Subject
from cardioprior.errors import CardioPriorError
from cardioprior.imaging.archives import archive_of

KEY = "key"
_KEY_BYTES = 32
#: files below a subject whose names are looked for in a sentence
MOST_FILES = 200_000
#: shorter words and mere numbers are no names, and occur in every sentence
_NAME = re.compile(r"(?=.*[^\W\d_]).{3,}")


class Identity:
    """The pseudonyms of one cohort, whose data lie below `root`."""

    def __init__(self, folder: Path, cohort: str, root: Path) -> None:
        self.root = root
        self.cohort = cohort
        self.path = folder / f"{cohort}.jsonl"
        self._key = _key(folder)

    def pseudonym(self, subject_id: str) -> str:
        """`p` and twelve hexadecimal digits: a keyed hash (HMAC-SHA256) of the cohort's name and the subject's."""
        return f"p{self._hash(subject_id)}"

    def hide(self, subjects: Sequence[Subject]) -> list[Subject]:
        """The subjects under their pseudonyms, sorted, without sources; writes the private file anew."""
        lines = [{"pseudonym": self.pseudonym(s.id), "subject": asdict(s)} for s in subjects]
        self.path.unlink(missing_ok=True)
        self._append(lines)
        hidden = [replace(subject, id=self.pseudonym(subject.id), sources=()) for subject in subjects]
        return sorted(hidden, key=lambda subject: subject.id)

    def original(self, pseudonym: str) -> Subject:
        """The subject of a pseudonym. Raises CardioPriorError if the private file does not have it."""
        if pseudonym not in self._originals:
            raise CardioPriorError(f"{self.path}: does not say who {pseudonym} is; wanted the file that `find` wrote")
        return self._originals[pseudonym]

    def scrub(self, subject: Subject, text: str) -> str:
        """A sentence about a subject (the original) without its name, its paths and the names of its files.

        The sentence in full goes to the private file. Where a part of an identity may be left, a sentence that says no
        more than where to look is returned.
        """
        pseudonym = self.pseudonym(subject.id)
        self._append([{"pseudonym": pseudonym, "sentence": text}])
        names = self._names(subject)
        clean = text
        for root in {str(self.root.resolve()), str(self.root)} - {".", "/"}:
            clean = clean.replace(f"{root}/", "").replace(root, "the data set")
        for name in sorted(names, key=len, reverse=True):
            clean = clean.replace(name, names[name])
        left = clean.lower()
        if any(name.lower() in left for name in names) or any(name in text for name in self._archives(subject)):
            return f"{pseudonym}: the private file has what was found"
        return clean

    def _names(self, subject: Subject) -> dict[str, str]:
        """What must not be said, and what is said instead."""
        pseudonym = self.pseudonym(subject.id)
        names = {subject.id: pseudonym}
        for source in subject.sources:
            for path in (Path(source), *_below(self.root, source)):
                for part in path.parts:
                    for name in (part, part.split(".")[0]):
                        if _NAME.fullmatch(name):
                            names.setdefault(name, f"f{self._hash(name)}{''.join(Path(part).suffixes[-1:])}")
        return names

    def _archives(self, subject: Subject) -> list[str]:
        """Names of archives among the sources: what their members are called is not known."""
        found = (archive_of(self.root / source) for source in subject.sources)
        return [path.name for path in found if path]

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, f"{self.cohort}\0{text}".encode(errors="surrogateescape"), "sha256").hex()[:12]

    @cached_property
    def _originals(self) -> dict[str, Subject]:
        if not self.path.is_file():
            raise CardioPriorError(f"{self.path}: is missing; wanted the file that says whose each pseudonym is")
        with self.path.open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        stated = {line["pseudonym"]: line["subject"] for line in lines if "subject" in line}
        return {name: Subject(**{**about, "sources": tuple(about["sources"])}) for name, about in stated.items()}

    def _append(self, lines: Sequence[dict[str, Any]]) -> None:
        """Adds lines; jobs of several shards write to one file."""
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(text)


def _below(root: Path, source: str) -> Iterator[Path]:
    """Paths below a folder, relative to the root."""
    count = 0
    for folder, folders, names in os.walk(root / source):
        for name in (*folders, *names):
            count += 1
            if count > MOST_FILES:
                return
            yield Path(folder, name).relative_to(root)


def _key(folder: Path) -> bytes:
    """The folder's key; made if there is none. Only its owner can read it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, made = folder / KEY, folder / f".{KEY}.{os.getpid()}"
    if not path.exists():
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        with contextlib.suppress(FileExistsError):  # another job's is whole and counts
            os.link(made, path)
        made.unlink()
    key = path.read_bytes()
    if len(key) < _KEY_BYTES:
        raise CardioPriorError(f"{path}: has {len(key)} bytes; wanted a key of {_KEY_BYTES}: delete it to make another")
    return key
