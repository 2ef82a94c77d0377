"""Three-dimensional echocardiography of the beating heart from the apex, and the LV that one would annotate in it.

As in CETUS (Bernard et al., IEEE TMI 2016;35:967): one transthoracic apical volume a moment, scan-converted to cubes of
about a millimetre, 8 bits, with the LV's cavity at ED and ES. The model is the convolution model of Gao et al. (COLE,
IEEE TUFFC 2009;56:404): scatterers, weighted by the tissue they lie in, are convolved with a point spread that is
separable in depth, azimuth and elevation; the envelope is compressed and sampled on the cube.

- Scatterers are complex Gaussian, so that envelopes in even tissue are Rayleigh's with a mean of 1.91 SD (Burckhardt,
  IEEE Trans Sonics Ultrason 1978;25:1). Those of walls belong to the material and move with it, those of blood are
  new in every frame, those of the chest stay.
- Muscle scatters most across its fibres and least along them, 14.5 dB apart at 5 MHz (Hoffmeister et al., J Acoust Soc
  Am 1995;97:1307, fixed human myocardium); fibres turn from +60 to -60 degrees through the wall (Streeter et al., Circ
  Res 1969;24:339). From the apex the side walls are therefore weak but for their middle; that fibres show in apical
  views: Aygen & Popp, Am J Cardiol 1987;60:147.
- Attenuation in dB/(cm MHz): blood 0.15, heart 0.52 (table 4 of Diagnostics 2023;13:855). Depth gain takes back one
  mean value, so that cavities enhance what lies behind and long walls fade.

Levels of echo, clutter, shadows, lungs, valves and a scanner's settings are chosen by eye, not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F

from cardioprior.cohorts.phantom import acquisition, painting, sampling, views
from cardioprior.cohorts.phantom.acquisition import Body
from cardioprior.cohorts.phantom.painting import cover
from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.sampling import Points
from cardioprior.cohorts.phantom.signal import Signals
from cardioprior.cohorts.phantom.views import Grid
from cardioprior.imaging import labels

STEP_MM, LINE_DEG = 0.5, 1.0  # from sample to sample along a beam and from beam to beam
CELL_MM = (1.6, 0.6)  # of the material's scatterers, across and along the heart's axis
CELLS = (48, 128)
MHZ = 2.0  # harmonic imaging sends below the 2 to 4 MHz that it receives
BLOOD_DB, HEART_DB, CHEST_DB, MEAN_DB, LUNG_DB = 0.15, 0.52, 0.52, 0.33, 2.2  # one way, per cm and MHz
# Amplitudes relative to muscle across its fibres.
BLOOD, FAT, CHEST, LUNG, VALVE, PERICARDIUM = 0.015, 0.7, 0.9, 0.35, 1.8, 6.0
FIBRE_DB, FIBRE_RAD = 12.0, math.radians(60)  # less than in fixed muscle at 5 MHz


@dataclass(frozen=True)
class Probe:
    """A transducer on the chest and its settings.

    place_mm: of the point that all beams come from, in the body's frame. axes: unit vectors of azimuth, elevation and
    depth, as rows. standoff_mm: from there to the endocardial apex. opening_rad: in azimuth and elevation.
    pulse_mm, beam_deg: full width at half maximum of the point spread (power) along depth and in both angles.
    range_db: from black to white. white_db: level of white relative to muscle. noise_db: of the receiver at 10 cm.
    uneven_db: SD of what beams lose in the chest. ribs: shadows at the sector's edge: direction (rad), where each
    begins (relative to the half sector), and its loss in dB.
    """

    place_mm: np.ndarray
    axes: np.ndarray
    standoff_mm: float
    opening_rad: tuple[float, float]
    depth_mm: float
    pulse_mm: float
    beam_deg: tuple[float, float]
    range_db: float
    white_db: float
    noise_db: float
    uneven_db: float
    ribs: tuple[tuple[float, float, float], ...]


def aim(
    person: Person,
    rng: np.random.Generator,
    *,
    shape_zyx: tuple[int, int, int],
    pixel_mm: float,
    spacing_mm: float,
    azimuth_deg: tuple[float, float],
    elevation_deg: tuple[float, float],
) -> tuple[Probe, Grid]:
    """A probe at the person's apex that looks along the LV, and the cube that its picture fills.

    The cube's z is depth, from the chest to the heart's base; x runs from the septum to the lateral wall and y from
    anterior to inferior, as the four-chamber view is shown. The probe is some mm and degrees off the LV's axis,
    as apical views are. Widths of the point spread: about 0.5 mm in depth, 2.5 and 3 mm across (Lang et al., J Am Soc
    Echocardiogr 2012;25:3); beams of 1.5 to 2 degrees are that wide at 8 to 10 cm. A cube too short for the heart
    brings the probe closer than real ones come, and then cuts off the base.
    """
    depth_mm = shape_zyx[0] * spacing_mm
    heart = person.heart_axes()
    most_mm = depth_mm - person.lv_length_mm - 12
    standoff_mm = max(min(rng.uniform(22, 32), most_mm), person.cap_mm + 8)
    aside_mm, lean, roll = rng.normal(0, 3.5, 2), rng.normal(0, 0.045, 2), rng.normal(0.0, 0.15)
    depth = heart[2] + heart[:2].T @ (lean - aside_mm / (standoff_mm + 0.5 * person.lv_length_mm))
    depth /= np.linalg.norm(depth)
    azimuth = -heart[0] * math.cos(roll) - heart[1] * math.sin(roll)
    azimuth -= depth * (azimuth @ depth)
    azimuth /= np.linalg.norm(azimuth)
    place_mm = person.heart_origin_mm() + heart[:2].T @ aside_mm - standoff_mm * heart[2]
    probe = Probe(
        place_mm=place_mm,
        axes=np.stack([azimuth, np.cross(depth, azimuth), depth]),
        standoff_mm=float(standoff_mm),
        opening_rad=(math.radians(rng.uniform(*azimuth_deg)), math.radians(rng.uniform(*elevation_deg))),
        depth_mm=depth_mm,
        pulse_mm=float(rng.uniform(0.7, 1.0)),
        beam_deg=(float(rng.uniform(1.4, 1.9)), float(rng.uniform(1.6, 2.2))),
        range_db=float(rng.uniform(54, 60)),
        white_db=float(rng.uniform(14, 20)),
        noise_db=float(rng.uniform(-46, -36)),
        uneven_db=float(rng.uniform(2.0, 4.5)),
        ribs=tuple(
            (float(rng.uniform(-math.pi, math.pi)), float(rng.uniform(0.5, 1.0)), float(rng.uniform(10, 30)))
            for _ in range(2)
        ),
    )
    across = (np.array([shape_zyx[2], shape_zyx[1]]) - 1) / 2 * pixel_mm
    grid = views.volume(person, pixel_mm=pixel_mm, spacing_mm=spacing_mm, shape_zyx=shape_zyx)
    return probe, replace(grid, first_mm=place_mm - across @ probe.axes[:2], axes=probe.axes)


def acquire(
    body: Body, grid: Grid, probe: Probe, frames: int, noise: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Image and labels (LV alone), both uint8 (frames, z, y, x), where the body's tensors are. 0 outside the sector."""
    device = body.heart.borders.device
    beams = Beams.of(body, probe, device)
    image = torch.zeros((frames, *grid.shape_zyx), dtype=torch.uint8, device=device)
    inside, places = _scan_lines(grid, probe, device)
    chest, spread = Chest.draw(beams, probe, noise), Spread.of(beams, probe)
    for frame in range(frames):
        echo = envelope(body, beams, probe, chest, spread, frame, noise)
        values = F.grid_sample(compress(echo, probe)[None, None], places, align_corners=True, padding_mode="border")
        image[frame][inside] = values.reshape(-1).round_().to(torch.uint8)
    return image, draw_cavity(body, grid, frames)


