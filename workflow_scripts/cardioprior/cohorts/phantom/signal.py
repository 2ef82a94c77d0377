"""Signals of tissues in balanced steady-state free precession (bSSFP) at 1.5 T.

T1, T2 and proton density: blood, myocardium, muscle, liver, spleen and marrow from Stanisz et al., Magn Reson Med
2005;54:507 and de Bazelaire et al., Radiology 2004;230:652; blood and myocardium as in Kellman & Hansen, J Cardiovasc
Magn Reson 2014;16:2; fat from Gold et al., AJR 2004;183:343. Lung has little water and a T2* of a millisecond (Hatabu
et al., Magn Reson Med 1999;42:1033), given here as a small density.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tissue:
    """Relaxation times and proton density (relative to water)."""

    t1_ms: float
    t2_ms: float
    density: float


TISSUES = {
    "blood": Tissue(1550, 250, 0.95),
    "muscle": Tissue(990, 47, 0.80),
    "skeletal": Tissue(950, 40, 0.80),
    "fat": Tissue(290, 85, 0.75),
    "liver": Tissue(570, 46, 0.75),
    "spleen": Tissue(1050, 80, 0.80),
    "bone": Tissue(550, 50, 0.50),
    "cortical": Tissue(1000, 1, 0.10),
    "lung": Tissue(1100, 40, 0.50),
    "fluid": Tissue(2500, 600, 1.0),
}
AIR = 0.0
TR_MS, TE_MS = 3.0, 1.5


def bssfp(tissue: Tissue, flip_rad: float, tr_ms: float = TR_MS, te_ms: float = TE_MS) -> float:
    """Steady-state signal on resonance (Freeman-Hill formula with alternating phase; Scheffler & Lehnhardt, Eur Radiol
    2003;13:2409, eq. 3)."""
    e1, e2 = math.exp(-tr_ms / tissue.t1_ms), math.exp(-tr_ms / tissue.t2_ms)
    cosine = math.cos(flip_rad)
    steady = math.sin(flip_rad) * (1 - e1) / (1 - (e1 - e2) * cosine - e1 * e2)
    return tissue.density * steady * math.exp(-te_ms / tissue.t2_ms)


@dataclass(frozen=True)
class Signals:
    """A scan's signals relative to LV blood; `inflow` is how much fresh blood brightens it, already in them."""

    muscle: float
    rv_blood: float
    skeletal: float
    fat: float
    liver: float
    spleen: float
    bone: float
    cortical: float
    lung: float
    fluid: float


def draw(rng: np.random.Generator) -> Signals:
    """Signals of one subject: the scanner's flip angle (limited by SAR) and the person's relaxation times differ."""
    flip_rad = math.radians(rng.uniform(32, 65))
    inflow = rng.uniform(0.9, 1.25)

    def signal(name: str) -> float:
        tissue = TISSUES[name]
        t1_ms, t2_ms = tissue.t1_ms * rng.normal(1, 0.05), tissue.t2_ms * rng.normal(1, 0.07)
        return bssfp(Tissue(t1_ms, t2_ms, tissue.density), flip_rad)

    blood = signal("blood") * inflow
    rest = {name: signal(name) / blood for name in TISSUES if name != "blood"}
    return Signals(rv_blood=float(rng.uniform(0.75, 0.98)), **rest)
