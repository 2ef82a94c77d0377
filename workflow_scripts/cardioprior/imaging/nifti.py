"""NIfTI files in and out: (x, y, z, t) and RAS on disk, (t, z, y, x) and LPS in memory."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume

_LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
# of zlib's levels: on cine images a quarter of the time of its default, 6, for files 3 % larger
_LEVEL = 2
_GZIP = b"\x1f\x8b"
_NIFTI_2 = tuple((540).to_bytes(4, order) for order in ("little", "big"))


def write_volume(path: Path, volume: Volume) -> None:
    """Writes `.nii` or, compressed, `.nii.gz`; dtype kept (bool as uint8), a single frame as 3D.

    The file appears whole or not at all, and its bytes depend on the volume alone. Units are mm, the codes of sform and
    qform 1. Raises ValueError for another suffix.
    """
    if not path.name.endswith((".nii", ".nii.gz")):
        raise ValueError(f"{path}: wanted a name that ends in .nii or .nii.gz")
    data = volume.data.astype(np.uint8) if volume.data.dtype == bool else volume.data
    data = data.transpose(3, 2, 1, 0)
    image = nibabel.Nifti1Image(data[..., 0] if data.shape[3] == 1 else data, None, dtype=data.dtype)
    image.set_sform(_LPS_RAS @ volume.affine, code=1)
    image.set_qform(_LPS_RAS @ volume.affine, code=1)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    if path.name.endswith(".gz"):
        content = gzip.compress(content, _LEVEL, mtime=0)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_volume(path: Path, spacing_from_zooms: bool = False) -> Volume:
    """A 3D or 4D file of NIfTI 1 or 2; the stored dtype is kept unless the header scales it (then float32).

    spacing_from_zooms: trust the header's pixdim for the spacing and the affine for directions and origin only, as
    ACDC needs, whose affine says 1 mm.
    Raises SubjectError `missing_file`, or `corrupt_file` for a file that is truncated, has a wrong checksum (the whole
    gzip stream is checked: nibabel alone reads flipped bits in silence), is no NIfTI image, or has a spacing that is
    zero or not finite; `not_grey` for colours and complex numbers.
    """
    image = _parse(_content(path), path)
    if image.get_data_dtype().kind not in "iuf":
        raise SubjectError("not_grey", f"{path}: holds {image.get_data_dtype()}, no grey values; wanted one a voxel")
    shape = image.shape
    while len(shape) > 4 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) not in (3, 4) or 0 in shape:
        raise _corrupt(path, f"has the shape {image.shape}; wanted 3 or 4 axes")
    affine = _LPS_RAS @ _affine(image, path, spacing_from_zooms)
    try:
        data = np.asanyarray(image.dataobj).reshape(*shape[:3], -1)
    except (OSError, ValueError) as fault:
        raise _corrupt(path, f"ends before its last voxel ({fault})") from fault
    data = data.astype(np.float32 if data.dtype == np.float64 else data.dtype.newbyteorder("="), copy=False)
    return Volume(np.ascontiguousarray(data.transpose(3, 2, 1, 0)), affine)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise SubjectError("missing_file", f"{path}: there is no such file; wanted a NIfTI image")
    content = path.read_bytes()
    if not content.startswith(_GZIP):
        return content
    try:
        content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as fault:
        raise _corrupt(path, f"is a damaged gzip file ({fault})") from fault
    if content.startswith(_GZIP):
        raise _corrupt(path, "is compressed twice; wanted NIfTI, compressed once or not at all")
    return content


def read_header(path: Path) -> Any:
    """The header of a file that `read_volume` has read, as nibabel gives it; compressed or not, whatever its name."""
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    with gzip.open(path) if compressed else path.open("rb") as file:
        content = file.read(nibabel.Nifti2Header.sizeof_hdr)
    kind = _kind(content).header_class
    return kind(content[: kind.sizeof_hdr])


def _kind(content: bytes) -> type[nibabel.Nifti1Image]:
    """The class of images of a file's version of NIfTI."""
    return nibabel.Nifti2Image if content[:4] in _NIFTI_2 else nibabel.Nifti1Image


def _parse(content: bytes, path: Path) -> nibabel.Nifti1Image:
    try:
        kind = _kind(content)
        size = kind.header_class.sizeof_hdr
        if len(content) < size:
            raise ValueError(f"{len(content)} bytes, a header has {size}")
        raw = kind.header_class(content[:size], check=False)
        # before nibabel repairs them: it turns zeros into 1 mm
        spacing = raw["pixdim"][1:4]
        if bytes(raw["magic"])[:3] in (b"n+1", b"ni1", b"n+2", b"ni2") and not (
            np.isfinite(spacing).all() and (spacing != 0).all()
        ):
            raise ValueError(f"spacing {spacing.tolist()} mm; wanted finite numbers above 0")
        if np.isinf([raw["scl_slope"], raw["scl_inter"]]).any():
            raise ValueError(f"values scaled by {raw['scl_slope']} and {raw['scl_inter']}; wanted finite numbers")
        image = kind.from_bytes(content)
        _refuse_short(image, len(content))
        return image
    except (ValueError, OSError, ImageFileError, HeaderDataError) as fault:
        raise _corrupt(path, f"is not a sound NIfTI file ({fault})") from fault


def _refuse_short(image: nibabel.Nifti1Image, length: int) -> None:
    """Before memory is asked for: a damaged header may want more than there is."""
    data = float(np.prod([float(size) for size in image.shape])) * image.header.get_data_dtype().itemsize
    wanted = image.header.get_data_offset() + data
    if wanted > length:
        raise ValueError(
            f"{length} bytes, wanted {wanted:.0f} for its shape {image.shape}: it ends before its last voxel"
        )


def _affine(image: nibabel.Nifti1Image, path: Path, spacing_from_zooms: bool) -> np.ndarray:
    """The image's affine, RAS."""
    affine = np.array(image.affine, float)
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or not np.linalg.det(affine[:3, :3]):
        raise _corrupt(path, f"has the spacing {lengths.tolist()} mm in its affine; wanted finite numbers above 0")
    if spacing_from_zooms:
        affine[:3, :3] *= np.asarray(image.header.get_zooms()[:3], float) / lengths
    return affine


def _corrupt(path: Path, found: str) -> SubjectError:
    return SubjectError("corrupt_file", f"{path}: {found}")