# Geometry


@dataclass(frozen=True)
class Beams:
    """Samples of all beams. depth_mm: (D,), elevation_rad: (E,), azimuth_rad: (A,). In the heart's frame: start_mm (3),
    where the beams begin, and towards: (3, E, A), unit vectors along them."""

    depth_mm: torch.Tensor
    elevation_rad: torch.Tensor
    azimuth_rad: torch.Tensor
    start_mm: tuple[float, float, float]
    towards: torch.Tensor

    @staticmethod
    def of(body: Body, probe: Probe, device: torch.device) -> Beams:
        """The probe's beams."""
        azimuth, elevation = (_angles(opening, device) for opening in probe.opening_rad)
        depth = (torch.arange(round(probe.depth_mm / STEP_MM), device=device) + 0.5) * STEP_MM
        flat, up = torch.cos(elevation)[:, None], torch.sin(elevation)[:, None]
        own = torch.stack([flat * torch.sin(azimuth), up.expand(-1, len(azimuth)), flat * torch.cos(azimuth)])
        heart = body.person.heart_axes()
        turn = torch.as_tensor(heart @ probe.axes.T, dtype=torch.float32, device=device)
        start_mm = heart @ (probe.place_mm - body.person.heart_origin_mm())
        return Beams(depth, elevation, azimuth, tuple(start_mm.tolist()), torch.einsum("ij,jea->iea", turn, own))

    @property
    def shape(self) -> tuple[int, int, int]:
        """D, E, A."""
        return len(self.depth_mm), len(self.elevation_rad), len(self.azimuth_rad)

    def part(self, depths: slice) -> Beams:
        """Some of the depths."""
        return replace(self, depth_mm=self.depth_mm[depths])

    def places(self) -> list[torch.Tensor]:
        """x, y, z of the samples in the heart's frame, mm, each (D, E, A)."""
        depth = self.depth_mm[:, None, None]
        return [start + depth * along for start, along in zip(self.start_mm, self.towards, strict=True)]


