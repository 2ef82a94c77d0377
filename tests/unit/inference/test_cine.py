"""From a raw cine to frames, labels and volumes, with each model's own preparation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.volume import Volume
from cardioprior.inference.cine import detected_phases, regressed, segmented
from cardioprior.inference.ejection_method import DETECTED
from cardioprior.inference.segmentation import segment_phases
from cardioprior.inference.stored import Stored
from cardioprior.methods import ef_pspu_net, ef_volume_regressor
from cardioprior.networks.volume_regressor import VolumeRegressor
from cardioprior.preparations import short_axis_frames, short_axis_volumes, whole_cine

CPU = torch.device("cpu")
FRAMES, SLICES, SIZE = 8, 4, 20
ED, ES = 6, 3


def cine() -> Volume:
    """A bright square on 1.5 mm pixels: widest in frame 6, narrowest in frame 3."""
    half = np.array([6, 5, 4, 2, 4, 6, 8, 7])
    distance = np.abs(np.indices((SIZE, SIZE)) - 9.5).max(axis=0)
    frames = np.where(distance < half[:, None, None, None], 200.0, 20.0)
    return Volume(np.repeat(frames, SLICES, axis=1), np.diag([1.5, 1.5, 10.0, 1.0]))


def loaded() -> LoadedSubject:
    image = cine()
    annotations = tuple(
        Annotation(frame, phase, ("LV",), (image.data[frame] > 100).astype(np.uint8))
        for phase, frame in (("ED", ED), ("ES", ES))
    )
    view = View("sax", image, tuple(range(FRAMES)), FRAMES, annotations=annotations)
    return LoadedSubject(Subject("a", ()), {"sax": view})


def stored(preparation: str, size: int = 16, spacing_mm: float = 2.0, **parts: nn.Module) -> Stored:
    return Stored(parts, {"name": preparation,
                          "settings": {"spacing_mm": spacing_mm, "size": size, "centre": "picture"}})  # fmt: skip


class Brightness(nn.Module):
    """Detects the darkest frame as ES and the brightest as ED."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        mean = 100 * image[:, 0].mean(dim=(-2, -1))
        return torch.stack([-mean, mean, torch.zeros_like(mean)], dim=1)


class Threshold(nn.Module):
    """Calls all that is bright LV."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        lv = 20 * (image[:, 0] - 0.5)
        return torch.stack([-lv, lv, -50 + 0 * lv, -50 + 0 * lv], dim=1)


def test_frames_are_those_that_the_detector_picks_in_the_projected_cine():
    class Softer(Brightness):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            es, ed, _ = super().forward(image).unbind(1)
            # against the other frames' mean, so that the softmax over classes has one peak each
            return torch.stack([es - es.max() + 1, ed - ed.max() + 1, torch.zeros_like(es)], dim=1)

    detector = stored("median_projection", detector=Softer())
    assert detected_phases(cine(), detector, CPU).tolist() == [ES, ED]


def test_a_frame_found_in_the_cine_is_segmented_as_the_prepared_frame_is():
    model = stored("short_axis_frames", segmentation=Threshold())
    found = segmented(cine(), {"ES": ES, "ED": ED}, model, CPU)
    record = model.preparation.prepare(loaded())
    through_record = segment_phases(model["segmentation"], record, CPU)
    assert found.keys() == through_record.keys() == {"labels_ED", "labels_ES"}
    for name, labels in found.items():
        assert labels.shape == (SLICES, SIZE, SIZE)
        assert np.array_equal(labels, through_record[name])
    assert (found["labels_ED"] == 1).sum() > (found["labels_ES"] == 1).sum() > 0


def test_a_regressed_volume_is_that_of_the_prepared_frame_in_ml():
    torch.manual_seed(0)
    network = VolumeRegressor(2, 5).eval()
    model = stored("short_axis_volumes", regressor=network)
    found = regressed(cine(), {"ED": ED}, model, CPU)
    record = model.preparation.prepare(loaded())
    with torch.no_grad():
        areas = network(torch.from_numpy(record.arrays["image_ED"])[None, None]).scan.areas
    assert float(found["volume_ED"]) == pytest.approx(float(areas.sum()) * 2 * 2 * 10 / 1000, rel=1e-5)
    assert record.meta["voxel_volume_ml"] == pytest.approx(0.04)


def test_the_record_of_a_cine_gives_the_image_back():
    record = whole_cine.Preparation(whole_cine.Preparation.Settings()).prepare(loaded())
    image = whole_cine.image_of(record)
    assert np.array_equal(image.data, cine().data) and np.array_equal(image.affine, cine().affine)
    assert record.arrays["phases"].tolist() == [ES, ED]


def test_a_method_takes_the_annotated_frames_unless_it_is_given_a_detector():
    record = whole_cine.Preparation(whole_cine.Preparation.Settings()).prepare(loaded())
    model = stored("short_axis_frames", segmentation=Threshold())

    class First(nn.Module):
        """Every cine has ES in frame 1 and ED in frame 2."""

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            logits = torch.zeros(1, 3, image.shape[2])
            logits[0, 0, 1] = logits[0, 1, 2] = 9
            return logits

    detector = stored("median_projection", detector=First())
    method = ef_pspu_net.Method()
    annotated = method.predict_one(record, {"pspu_net": model}, CPU)
    detected = method.predict_one(record, {"pspu_net": model, "frame_detector@wdl": detector}, CPU)
    assert annotated["phases"].tolist() == [ES, ED]
    assert detected["phases"].tolist() == [1, 2]
    assert not np.array_equal(annotated["labels_ES"], detected["labels_ES"])


def test_a_method_uses_the_models_of_the_studies_that_train_them():
    refs = ef_volume_regressor.Method().models("thesis_end_to_end", "c", "main", DETECTED)
    assert [(ref.study, ref.id) for ref in refs] == [
        ("thesis_volume", "volume_regressor"),
        ("thesis_frames", "frame_detector@wdl"),
    ]
    assert len(ef_volume_regressor.Method().models("thesis_end_to_end", "c", "main", "annotated")) == 1
    assert short_axis_frames.Preparation.stored and short_axis_volumes.Preparation.stored
