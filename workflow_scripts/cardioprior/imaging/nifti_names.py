"""Names of NIfTI files, without loading the library that reads them."""

from __future__ import annotations

NIFTI_ENDINGS = (".nii", ".nii.gz")


def is_nifti_name(name: str) -> bool:
    """Whether a file is NIfTI by its name."""
    return name.lower().endswith(NIFTI_ENDINGS)


def stem(name: str) -> str:
    """A NIfTI file's name without its ending."""
    ending = next((ending for ending in (".nii.gz", ".nii", ".gz") if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]
