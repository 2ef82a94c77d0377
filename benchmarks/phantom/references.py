"""Published figures that the phantom is compared with, and ACDC's own criteria of its groups.

`read` is False where a figure is widely cited but was not read in its source for this comparison. ACDC's group figures
are measurements of ours on its public training set (16 patients a group, `acdc_figures`): sexes are not told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SOURCES = {
    "Petersen 2017": "Petersen SE, Aung N, Sanghvi MM, et al. J Cardiovasc Magn Reson 2017;19:18 (UK Biobank, 804 "
    "healthy, papillary muscles in the cavity)",
    "Kawel 2012": "Kawel N, Turkbey EB, Carr JJ, et al. Circ Cardiovasc Imaging 2012;5:500 (MESA, 300 without heart "
    "disease, short axis at mid-cavity, ED)",
    "Asgeirsson 2017": "Asgeirsson D, Hedström E, Jögi J, et al. BMC Cardiovasc Disord 2017;17:76 (20 controls, MR)",
    "Lang 2015": "Lang RM, Badano LP, Mor-Avi V, et al. J Am Soc Echocardiogr 2015;28:1 (echocardiography)",
    "Young 2012": "Young AA, Cowan BR. J Cardiovasc Magn Reson 2012;14:49 (tagged MR, apex less base at ES)",
    "Mikami 2016": "Mikami Y, Cornhill A, Heydari B, et al. J Cardiovasc Magn Reson 2016;18:82 (118 DCM)",
    "Neubauer 2019": "Neubauer S, Kolm P, Ho CY, et al. J Am Coll Cardiol 2019;74:2333 (HCMR registry, 2755 HCM)",
    "ACDC": "Bernard O, Lalande A, Zotti C, et al. IEEE Trans Med Imaging 2018;37:2514 (training set, measured by us)",
}


@dataclass(frozen=True)
class Reference:
    """A published mean and SD of one of `physiology`'s figures in a group; sex "" is both, nan is not published."""

    group: str
    sex: str
    figure: str
    mean: float
    sd: float
    source: str
    read: bool = True


def _healthy() -> list[Reference]:
    petersen = {  # figure: men, women, whether it was read
        "lv_edv_ml": ((166, 32), (124, 21), False),
        "lv_edv_ml_m2": ((85, 15), (74, 12), False),
        "lv_esv_ml": ((69, 16), (49, 11), False),
        "lv_esv_ml_m2": ((36, 8), (29, 6), False),
        "lv_sv_ml": ((96, 20), (75, 14), False),
        "lv_ef_percent": ((58, 5), (61, 5), True),
        "lv_mass_g": ((103, 21), (70, 13), False),
        "lv_mass_g_m2": ((53, 9), (42, 7), True),
        "rv_edv_ml": ((182, 36), (130, 24), False),
        "rv_edv_ml_m2": ((93, 17), (77, 13), False),
        "rv_esv_ml": ((85, 22), (55, 15), False),
        "rv_esv_ml_m2": ((43, 11), (33, 9), False),
        "rv_ef_percent": ((54, 6), (58, 6), False),
    }
    found = []
    for figure, (men, women, read) in petersen.items():
        for sex, (mean, sd) in (("M", men), ("F", women)):
            found.append(Reference("NOR", sex, figure, mean, sd, "Petersen 2017", read))
    found += [Reference("NOR", "M", "wall_mid_mm", 6.3, 1.1, "Kawel 2012")]
    found += [Reference("NOR", "F", "wall_mid_mm", 5.3, 0.9, "Kawel 2012")]
    found += [Reference("NOR", "M", "wall_mid_max_mm", 8.0, math.nan, "Kawel 2012")]
    found += [Reference("NOR", "F", "wall_mid_max_mm", 7.0, math.nan, "Kawel 2012")]
    found += [Reference("NOR", "", "valve_descent_mm", 15.0, math.nan, "Asgeirsson 2017")]
    found += [Reference("NOR", "", "tapse_mm", 24.0, 3.5, "Lang 2015", read=False)]
    found += [Reference("NOR", "", "twist_deg", 13.0, math.nan, "Young 2012")]
    return found


def _acdc() -> list[Reference]:
    """Mean and SD of NOR, DCM, HCM, MINF, ARV."""
    measured = {
        "lv_edv_ml": ((133, 25), (282, 51), (130, 37), (180, 41), (114, 35)),
        "lv_edv_ml_m2": ((69.5, 13.5), (150, 34), (66.8, 16.8), (96.8, 26.5), (63.8, 17.4)),
        "lv_esv_ml": ((51.7, 12.7), (231, 53), (45.0, 18.6), (125, 35), (51.5, 19.8)),
        "lv_ef_percent": ((61.3, 5.3), (18.7, 6.9), (65.7, 8.7), (30.8, 7.9), (55.5, 5.4)),
        "lv_mass_g": ((102, 25), (167, 35), (177, 55), (126, 17), (80, 26)),
        "lv_mass_g_m2": ((53.2, 13.0), (89.2, 22.5), (91.3, 26.6), (67.2, 9.9), (44.7, 12.6)),
        "rv_edv_ml": ((155, 33), (185, 67), (119, 37), (127, 32), (199, 44)),
        "rv_edv_ml_m2": ((81.2, 17.1), (97.2, 34.3), (60.5, 14.5), (67.2, 14.7), (113, 24)),
        "rv_esv_ml_m2": ((36.6, 9.6), (67.9, 33.8), (24.1, 7.5), (32.0, 10.7), (73.7, 19.6)),
        "rv_ef_percent": ((54.7, 8.0), (33.0, 19.6), (59.3, 11.8), (52.9, 9.9), (33.9, 14.2)),
        "wall_mid_mm": ((7.4, 1.0), (8.1, 1.3), (11.9, 2.1), (7.8, 1.1), (6.6, 1.4)),
        "thickest_mm": ((11.2, 1.6), (11.8, 1.3), (21.1, 4.0), (13.1, 2.3), (11.2, 1.5)),
        "thickening": ((0.68, 0.12), (0.15, 0.11), (0.64, 0.26), (0.27, 0.11), (0.65, 0.21)),
        "abnormal_segments": ((1.9, 1.9), (12.7, 4.0), (3.7, 1.9), (8.3, 2.2), (2.6, 2.3)),
    }
    groups = ("NOR", "DCM", "HCM", "MINF", "ARV")
    return [
        Reference(group, "", figure, mean, sd, "ACDC")
        for figure, values in measured.items()
        for group, (mean, sd) in zip(groups, values, strict=True)
    ]


REFERENCES = (
    *_healthy(),
    Reference("DCM", "", "lv_ef_percent", 32, 12, "Mikami 2016"),
    Reference("HCM", "", "thickest_mm", 20.5, 4.8, "Neubauer 2019", read=False),
    Reference("HCM", "", "lv_ef_percent", 65, 8, "Neubauer 2019", read=False),
    *_acdc(),
)
