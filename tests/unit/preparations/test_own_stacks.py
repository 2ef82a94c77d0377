"""Stacks on their own slices: what networks learn from, and the way back to the subject's own grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import middle_slices, stored_grid, with_slices
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.volume import Volume
from cardioprior.inference.stacks import segmented
from cardioprior.networks.anatomical import AnatomicalNet
from cardioprior.preparations.own_stacks import Preparation, Settings
from cardioprior.training.pairs import Pairs

SIZE, SLICES = 24, 12
ALL = ("LV", "MYO", "RV")
CPU = torch.device("cpu")


def subject(slices: int, structures: dict[str, tuple[str, ...]] | None = None) -> LoadedSubject:
    """30 x 30 pixels of 2 mm, slices 10 mm apart; frame 0 is its slice's number all over, frame 1 ten times that.
    Slice z has a disc of LV at ED, and one pixel of RV at ES."""
    z = np.arange(slices, dtype=np.float32)[:, None, None]
    data = np.stack([np.broadcast_to(f * z, (slices, 30, 30)) for f in (1, 10)])
    y, x = np.mgrid[:30, :30]
    labels = np.zeros((2, slices, 30, 30), np.uint8)
    labels[0][:, np.hypot(y - 15, x - 15) < 8] = MYO
    labels[0][:, np.hypot(y - 15, x - 15) < 5] = LV
    labels[1][:, 15, 15] = RV
    structures = {"ED": ALL, "ES": ALL} if structures is None else structures
    annotations = tuple(
        Annotation(f, p, structures[p], labels[f]) for f, p in enumerate(("ED", "ES")) if p in structures
    )
    volume = Volume(data, np.diag([2.0, 2.0, 10.0, 1.0]))
    return LoadedSubject(Subject("a", ()), {"sax": View("sax", volume, (0, 1), 2, annotations=annotations)})


def prepared(loaded: LoadedSubject):
    return Preparation(Settings(spacing_mm=2.0, size=SIZE, centre="picture", slices=SLICES)).prepare(loaded)


def test_a_short_stack_lies_between_empty_slices_and_every_frame_goes_from_0_to_1():
    record = prepared(subject(7))
    assert sorted(record.arrays) == ["image_ED", "image_ES", "labels_ED", "labels_ES"]
    for phase in ("ED", "ES"):
        column = record.arrays[f"image_{phase}"][:, 12, 12]
        np.testing.assert_allclose(column, [0, 0, *np.linspace(0, 1, 7), 0, 0, 0], atol=1e-6)
        labelled = record.arrays[f"labels_{phase}"].any(axis=(1, 2))
        assert labelled.tolist() == [False] * 2 + [True] * 7 + [False] * 3
    assert stored_grid(record.meta["grid"]).spacing_mm == (10, 2, 2)


def test_of_a_long_stack_all_slices_are_kept_and_the_middle_ones_learnt_from():
    record = prepared(subject(15))
    assert record.arrays["image_ED"].shape == record.arrays["labels_ED"].shape == (15, SIZE, SIZE)
    pairs = Pairs.of([record, prepared(subject(7))], CPU)
    assert pairs.images.shape == pairs.labels.shape == (4, SLICES, SIZE, SIZE)
    assert pairs.factor == 1 and not pairs.isotropic
    np.testing.assert_allclose(pairs.images[0, :, 12, 12], np.arange(1, 13) / 14, atol=1e-6)


@pytest.mark.parametrize("own", [12, 13, 16, 17])
def test_the_middle_of_a_stack_is_where_a_grid_of_fewer_slices_lies(own: int):
    grid = stored_grid({"shape_zyx": [own, 2, 2], "affine": np.eye(4)})
    first = with_slices(grid, SLICES).affine[2, 3]
    assert middle_slices(np.arange(own), SLICES).tolist() == list(range(int(first), int(first) + SLICES))


def test_fewer_slices_than_wanted_are_all_the_middle():
    assert middle_slices(np.arange(5), SLICES).tolist() == [0, 1, 2, 3, 4]


def test_a_frame_in_which_a_structure_was_not_annotated_is_seen_but_not_learnt_from():
    record = prepared(subject(12, {"ED": ALL, "ES": ("LV", "RV")}))
    assert sorted(record.arrays) == ["image_ED", "image_ES", "labels_ED"]
    assert len(Pairs.of([record], CPU)) == 1


def test_a_subject_without_any_complete_frame_is_refused_with_what_was_annotated():
    wanted = r"a: annotated are LV at ED; LV, RV at ES; wanted a phase with all of LV, MYO, RV"
    with pytest.raises(SubjectError, match=wanted):
        prepared(subject(12, {"ED": ("LV",), "ES": ("LV", "RV")}))


def test_a_new_patient_has_its_first_frame_as_ed():
    record = prepared(subject(12, {}))
    assert list(record.arrays) == ["image_ED"]
    np.testing.assert_allclose(record.arrays["image_ED"][:, 12, 12], np.linspace(0, 1, 12), atol=1e-6)


def test_grids_that_the_shape_autoencoder_cannot_halve_are_refused():
    for size, slices in ((32, 12), (24, 10)):
        with pytest.raises(ValidationError, match="multiple of"):
            Settings(spacing_mm=2.0, size=size, centre="picture", slices=slices)


class Looking(nn.Module):
    """Says LV where the image is above a third, RV above two thirds."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        lv, rv = (image > 1 / 3) & (image <= 2 / 3), image > 2 / 3
        return 20 * torch.cat([image <= 1 / 3, lv, torch.zeros_like(lv), rv], dim=1).float()


@pytest.mark.parametrize("slices", [6, 12, 16])
def test_every_slice_of_the_subject_is_segmented_on_its_own_grid(slices: int):
    """Slice z has the value z / (slices - 1) in both frames; the grid's 24 of 30 pixels lie in the middle."""
    found = segmented(Looking(), prepared(subject(slices)), CPU)
    value = np.arange(slices) / (slices - 1)
    wanted = np.select([value > 2 / 3, value > 1 / 3], [RV, LV], 0)
    for phase in ("ED", "ES"):
        labels = found[f"labels_{phase}"]
        assert labels.shape == (slices, 30, 30) and labels.dtype == np.uint8
        np.testing.assert_array_equal(labels[:, 15, 15], wanted)
        assert not labels[:, :3].any() and not labels[:, :, -3:].any()


def test_the_network_takes_more_slices_than_it_learnt_from():
    """At factor 1 no layer has a stride along z: a slice far from the ends has what it has in a shorter stack. Of the
    published width it is the network of table I without the kernel of the deconvolution along z: ten of 64 to 32."""
    counts = [sum(p.numel() for p in AnatomicalNet(32, 4, factor).parameters()) for factor in (1, 5)]
    assert counts[1] - counts[0] == 9 * 64 * 32 and counts[0] == 1_580_196
    network = AnatomicalNet(2, 4, factor=1).eval()
    long = torch.rand(1, 1, 60, 24, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole, part = network(long), network(long[:, :, 10:50])
    assert whole.shape == (1, 4, 60, 24, 24)
    torch.testing.assert_close(whole[:, :, 28:32], part[:, :, 18:22], atol=1e-5, rtol=1e-4)


def test_a_phase_that_was_not_named_is_no_frame_of_this_study():
    loaded = subject(12)
    view = loaded.views["sax"]
    unnamed = replace(view, annotations=(view.annotations[0], replace(view.annotations[1], phase="")))
    assert sorted(prepared(replace(loaded, views={"sax": unnamed})).arrays) == ["image_ED", "labels_ED"]
