"""Names of NIfTI files, without loading the library that reads them."""

from __future__ import annotations

NIFTI_ENDINGS = (".nii", ".nii.gz")


def is_nifti_name(name: str) -> bool:
    """Whether a file is NIfTI by its name."""
    return name.endswith(NIFTI_ENDINGS)


def stem(name: str) -> str:
    """A NIfTI file's name without its ending."""
    return name.removesuffix(".gz").removesuffix(".nii")
