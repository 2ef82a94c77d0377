"""Subject ids: names for files that say no more than they must."""

from __future__ import annotations

import re

from cardioprior import digest


def safe_id(text: str) -> str:
    """A subject's name as a name for files: letters, digits, dot, dash and underscore.

    Where that changes it, a digest of the whole is added, so that two subjects stay two.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")
    return safe if safe == text else f"{safe or 'subject'}-{digest.text(text)[:8]}"
