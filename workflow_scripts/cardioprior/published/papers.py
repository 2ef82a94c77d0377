"""The papers that studies belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """title: as tables and figures of the paper are headed here. reference: who, what, where. doi: "" where none."""

    title: str
    reference: str
    doi: str = ""


#: by `Study.paper`, which names of tables and figures begin with
PAPERS = {
    "acnn": Paper(
        "ACNN",
        "Oktay et al., Anatomically Constrained Neural Networks (ACNNs): Application to Cardiac Image Enhancement and "
        "Segmentation, IEEE Transactions on Medical Imaging, 2018",
        "10.1109/TMI.2017.2743464",
    ),
    "latent_optimisation": Paper(
        "Latent optimisation",
        "Wang et al., Joint Motion Correction and Super Resolution for Cardiac Segmentation via Latent Optimisation, "
        "MICCAI 2021",
        "10.1007/978-3-030-87199-4_2",
    ),
    "kspace": Paper(
        "K-space",
        "Schlemper et al., Cardiac MR Segmentation from Undersampled k-space Using Deep Latent Representation "
        "Learning, MICCAI 2018",
    ),
    "slice_interpolation": Paper(
        "Slice interpolation",
        "Sander et al., Unsupervised super-resolution: creating high-resolution medical images from low-resolution "
        "anisotropic examples, SPIE Medical Imaging, 2021",
    ),
    "thesis": Paper(
        "Thesis", "Pérez-Pelegrí, PhD thesis, 2022: chapters 5 (segmentation), 6 (volumes) and 7 (frame detection)"
    ),
}


def heading(paper: str, name: str) -> str:
    """A table's or figure's name as it is read: `thesis_table_5_1` is "Thesis: table 5.1"."""
    rest = re.sub(r"(?<=\d)_(?=\d)", ".", name.removeprefix(f"{paper}_")).replace("_", " ")
    return f"{PAPERS[paper].title}: {re.sub(r's(?=[0-9])', 'S', rest)}"
