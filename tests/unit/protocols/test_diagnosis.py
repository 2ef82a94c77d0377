"""Rows about who was named to be of which group."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from cardioprior.inference.stored import Stored
from cardioprior.methods import acnn_volumes
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.diagnosis import Protocol
from cardioprior.store import Record, read_shards, write_shard


def rows(probabilities, tmp_path, group: str = "HCM") -> list[MetricRow]:
    """Of a prediction that went through a shard. probabilities: (draws, feature sets, DCM, HCM, NOR)."""
    arrays = {"probabilities": np.array(probabilities), "part": np.arange(len(probabilities)) + 3}
    arrays |= {"classes": np.array(["DCM", "HCM", "NOR"], dtype=np.bytes_)}
    record = Record("a", {**arrays, "sets": np.array(["ED", "ED+ES"], dtype=np.bytes_)}, {})
    write_shard(tmp_path / "p.h5", [record])
    (prediction,) = read_shards([tmp_path / "p.h5"])
    row = MetricRow(study="s", cohort="c", method="m", condition="x", subject="a", group=group)
    return list(Protocol().score(Case(prediction, Record("", {}), lambda: pytest.fail("no image"), row)))


def test_the_most_probable_group_is_right_or_not_a_draw_and_a_feature_set(tmp_path):
    found = rows([[[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], [[0.1, 0.2, 0.7], [0.0, 1.0, 0.0]]], tmp_path)
    correct = {(row.draw, row.phase): row.value for row in found if row.metric == "correct"}
    assert correct == {("0", "ED"): 1, ("0", "ED+ES"): 0, ("1", "ED"): 0, ("1", "ED+ES"): 1}
    assert {row.structure for row in found if row.metric == "correct"} == {"LV+MYO"}
    (of_nor,) = [r for r in found if (r.metric, r.draw, r.phase) == ("probability_NOR", "1", "ED")]
    assert of_nor.value == 0.7
    assert [(row.draw, row.value) for row in found if row.metric == "part"] == [("0", 3), ("1", 4)]


def test_of_equally_probable_groups_the_first_by_name_is_taken(tmp_path):
    found = rows([[[0.0, 0.5, 0.5], [0.4, 0.4, 0.2]]], tmp_path)
    assert [row.value for row in found if row.metric == "correct"] == [1, 0]


def test_a_method_gives_what_the_model_said_of_the_subject():
    import torch

    model = {"subjects": ["a", "b"], "classes": ["DCM", "NOR"], "sets": ["ED"], "part": torch.tensor([[1], [2]]),
             "probabilities": torch.tensor([[[[0.1, 0.9]]], [[[0.7, 0.3]]]])}  # fmt: skip
    stored = Stored(model, {})
    found = acnn_volumes.Method().predict_one(Record("b", {}), {"diagnosis@volumes": stored}, torch.device("cpu"))
    assert "codes" not in found
    assert found["part"].tolist() == [2] and found["classes"].tolist() == [b"DCM", b"NOR"]
    np.testing.assert_allclose(found["probabilities"], [[[0.7, 0.3]]])
    with pytest.raises(SubjectError, match="c: is in no part of the cross-validation"):
        acnn_volumes.Method().predict_one(Record("c", {}), {"diagnosis@volumes": stored}, torch.device("cpu"))
    kept = Stored({**model, "codes": torch.zeros(2, 2, 3)}, {})
    found = acnn_volumes.Method().predict_one(Record("b", {}), {"diagnosis@volumes": kept}, torch.device("cpu"))
    assert found["codes"].shape == (2, 3)


def test_codes_that_are_normally_distributed_have_a_large_p_and_skewed_ones_a_small_one():
    rng = np.random.default_rng(0)
    codes = np.stack([rng.normal(size=(30, 2)), rng.exponential(size=(30, 2)) ** 2], axis=-1).astype(np.float32)
    row = MetricRow(study="s", cohort="c", method="m", condition="clean", subject="a", group="HCM")
    cases = [Case(Record(str(n), {"codes": its}), Record("", {}), lambda: pytest.fail("no image"), row)
             for n, its in enumerate(codes)]  # fmt: skip
    normal, skewed = Protocol().score_together(lambda: iter(cases))
    assert normal.value > 0.05 > skewed.value
    assert (normal.draw, skewed.draw, normal.reference, normal.subject) == ("0", "1", 60.0, "")
    assert list(Protocol().score_together(lambda: iter(cases[:3]))) == []
