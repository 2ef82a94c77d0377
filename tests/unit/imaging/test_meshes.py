"""Surfaces from VTK files and the voxels that they enclose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.measure import marching_cubes

from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid
from cardioprior.imaging.meshes import Mesh, read_vtk, voxelise

CUBE = Mesh(
    np.array([[x, y, z] for z in (2, 5) for y in (2, 5) for x in (2, 5)], float),
    np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
              [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]),
)  # fmt: skip


def ball(radius: float = 9.0) -> Mesh:
    """A ball about (15, 15, 15)."""
    z, y, x = np.mgrid[:31, :31, :31] - 15.0
    points, triangles, _, _ = marching_cubes(radius - np.sqrt(x**2 + y**2 + z**2), 0)
    return Mesh(points[:, ::-1].astype(float), triangles.astype(int))


def text_of(mesh: Mesh, binary: bool = False) -> bytes:
    """The mesh as a legacy VTK file."""
    cells = np.column_stack([np.full(len(mesh.triangles), 3), mesh.triangles])
    points = mesh.points.astype(">f4").tobytes() if binary else "\n".join(" ".join(map(str, p)) for p in mesh.points)
    polygons = cells.astype(">i4").tobytes() if binary else "\n".join(" ".join(map(str, c)) for c in cells)
    parts = [
        f"# vtk DataFile Version 3.0\nmade up\n{'BINARY' if binary else 'ASCII'}\nDATASET POLYDATA\n",
        f"POINTS {len(mesh.points)} float\n",
        points,
        f"\nPOLYGONS {len(cells)} {cells.size}\n",
        polygons,
        "\n",
    ]
    return b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)


@pytest.mark.parametrize("binary", [False, True])
def test_a_mesh_comes_back_from_its_file(tmp_path: Path, binary: bool) -> None:
    (tmp_path / "a.vtk").write_bytes(text_of(CUBE, binary))
    read = read_vtk(tmp_path / "a.vtk")
    np.testing.assert_allclose(read.points, CUBE.points)
    np.testing.assert_array_equal(read.triangles, CUBE.triangles)
    assert read.volume() == pytest.approx(27)


def test_polygons_of_four_corners_become_two_triangles(tmp_path: Path) -> None:
    head = "# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\nPOINTS 4 float\n0 0 0 1 0 0 1 1 0 0 1 0\n"
    (tmp_path / "a.vtk").write_text(head + "POLYGONS 1 5\n4 0 1 2 3\n")
    np.testing.assert_array_equal(read_vtk(tmp_path / "a.vtk").triangles, [[0, 1, 2], [0, 2, 3]])


def test_a_cube_between_voxels_is_the_voxels_within() -> None:
    mask = voxelise(Mesh(CUBE.points - 0.5, CUBE.triangles), Grid((9, 8, 7), np.eye(4)), "here")
    assert mask.sum() == 27 and mask[2:5, 2:5, 2:5].all()


def test_a_ball_of_voxels_has_the_volume_of_its_surface_on_a_turned_grid_of_any_spacing() -> None:
    affine = np.array([[0, 0.9, 0, -2], [0.7, 0, 0, -1], [0, 0, -1.1, 31], [0, 0, 0, 1.0]])
    mask = voxelise(ball(), Grid((34, 40, 48), affine), "here")
    assert mask.sum() * abs(np.linalg.det(affine)) == pytest.approx(ball().volume(), rel=0.01)


def test_a_hole_is_closed_by_a_flat_lid() -> None:
    whole = ball()
    low = whole.points[whole.triangles][:, :, 2].max(axis=1) <= 20
    mask = voxelise(Mesh(whole.points, whole.triangles[low]), Grid((31, 31, 31), np.eye(4)), "here")
    closed = voxelise(whole, Grid((31, 31, 31), np.eye(4)), "here")
    np.testing.assert_array_equal(mask[:20], closed[:20])
    assert not mask[21:].any()


def test_a_surface_outside_the_image_is_named() -> None:
    with pytest.raises(SubjectError, match="here: its surface reaches from voxel") as caught:
        voxelise(CUBE, Grid((4, 8, 7), np.eye(4)), "here")
    assert caught.value.code == "mesh_place"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 3],
        lambda content: content[: len(content) - 60],
        lambda content: content.replace(b"# vtk", b"# vtx"),
        lambda content: content.replace(b"POLYGONS 12", b"POLYGONS 99999999"),
        lambda content: content.replace(b"POINTS 8", b"POINTS 4"),
        lambda content: content.replace(b"POLYGONS", b"LINES"),
        lambda content: content.replace(b"3 0 1 3", b"3 0 1 88"),
        lambda content: content.replace(b"2.0", b"nan"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage) -> None:
    (tmp_path / "a.vtk").write_bytes(damage(text_of(CUBE)))
    with pytest.raises(SubjectError, match=r"a\.vtk: ") as caught:
        read_vtk(tmp_path / "a.vtk")
    assert caught.value.code == "bad_mesh"
