"""What the k-space paper concludes."""

from __future__ import annotations

from typing import TYPE_CHECKING


from cardioprior.claims.checks import (
    SIGNED_RANK,
    by_subject,
    chosen,
    correlation_above,
    differences,
    larger,
    mean_under,
    pairs,
    same,
)
from cardioprior.claims.contract import Claim, Part
from cardioprior.metrics.evidence import Evidence, above, ranks_below
from cardioprior.tables.kspace_table_1 import FEW, PARAMETERS

if TYPE_CHECKING:
    import pandas as pd

STUDY = "kspace"
SYN, LI = "Syn-net", "LI-net"
TUNED = {name: f"{name}, tuned" for name in (SYN, LI)}
MOST_ERROR = 10.0
WITHIN, BETWEEN = ("hausdorff_within", "mean_contour_within"), ("hausdorff_between", "mean_contour_between")
TWENTY, HUNDRED = ({"condition": condition} for condition in ("20 lines", "100 lines"))
DICE = {"metric": "dice"}


def _errors(rows: pd.DataFrame, method: str, name: str, condition: str) -> pd.Series:
    """Percentage errors of a clinical parameter by subject."""
    structure, phase, metric = PARAMETERS[name]
    both = pairs(rows, method=method, structure=structure, phase=phase, metric=metric, condition=condition)
    return 100 * (both["value"] - both["reference"]).abs() / both["reference"].abs()


def _bound(name: str, condition: str) -> Part:
    what = f"Syn-net's mean error of {name} under {MOST_ERROR:g} %, {condition}"
    return mean_under(MOST_ERROR, what, lambda rows: _errors(rows, TUNED[SYN], name, condition).to_numpy(), "%")


def _smaller_error(name: str, condition: str) -> Part:
    def check(rows: pd.DataFrame) -> Evidence | None:
        syn, li = (_errors(rows, TUNED[method], name, condition) for method in (SYN, LI))
        return above(differences(syn, li)) if len(syn) and len(li) else None

    return Part(f"Syn-net under LI-net: error of {name}, {condition}", SIGNED_RANK, check, "%")


def _steadier(metric: str) -> Part:
    def check(rows: pd.DataFrame) -> Evidence | None:
        li, syn = (by_subject(rows, method=method, metric=metric).to_numpy() for method in (LI, SYN))
        return ranks_below(li, syn) if len(li) and len(syn) else None

    return Part(f"LI-net below Syn-net: {metric.replace('_', ' ')}", "Wilcoxon rank-sum, one-sided", check, "mm")


def _apart(method: str, near: str, far: str) -> Part:
    def check(rows: pd.DataFrame) -> Evidence | None:
        within, between = (chosen(rows, method=method, metric=metric) for metric in (near, far))
        between = between[between["condition"].isin(within["condition"])]  # fully sampled, nothing differs within
        return above(differences(by_subject(within), by_subject(between))) if len(within) and len(between) else None

    return Part(f"{method}: {far.replace('_', ' ')} over within", SIGNED_RANK, check, "mm")


def _share_of_spread(rows: pd.DataFrame) -> Evidence | None:
    """Syn-net's codes at the fewest lines less far from each other than at the most."""
    spread = chosen(rows, method=SYN, metric="code_spread")
    lines = sorted(spread["condition"].unique(), key=lambda text: int(text.split()[0]))
    if len(lines) < 2:
        return None
    few, many = (by_subject(spread, condition=condition) for condition in (lines[0], lines[-1]))
    return above(differences(few, many))


CLAIMS = (
    Claim(24, "Dice at 20 lines is within .02 of Dice at 100 lines.", STUDY,
          tuple(same(f"{m}: Dice at 20 lines within .02 of 100 lines", {"method": m, **DICE, **TWENTY},
                     {"method": m, **DICE, **HUNDRED}, 0.02) for m in (SYN, LI))),
    Claim(25, "Syn-net over LI-net at 10 and 20 lines; LI-net over Syn-net at 1 line (Dice).", STUDY,
          (larger(SYN, LI, "dice", condition="10 lines"), larger(SYN, LI, "dice", condition="20 lines"),
           larger(LI, SYN, "dice", condition="1 lines"))),
    Claim(26, "At 10 lines or more every clinical parameter's mean error of Syn-net is under 10 %; Syn-net under "
              "LI-net in percentage error at 10 and 20 lines; EF correlation over .8 for both at 20 lines.", STUDY,
          (*(_bound(name, condition) for condition in FEW for name in PARAMETERS),
           *(_smaller_error(name, condition) for condition in FEW for name in PARAMETERS),
           *(correlation_above(0.8, method=TUNED[m], metric="ejection_fraction", **TWENTY) for m in (SYN, LI)))),
    Claim(27, "Within-subject distances: LI-net below Syn-net (rank-sum).", STUDY, tuple(map(_steadier, WITHIN))),
    Claim(28, "Between-subject distances exceed within-subject distances for both.", STUDY,
          tuple(_apart(m, *names) for m in (LI, SYN) for names in zip(WITHIN, BETWEEN, strict=True))),
    Claim(29, "Codes cluster by subject in LI-net more than in Syn-net (silhouette); Syn-net's codes draw together as "
              "lines decrease.", STUDY,
          (larger(LI, SYN, "silhouette_by_subject"),
           Part("Syn-net's codes nearer to each other at the fewest lines than at the most", SIGNED_RANK,
                _share_of_spread))),
)  # fmt: skip
