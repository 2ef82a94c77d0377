"""Closed surfaces of triangles: read from VTK's legacy files, turned into masks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid


@dataclass(frozen=True, eq=False)
class Mesh:
    """points: float, shape (n, 3), in the coordinates of its file. triangles: int, shape (m, 3)."""

    points: np.ndarray
    triangles: np.ndarray

    def volume(self) -> float:
        """What a closed surface encloses, in units of its points cubed, by the divergence theorem."""
        a, b, c = (self.points[self.triangles[:, corner]] for corner in range(3))
        return float(abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)


def read_vtk(path: Path) -> Mesh:
    """The surface of a legacy VTK file of polygons, ASCII or binary; polygons of more corners become triangles.

    Raises SubjectError `bad_mesh` for a file that is another, ends early or names points that it does not have.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SubjectError("missing_file", f"{path}: {fault.strerror}; wanted a VTK file") from fault
    try:
        mesh = _parse(content)
    except (ValueError, IndexError, KeyError, UnicodeDecodeError) as fault:
        raise SubjectError("bad_mesh", f"{path}: is no sound legacy VTK file of polygons ({fault})") from fault
    if not len(mesh.triangles) or not np.isfinite(mesh.points).all() or mesh.triangles.max() >= len(mesh.points):
        raise SubjectError(
            "bad_mesh",
            f"{path}: {len(mesh.points)} points and {len(mesh.triangles)} triangles; wanted finite points and "
            "triangles of these points",
        )
    return mesh


def voxelise(mesh: Mesh, grid: Grid, source: str) -> np.ndarray:
    """The mask, bool (z, y, x), of the voxels whose centre lies in a surface; holes in it are closed by flat fans.

    Along every line of voxels, insides begin and end where the line crosses the surface. The mesh is in LPS mm. Raises
    SubjectError `mesh_place` where a part of the surface lies outside the grid.
    """
    closed = _closed(mesh)
    inverse = np.linalg.inv(grid.affine)
    points = closed.points @ inverse[:3, :3].T + inverse[:3, 3]  # in voxels, x, y, z
    low, high, size = points.min(axis=0), points.max(axis=0), np.array(grid.shape_zyx[::-1])
    if (low < -0.5).any() or (high > size - 0.5).any():
        raise SubjectError(
            "mesh_place",
            f"{source}: its surface reaches from voxel {low.round(1).tolist()} to {high.round(1).tolist()}; wanted it "
            f"in the image of {size.tolist()} voxels (x, y, z)",
        )
    crossings: np.ndarray = np.zeros((grid.shape_zyx[0] + 1, *grid.shape_zyx[1:]), np.int32)
    # lines a hair off the voxels' centres meet no corner or edge of a mesh with round numbers
    points[:, :2] += (1.1e-6, 1.7e-6)
    for corners in points[closed.triangles]:
        _cross(corners, crossings)
    return np.cumsum(crossings, axis=0)[:-1] % 2 == 1


def _cross(corners: np.ndarray, crossings: np.ndarray) -> None:
    """Adds 1, on every line along z that a triangle crosses, to the first voxel centre above it."""
    first = np.ceil(corners[:, :2].min(axis=0)).astype(int)
    last = np.floor(corners[:, :2].max(axis=0)).astype(int)
    if (first > last).any():
        return
    y, x = np.mgrid[first[1] : last[1] + 1, first[0] : last[0] + 1]
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners
    double_area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if double_area == 0:  # seen from the side
        return
    u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / double_area
    v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / double_area
    inside = (u >= 0) & (v >= 0) & (u + v <= 1)
    height = (u * az + v * bz + (1 - u - v) * cz)[inside]
    above = np.clip(np.ceil(height).astype(int), 0, len(crossings) - 1)
    np.add.at(crossings, (above, y[inside], x[inside]), 1)


def _closed(mesh: Mesh) -> Mesh:
    """The mesh with every hole filled by triangles to the hole's middle."""
    border = open_edges(mesh.triangles)
    if not len(border):
        return mesh
    points, triangles = [mesh.points], [mesh.triangles]
    for loop in _loops(border):
        corners = np.unique(loop)
        middle = sum(map(len, points))
        points.append(mesh.points[corners].mean(axis=0, keepdims=True))
        triangles.append(np.column_stack([loop, np.full(len(loop), middle)]))
    return Mesh(np.concatenate(points), np.concatenate(triangles))


def open_edges(triangles: np.ndarray) -> np.ndarray:
    """The edges, (n, 2), at which a surface of triangles (m, 3) ends: those of an odd number of triangles."""
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    counts = Counter(map(tuple, edges.tolist()))
    return np.array([edge for edge, count in counts.items() if count % 2], int).reshape(-1, 2)


def _loops(ends: np.ndarray) -> list[np.ndarray]:
    """Edges (n, 2) that hang together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = int(ends.max()) + 1
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, parts = connected_components(graph, directed=False)
    return [ends[parts[ends[:, 0]] == part] for part in np.unique(parts[ends[:, 0]])]


def _parse(content: bytes) -> Mesh:
    version, _, kind, rest = content.split(b"\n", 3)
    if not version.startswith(b"# vtk DataFile"):
        raise ValueError("its first line is not `# vtk DataFile Version …`")
    binary = kind.strip().upper() == b"BINARY"
    points, polygons = _Section(rest, b"POINTS", binary), _Section(rest, b"POLYGONS", binary)
    coordinates = points.values(points.number(0) * 3, points.words[1].decode().lower())
    cells = polygons.values(polygons.number(1), "int")
    return Mesh(coordinates.reshape(-1, 3).astype(float), _triangles(cells.astype(int), polygons.number(0)))


class _Section:
    """A part of a VTK file: its keyword's line, and the numbers after it."""

    TYPES = {"float": ">f4", "double": ">f8", "int": ">i4"}  # noqa: RUF012

    def __init__(self, content: bytes, keyword: bytes, binary: bool) -> None:
        at = content.find(b"\n" + keyword + b" ")
        start = 0 if content.startswith(keyword + b" ") else at + 1
        if at < 0 and start == 0 and not content.startswith(keyword + b" "):
            raise ValueError(f"has no {keyword.decode()}")
        line, _, self._data = content[start:].partition(b"\n")
        self.words = line.split()[1:]
        self._binary = binary

    def number(self, place: int) -> int:
        """A number of the keyword's line; a file cannot hold more of anything than bytes."""
        number = int(self.words[place])
        if not 0 < number <= len(self._data):
            raise ValueError(f"states {number} in {len(self._data)} bytes")
        return number

    def values(self, count: int, kind: str) -> np.ndarray:
        """The numbers after the line."""
        if self._binary:
            type_ = np.dtype(self.TYPES[kind])
            return np.frombuffer(self._data, type_, count)
        values = np.array(self._data.split(maxsplit=count)[:count], float)
        if len(values) < count:
            raise ValueError(f"ends after {len(values)} of {count} numbers")
        return values


def _triangles(cells: np.ndarray, count: int) -> np.ndarray:
    """Fans of triangles from cells written as n, corner 1, …, corner n."""
    found, at = [], 0
    for _ in range(count):
        corners = cells[at + 1 : at + 1 + cells[at]]
        if len(corners) < 3 or len(corners) != cells[at] or (corners < 0).any():
            raise ValueError(f"a polygon has the corners {corners.tolist()}")
        found += [(corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1)]
        at += 1 + len(corners)
    return np.array(found, int)
