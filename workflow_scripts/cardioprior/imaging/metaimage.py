"""MetaImage files (.mhd with .raw or .zraw beside it, .mha)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.imaging.nifti_steps import METRES_BELOW_MM
from cardioprior.imaging.volume import Volume

#: no image of a heart has more voxels; headers of damaged files ask for more memory than there is
MOST_VOXELS = 2**30


def read_metaimage(path: Path) -> Volume:
    """A 3D image of one frame; lengths that can only be metres become mm.

    Raises SubjectError: `missing_file`, `corrupt_file` for a header that is none, names a data file outside its folder
    or asks for more than the data hold.
    """
    import SimpleITK as sitk

    if not path.is_file():
        raise SubjectError("missing_file", f"{path}: there is no such file; wanted a MetaImage")
    header = _header(path)
    name = header.get("ElementDataFile", "")
    if name not in ("LOCAL", "") and (Path(name).name != name or not (path.parent / name).is_file()):
        raise SubjectError("corrupt_file", f"{path}: names the data file {name!r}; wanted a file beside it")
    _refuse_short(path, header)
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as fault:
        reason = " ".join(str(fault).split())[-200:]
        raise SubjectError("corrupt_file", f"{path}: is no sound MetaImage ({reason})") from fault
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise SubjectError("corrupt_file", f"{path}: has {image.GetDimension()} axes; wanted a grey image of 3")
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    data = sitk.GetArrayFromImage(image)[None]
    if max(image.GetSpacing()) < METRES_BELOW_MM:
        affine[:3] *= 1000.0
    return Volume(data.astype(np.float32) if data.dtype == np.float64 else data, affine)


def _header(path: Path) -> dict[str, str]:
    lines = path.read_bytes()[:4096].decode("latin-1").splitlines()
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    return {key.strip(): value.strip() for key, value in pairs}


def _refuse_short(path: Path, header: dict[str, str]) -> None:
    """SimpleITK reads a short data file without complaint: sizes are compared where they are not compressed."""
    try:
        shape = [int(size) for size in header["DimSize"].split()]
        spacing = [float(mm) for mm in header.get("ElementSpacing", header.get("ElementSize", "1 1 1")).split()]
    except (KeyError, ValueError) as fault:
        raise SubjectError("corrupt_file", f"{path}: is no MetaImage header ({fault})") from fault
    if not all(size > 0 for size in shape) or np.prod([float(size) for size in shape]) > MOST_VOXELS:
        raise SubjectError("corrupt_file", f"{path}: has the size {shape}; wanted at most {MOST_VOXELS} voxels")
    if not all(np.isfinite(mm) and mm > 0 for mm in spacing):
        raise SubjectError("corrupt_file", f"{path}: has the spacing {spacing}; wanted finite numbers above 0")
    sizes = {"CHAR": 1, "SHORT": 2, "INT": 4, "FLOAT": 4, "DOUBLE": 8}
    kind = header.get("ElementType", "").removeprefix("MET_").removeprefix("U")
    raw = path.parent / header.get("ElementDataFile", "")
    if kind in sizes and raw.is_file() and raw != path and header.get("CompressedData", "False").lower() != "true":
        wanted = int(np.prod(shape)) * sizes[kind]
        if raw.stat().st_size < wanted:
            raise SubjectError("corrupt_file", f"{raw}: has {raw.stat().st_size} bytes; wanted {wanted}")