def _angles(opening_rad: float, device: torch.device) -> torch.Tensor:
    count = round(math.degrees(opening_rad) / LINE_DEG) + 1
    return torch.linspace(-opening_rad / 2, opening_rad / 2, count, device=device)


def _scan_lines(grid: Grid, probe: Probe, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Which voxels (z, y, x) lie in the sector, and their places among the beams, (1, 1, 1, voxels, 3) in -1 to 1."""
    slices, rows, columns = grid.shape_zyx
    z = torch.arange(slices, device=device)[:, None, None] * grid.spacing_mm
    y = ((torch.arange(rows, device=device) - (rows - 1) / 2) * grid.pixel_mm)[:, None]
    x = (torch.arange(columns, device=device) - (columns - 1) / 2) * grid.pixel_mm
    depth = torch.sqrt(x**2 + y**2 + z**2).clamp_min(1e-3)
    azimuth = torch.atan2(x, z + 1e-3).expand(grid.shape_zyx) * (2 / probe.opening_rad[0])
    elevation = torch.asin((y / depth).clamp(-1, 1)) * (2 / probe.opening_rad[1])
    inside = (azimuth.abs() <= 1) & (elevation.abs() <= 1) & (depth < probe.depth_mm)
    count = round(probe.depth_mm / STEP_MM)
    along = (depth / STEP_MM - 0.5) * (2 / (count - 1)) - 1
    return inside, torch.stack([azimuth[inside], elevation[inside], along[inside]], dim=-1)[None, None, None]


def draw_cavity(body: Body, grid: Grid, frames: int) -> torch.Tensor:
    """Labels (frames, z, y, x), uint8: the LV's cavity with papillary muscles and trabeculae, every voxel by itself."""
    device = body.heart.borders.device
    truth = torch.zeros((frames, *grid.shape_zyx), dtype=torch.uint8, device=device)
    reach_mm = float(body.heart.borders[:, sampling.BORDERS.index("endocardium")].max()) + 8
    top_mm = float(body.heart.base_mm.max()) + 8
    for index in range(grid.shape_zyx[0]):
        x, y, z = body.in_heart(*grid.points(index, device))
        near = (torch.hypot(x, y) < reach_mm) & (z > -5) & (z < top_mm)
        if not bool(near.any()):
            continue
        rows, columns = (slice(int(hit.min()), int(hit.max()) + 1) for hit in near[0].nonzero(as_tuple=True))
        x, y, z = (axis[0, rows, columns] for axis in (x, y, z))
        points = body.heart.look(x, y, z, slice(0, frames))
        drawn = acquisition.draw_labels(points, grid.pixel_mm, ring=False)
        truth[:, index, rows, columns] = torch.where(drawn == labels.LV, drawn, 0)
    return truth


# Echoes


@dataclass(frozen=True)
class Chest:
    """What is the same in all frames. window: (E, A), amplitude that each beam keeps on its way through the chest.
    lung_mm: (E, A), depth from which there is lung beside the heart. gain: (D, 1, 1), of depth. bands: (D, 1, 1), how
    bright the chest's layers are. still: (2, D, E, A), scatterers of the chest. material: (2, cells), scatterers that
    move with the heart. Both are white and complex."""

    window: torch.Tensor
    lung_mm: torch.Tensor
    gain: torch.Tensor
    bands: torch.Tensor
    still: torch.Tensor
    material: torch.Tensor

    @staticmethod
    def draw(beams: Beams, probe: Probe, noise: torch.Generator) -> Chest:
        """The person's own."""
        device = beams.depth_mm.device

        def wobble(knots: int) -> torch.Tensor:
            rough = torch.randn((1, 1, knots, knots), generator=noise, device=device)
            return F.interpolate(rough, beams.shape[1:], mode="bicubic", align_corners=True)[0, 0]

        def profile(knots: int) -> torch.Tensor:
            rough = torch.randn((1, 1, knots), generator=noise, device=device)
            return F.interpolate(rough, beams.shape[0], mode="linear", align_corners=True)[0, 0][:, None, None]

        window_db = probe.uneven_db * wobble(6)
        for turn, edge, loss_db in probe.ribs:
            u = math.cos(turn) * beams.azimuth_rad * (2 / probe.opening_rad[0])
            v = math.sin(turn) * beams.elevation_rad * (2 / probe.opening_rad[1])
            window_db = window_db - loss_db * torch.sigmoid((u + v[:, None] + 0.06 * wobble(8) - edge) * 14)
        gain_db = 1.5 * profile(6) + 0.2 * MHZ * MEAN_DB * beams.depth_mm[:, None, None]
        return Chest(
            window=_amplitude(window_db),
            lung_mm=probe.standoff_mm + 2 + 5 * wobble(5),
            gain=_amplitude(gain_db),
            bands=_amplitude(4.0 * profile(round(probe.depth_mm / 4))),
            still=_scatterers(beams.shape, noise),
            material=_scatterers((CELLS[1] * CELLS[0] ** 2,), noise),
        )


def _amplitude(db: torch.Tensor) -> torch.Tensor:
    return torch.exp(db * (math.log(10) / 20))


def _scatterers(shape: tuple[int, ...], noise: torch.Generator) -> torch.Tensor:
    """White complex Gaussian numbers of mean power 1, as real and imaginary part: (2, *shape)."""
    return torch.randn((2, *shape), generator=noise, device=noise.device) * math.sqrt(0.5)


def envelope(
    body: Body, beams: Beams, probe: Probe, chest: Chest, spread: Spread, frame: int, noise: torch.Generator
) -> torch.Tensor:
    """Amplitudes of the received echoes of one frame, (D, E, A), 1 for muscle across its fibres without losses."""
    wall, blood, outside, echo = _tissues(body, beams, chest.material, frame)
    depth = beams.depth_mm[:, None, None]
    lung = outside * torch.sigmoid((depth - chest.lung_mm) / 1.5)
    loss_db = HEART_DB * (1 - blood - outside) + BLOOD_DB * blood + CHEST_DB * (outside - lung) + LUNG_DB * lung
    loss_db *= 0.2 * MHZ * STEP_MM  # there and back
    for row in range(1, len(loss_db)):  # cumsum would not be reproducible on a GPU
        loss_db[row] += loss_db[row - 1]
    kept = _amplitude(-loss_db) * chest.gain * chest.window
    echo *= wall * kept * spread.correction[:, None, None]
    clutter = (2.0 * torch.exp(depth / -8) + 0.10 * torch.exp(depth / -30)) * chest.bands
    echo.addcmul_(chest.still, (CHEST * chest.bands * (outside - lung) + LUNG * lung) * kept + clutter)
    receiver = _amplitude(probe.noise_db + 0.1 * (depth - 100))
    fresh = torch.hypot(BLOOD * blood * kept, receiver)
    return torch.hypot(*spread.blur(echo.addcmul_(_scatterers(beams.shape, noise), fresh)))


def compress(echo: torch.Tensor, probe: Probe) -> torch.Tensor:
    """Amplitudes as grey values, 0 to 255, logarithmic."""
    db = 20 * torch.log10(echo.clamp_min(1e-6))
    return ((db - probe.white_db) * (255 / probe.range_db) + 255).clamp_(0, 255)


def _cells(body: Body, points: Points, mask: torch.Tensor) -> torch.Tensor:
    """The cell of the material's scatterers that each point in the mask belongs to, flat.

    `material_mm` finds heights in steps of a millimetre; the rest is added, as a speckle is thinner than that. Above
    the mitral valve, where its tables end sooner or later, all moves with the valve.
    """
    x, y, z = body.heart.material_mm(points, mask)
    row = (points.z_mm[mask] - body.heart.first_mm) / sampling.Z_STEP_MM
    above_mm = points.above_mm[mask]
    rest_mm = (row - row.round()) * sampling.Z_STEP_MM
    z = torch.where(above_mm > 0, body.person.lv_length_mm + above_mm, z + rest_mm)
    i, j = (torch.remainder(torch.floor(v / CELL_MM[0]).long(), CELLS[0]) for v in (x, y))
    k = torch.remainder(torch.floor(z / CELL_MM[1]).long(), CELLS[1])
    return (k * CELLS[0] + j) * CELLS[0] + i


# Tissue


def _tissues(
    body: Body, beams: Beams, material: torch.Tensor, frame: int, chunk: int = 48
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Amplitude of the heart's solid parts, share of blood, share of all outside the heart, each (D, E, A), and the
    scatterers of solid parts, (2, D, E, A). chunk: depths at once; it changes speed and memory only."""
    device, count = beams.depth_mm.device, beams.shape[0]
    wall, blood, outside = (torch.empty(beams.shape, device=device) for _ in range(3))
    scatterers = torch.zeros((2, *beams.shape), device=device)
    for first in range(0, count, chunk):
        last = min(first + chunk, count)
        low = max(first - 1, 0)  # a neighbour more on either side, for slopes
        part = beams.part(slice(low, min(last + 1, count)))
        x, y, z = part.places()
        points = body.heart.look(x, y, z, slice(frame, frame + 1))
        here, own = slice(first, last), slice(first - low, last - low)
        amplitude, share, rest = _amplitudes(body, part, points)
        wall[here], blood[here], outside[here] = amplitude[own], share[own], rest[own]
        solid = torch.zeros_like(points.radius_mm, dtype=torch.bool)
        solid[0, own] = amplitude[own] > 0.003
        scatterers[:, here][:, solid[0, own]] = material[:, _cells(body, points, solid)]
    return wall, blood, outside, scatterers


def _amplitudes(body: Body, beams: Beams, points: Points) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The first three of _tissues. The heart is painted as for MR, with echoes in place of signals."""
    muscle = 1 / BLOOD  # as paint sets blood to 1
    other = dict.fromkeys(("skeletal", "liver", "spleen", "bone", "cortical", "lung", "fluid"), 0.0)
    echoes = Signals(muscle=muscle, rv_blood=1.0, fat=FAT * muscle / 0.8, **other)
    tissue, flow = replace(body.tissue, signals=echoes), torch.zeros((), device=beams.depth_mm.device)
    painted = painting.paint(torch.zeros_like(points.radius_mm), points, body.heart, tissue, flow, 0.8)[0]
    solid = ((painted - 1) / (muscle - 1)).clamp(0, 1)
    outside = (1 - 2 * painted).clamp(0, 1)
    facing = _facing(beams, points)
    wall = painted * BLOOD * solid * _fibres(beams, points, facing) * _mirrors(points, facing)
    wall = torch.maximum(wall, VALVE * _valves(body, points))
    return wall, (1 - solid - outside).clamp(0, 1), outside


def _facing(beams: Beams, points: Points) -> torch.Tensor:
    """Squared cosine of the angle between a beam and the normal of the LV's wall, (D, E, A).

    Normals are slopes of radius^2 - border^2, which is smooth at the apex; below it there is an epicardium only.
    """
    inner, outer = points.border("endocardium")[0], points.border("epicardium")[0]
    levels = points.radius_mm[0] ** 2 - torch.stack([inner, outer]) ** 2
    depth = beams.depth_mm[:, None, None]
    steps = [STEP_MM, *(float(angle[1] - angle[0]) for angle in (beams.elevation_rad, beams.azimuth_rad))]
    slopes = (torch.gradient(levels, spacing=step, dim=dim)[0] for dim, step in enumerate(steps, start=1))
    along, up, across = (torch.where(inner > 1, slope[0], slope[1]) + slope[1] for slope in slopes)
    up, across = up / depth, across / (depth * torch.cos(beams.elevation_rad)[:, None])
    return along**2 / (along**2 + up**2 + across**2 + 1e-6)


def _fibres(beams: Beams, points: Points, facing: torch.Tensor) -> torch.Tensor:
    """Amplitude of the LV's muscle by the angle between beam and fibre, 1 elsewhere, (D, E, A)."""
    endocardium, epicardium = points.border("endocardium")[0], points.border("epicardium")[0]
    radius = points.radius_mm[0]
    share = (radius - endocardium) / (epicardium - endocardium).clamp_min(1)
    helix = FIBRE_RAD * (1 - 2 * share.clamp(0, 1))
    around = (points.x_mm[0] * beams.towards[1] - points.y_mm[0] * beams.towards[0]) / radius.clamp_min(1)
    upwards = (1 - facing - around**2).clamp_min(0).sqrt()
    along = torch.cos(helix) * around + torch.sin(helix) * upwards
    muscle = cover(torch.minimum(epicardium - radius, -points.above_mm[0]), 0.8)
    return _amplitude(-FIBRE_DB * along**2 * muscle)


def _mirrors(points: Points, facing: torch.Tensor) -> torch.Tensor:
    """How much brighter smooth borders are, mostly where they face the probe: endocardium and pericardium."""
    endocardium = torch.exp(-((points.inside("endocardium")[0] + 0.7) ** 2))
    pericardium = torch.exp(-((points.inside("sac")[0] + 0.8) ** 2) / 1.5)
    return 1 + 1.5 * endocardium * facing + PERICARDIUM * pericardium * (0.35 + 0.65 * facing)


def _valves(body: Body, points: Points) -> torch.Tensor:
    """Share of valve in each sample, (D, E, A): mitral leaflets, which open while the base rises, and the annuli."""
    opened = _opening(body.heart.base_mm, points.frames.start)
    lean = math.radians(12 + 55 * opened)
    hinge = points.border("endocardium")[0]
    inwards, above = hinge - points.radius_mm[0], points.above_mm[0]
    apart = (inwards * math.sin(lean) + above * math.cos(lean)).abs()
    along = inwards * math.cos(lean) - above * math.sin(lean)
    leaflet = torch.minimum(
        cover(0.9 - apart, 0.8), cover(torch.minimum(along, hinge * (1 - 0.25 * opened) - along), 0.8)
    )
    aorta = painting.AORTIC_ROOT  # below its root the outflow tract is open
    x, y = (place[0] / body.tissue.scale for place in (points.x_mm, points.y_mm))
    beside = body.tissue.scale * (torch.hypot(x - aorta.bottom_mm[0], y - aorta.bottom_mm[1]) - aorta.radius_mm)
    leaflet = leaflet * cover(beside + 3, 2.0)
    annulus = cover(2.0 - torch.hypot(inwards + 1, above), 1.5)
    tricuspid = cover(0.8 - (points.z_mm - body.heart.rv_base_mm[points.frames][:, None, None, None])[0].abs(), 0.8)
    right = torch.minimum(points.inside("free_wall")[0], -points.inside("epicardium")[0])
    return torch.maximum(torch.maximum(0.8 * leaflet, annulus), 0.6 * tricuspid * cover(right, 0.8) * (1 - opened))


def _opening(base_mm: torch.Tensor, frame: int) -> float:
    """How far the mitral valve is open in a frame, 0 to 1: its ring rises as the LV fills; shut at ED and ES."""
    height = base_mm.cpu().numpy()
    travel = max(float(np.ptp(height)), 1e-3)
    rise = (np.roll(height, -1) - np.roll(height, 1))[frame] / travel * len(height) / 2  # in travels a cycle
    return float(np.clip(rise / 1.5, 0, 1))


# Point spread


@dataclass(frozen=True)
class Spread:
    """The point spread as matrices: along (D, D), up (D, E, E), across (D, A, A). White noise keeps its power.

    correction: (D,), amplitude that keeps the power of scatterers that fill cells of CELL_MM the same at all depths.
    """

    along: torch.Tensor
    up: torch.Tensor
    across: torch.Tensor
    correction: torch.Tensor

    @staticmethod
    def of(beams: Beams, probe: Probe) -> Spread:
        """Beams have the angular width of a focused aperture, and are no narrower than about 1.5 mm near the probe."""
        width = 1 / (2 * math.sqrt(math.log(2)))  # SD of an amplitude from the half-width of its power
        depth = beams.depth_mm
        sides = []
        for angle, beam_deg in ((beams.elevation_rad, probe.beam_deg[1]), (beams.azimuth_rad, probe.beam_deg[0])):
            sd = width * torch.hypot(torch.full_like(depth, math.radians(beam_deg)), 1.5 / depth)
            sides.append((_lobes(angle, sd), float(angle[1] - angle[0]) * depth))
        along = _normal(torch.exp(-0.5 * ((depth[:, None] - depth) / (width * probe.pulse_mm)) ** 2))
        power = _power(along[None], torch.full_like(depth[:1], STEP_MM), CELL_MM[1])
        for kernel, spacing_mm in sides:
            power = power * _power(kernel, spacing_mm, CELL_MM[0])
        return Spread(along, sides[0][0], sides[1][0], power.rsqrt())

    def blur(self, echo: torch.Tensor) -> torch.Tensor:
        """Of real and imaginary part, (2, D, E, A)."""
        shape = echo.shape
        echo = torch.matmul(torch.matmul(self.up, echo), self.across.transpose(1, 2))
        return torch.matmul(self.along, echo.reshape(2, shape[1], -1)).reshape(shape)


def _lobes(angle: torch.Tensor, sd: torch.Tensor) -> torch.Tensor:
    """Weights (D, n, n) of beams at angles (n,): a main lobe of SD `sd` and side lobes, 36 dB lower, 7 times wider."""
    apart = (angle[:, None] - angle) / sd[:, None, None]
    return _normal(torch.exp(-0.5 * apart**2) + 0.016 * torch.exp(-0.5 * (apart / 7) ** 2))


def _normal(weights: torch.Tensor) -> torch.Tensor:
    """Weights (..., n, n) that keep the power of white noise."""
    return weights / weights.square().sum(dim=-1, keepdim=True).sqrt()


def _power(kernel: torch.Tensor, spacing_mm: torch.Tensor, cell_mm: float) -> torch.Tensor:
    """Power after a kernel (D, n, n), in its middle, of noise constant in cells. spacing_mm: of samples, (D,)."""
    row = kernel[:, kernel.shape[1] // 2]
    place = torch.arange(row.shape[1], device=row.device)
    shared = (1 - (place[:, None] - place).abs() * spacing_mm[:, None, None] / cell_mm).clamp_min(0)
    return torch.einsum("di,dij,dj->d", row, shared, row)
