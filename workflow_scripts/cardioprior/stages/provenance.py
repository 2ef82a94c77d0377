"""What a result says of the code that made it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from cardioprior import __version__

LIBRARIES = ("torch", "numpy", "scipy", "pandas", "SimpleITK", "nibabel", "pydicom", "snakemake")


def versions() -> dict[str, str]:
    """Versions of this package, Python and the libraries that figures depend on."""
    found = {library: version(library) for library in LIBRARIES}
    return {"cardioprior": __version__, "python": sys.version.split()[0], **found}


def commit() -> str:
    """The commit of the code, `unknown` outside a checkout, with `+` for uncommitted changes."""
    folder = Path(__file__).parent
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        dirty = subprocess.run(["git", "status", "--porcelain", "."], cwd=folder, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")
