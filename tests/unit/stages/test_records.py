"""What methods predict from: stored records, or records made when they are asked for."""

from __future__ import annotations

import numpy as np
import torch

from cardioprior import atomic
from cardioprior.cohorts.contract import LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.methods.contract import MethodBase
from cardioprior.onboarding import canonical
from cardioprior.preparations.whole_cine import Preparation
from cardioprior.stages.records import records
from cardioprior.store import Record, left_out, read_shards, write_shard

WHOLE = Preparation(Preparation.Settings())


def canonical_shard(folder, frames: dict[str, int], cycle_length: int):
    """Subjects with so many frames each, of cycles of one length; the shard's manifest."""
    for name, number in frames.items():
        image = Volume(np.arange(number * 8, dtype=np.int16).reshape(number, 2, 2, 2), np.eye(4))
        view = View("sax", image, tuple(range(number)), cycle_length)
        canonical.write(folder, LoadedSubject(Subject(name, ()), {"sax": view}))
    manifest = folder / "shard-0.json"
    atomic.write_json(manifest, {"subjects": [{"subject": name} for name in frames]})
    return manifest


def test_stored_records_are_read_from_their_shard(tmp_path):
    write_shard(tmp_path / "a.h5", [Record(name, {"x": np.array([1])}) for name in "abc"])
    assert [record.subject for record in records(tmp_path / "a.h5", {"c", "a"}, WHOLE)] == ["a", "c"]


def test_unstored_records_are_made_from_the_shards_own_subjects_and_a_fault_is_handed_on(tmp_path):
    manifest = canonical_shard(tmp_path, {"b": 6, "a": 6, "short": 5, "other": 6}, cycle_length=6)
    found = list(records(manifest, {"a", "b", "short", "elsewhere"}, WHOLE))
    assert [getattr(one, "subject", None) for one in found] == ["a", "b", None]
    assert found[0].arrays["cine"].shape == (6, 2, 2, 2)
    assert isinstance(found[2], SubjectError) and "short: has 5 of 6 frames" in found[2].sentence


def test_a_subject_that_a_method_cannot_do_is_named_and_the_others_are_predicted(tmp_path):
    class Picky(MethodBase):
        title = "picky"

        def models(self, study, cohort, fold, condition):
            return ()

        def predict_one(self, record, models, device):
            if record.subject == "b":
                raise SubjectError("bad", "b: cannot be done")
            return {"y": record.arrays["x"] + 1}

    given = [Record("a", {"x": np.array([1])}), Record("b", {"x": np.array([1])}), SubjectError("code", "c: is gone")]
    write_shard(tmp_path / "p.h5", Picky().predict(given, {}, torch.device("cpu")))
    (prediction,) = read_shards([tmp_path / "p.h5"])
    assert prediction.subject == "a" and prediction.arrays["y"].tolist() == [2] and prediction.meta["seconds"] >= 0
    assert left_out(tmp_path / "p.h5") == ["b: cannot be done", "c: is gone"]
