"""Subject ids: names for files that say no more than they must."""

from __future__ import annotations

import re

from cardioprior import digest

#: bytes of an id: with what is put about it, a file's name has 255 at most
LONGEST = 150


def safe_id(text: str) -> str:
    """A subject's name as a name for files: letters, digits, dot, dash and underscore, LONGEST at most.

    Where that changes it, a digest of the whole is added, so that two subjects stay two.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")
    kept = safe[: LONGEST - 9]
    return safe if safe == text and len(safe) <= LONGEST else f"{kept or 'subject'}-{digest.text(text)[:8]}"


def file_id(text: str) -> str:
    """A subject's name as it is where a file can have it and a table hold it, else a safe one."""
    whole = text.isprintable() and not {"/", "\\"} & set(text) and len(text.encode()) <= LONGEST
    return text if whole and text.strip() == text else safe_id(text)
