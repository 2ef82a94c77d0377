"""From a NIfTI image to one with slices at another spacing."""

from __future__ import annotations

from pathlib import Path

from cardioprior.errors import CardioPriorError
from cardioprior.imaging.nifti import write_volume
from cardioprior.imaging.nifti_steps import read_checked
from cardioprior.inference.stored import device_of, load
from cardioprior.inference.upsampling import upsampled


def run(source: Path, wanted_mm: float, model: Path, device_name: str, out: Path) -> None:
    """Writes the upsampled image. Raises CardioPriorError where slices would not be made, but dropped."""
    device = device_of(device_name)
    image, findings = read_checked(source)
    for finding in findings:
        print(finding.sentence, flush=True)
    slices, spacing_mm = image.shape_zyx[0], image.spacing_mm[0]
    if slices < 2 or wanted_mm >= spacing_mm:
        raise CardioPriorError(
            f"{source}: has {slices} slice(s) {spacing_mm:g} mm apart; wanted at least two, further apart than the "
            f"{wanted_mm:g} mm asked for"
        )
    found = upsampled(image, wanted_mm, load(model, device), device)
    write_volume(out, found)
    print(f"{slices} slices {spacing_mm:g} mm apart became {found.shape_zyx[0]}, {wanted_mm:g} mm apart", flush=True)
