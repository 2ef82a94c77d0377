"""Trees on codes, cross-validated: nobody is judged by what it taught."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cardioprior import registry
from cardioprior.inference.stored import Stored
from cardioprior.models.contract import ModelRef
from cardioprior.models.diagnosis import (
    AUTOENCODER,
    AUTOENCODER_ELSEWHERE,
    COMPONENTS,
    COMPONENTS_ELSEWHERE,
    ELSEWHERE,
    VOLUMES,
)  # fmt: skip
from cardioprior.networks.shape_prior import ShapeAutoencoder
from cardioprior.store import Record
from cardioprior.training.components import fit_components
from cardioprior.training.diagnosis import Features, cross_validated, features
from cardioprior.training.parts import Part, Shapes
from cardioprior.training.setting import Setting

CPU = torch.device("cpu")
SIZE = (12, 24, 24)
SUBJECTS = [f"s{n:02}" for n in range(12)]
GROUPS = ["DCM", "HCM", "NOR"] * 4
#: two draws of four parts of three subjects, one of each group
PARTS = {subject: (n // 3, (n // 3 + n % 2) % 4) for n, subject in enumerate(SUBJECTS)}


def shape(cavity: int, wall: int) -> np.ndarray:
    """A block of LV voxels in a row, with others of MYO after it."""
    flat = np.zeros(np.prod(SIZE), np.uint8)
    flat[:cavity], flat[cavity : cavity + wall] = 1, 2
    return flat.reshape(SIZE)


def setting(**dependencies) -> Setting:
    """DCM: 3000 voxels of cavity, 500 of wall; HCM: 1000 and 2000; NOR: 1000 and 500; less 10 for every subject."""
    sizes = {"DCM": (3000, 500), "HCM": (1000, 2000), "NOR": (1000, 500)}
    records = tuple(
        Record(
            name,
            {"shape_ED": shape(sizes[g][0] - 10 * n, sizes[g][1]), "shape_ES": shape(sizes[g][0] // 2, sizes[g][1])},
            {"spacing_mm": [10.0, 2.0, 1.0], "group": g},
        )
        for n, (name, g) in enumerate(zip(SUBJECTS, GROUPS, strict=True))
    )
    return Setting(records, (), dependencies, CPU, 0, ("s",), PARTS)


def model(condition: str, trees: int = 10):
    entry = registry.entry("models", "diagnosis")
    ref = ModelRef("diagnosis", "acnn_pathology", "c", "main", condition)
    return entry(entry.Settings(trees=trees, ensemble="random-forest"), ref)


def named(found) -> np.ndarray:
    """The most probable group, (subjects, draws, feature sets)."""
    return np.array(found["classes"])[found["probabilities"].numpy().argmax(axis=-1)]


def test_volumes_are_in_millilitres_and_tell_groups_apart():
    given = setting()
    found = model(VOLUMES, trees=100).fit(given)
    assert found["codes"].shape == (12, 2, 2)
    np.testing.assert_allclose(found["codes"][3], [[3000 * 0.02 - 0.6, 10.0], [30.0, 10.0]], rtol=1e-5)
    assert found["classes"] == ["DCM", "HCM", "NOR"]
    assert (named(found) == np.array(GROUPS)[:, None, None]).all()
    assert found["probabilities"].shape == (12, 2, 2, 3)
    np.testing.assert_allclose(found["probabilities"].sum(dim=-1), 1, rtol=1e-6)


def test_the_part_that_tested_a_subject_is_the_splits():
    assert model(VOLUMES).fit(setting())["part"].tolist() == [list(PARTS[subject]) for subject in SUBJECTS]


def test_a_subjects_own_group_does_not_reach_its_probabilities():
    """Codes that are no more than the number of the subject's row: what is known of it can only come from itself."""
    given = setting()
    shapes = Shapes.of(given.train, CPU)
    own = torch.eye(12)[:, None, :].repeat(1, 2, 1)
    settings = model(VOLUMES, trees=50).settings
    found = cross_validated(shapes, Features(lambda part: own, None, True), given, settings)
    right = named(found) == np.array(GROUPS)[:, None, None]
    assert right.mean() < 0.6
    known = cross_validated(shapes, Features(lambda part: own * 0 + _number(shapes), 9, True), given, settings)
    assert (named(known) == np.array(GROUPS)[:, None, None]).all()


def _number(shapes: Shapes) -> torch.Tensor:
    return torch.tensor([["DCM", "HCM", "NOR"].index(g) for g in shapes.groups], dtype=torch.float32)[:, None, None]


def test_a_parts_codes_are_asked_for_part_by_part():
    given, asked = setting(), []

    def codes(part: Part) -> torch.Tensor:
        asked.append((part.draw, part.number, set(part.train) & set(part.test)))
        return torch.rand(12, 2, 3)

    found = cross_validated(Shapes.of(given.train, CPU), Features(codes, 1, False), given, model(VOLUMES).settings)
    assert asked[:4] == [(0, number, set()) for number in range(4)]
    assert found["probabilities"].shape[1] == 1


def autoencoders(*names: str) -> Stored:
    torch.manual_seed(0)
    return Stored({name: ShapeAutoencoder(2, 3, SIZE).eval().requires_grad_(False) for name in names}, {})


def test_each_part_has_codes_of_its_own_autoencoder():
    given = setting()
    shapes = Shapes.of(given.train, CPU)
    stored = autoencoders("autoencoder-0-0", "autoencoder-0-1")
    found = features(AUTOENCODER, shapes, stored)
    one, other = (found.codes(Part(0, number, (), ())) for number in (0, 1))
    assert found.draws == 1 and not found.common and not torch.allclose(one, other)
    assert found.decoder is stored["autoencoder-0-0"]


def test_codes_learnt_elsewhere_are_the_same_in_every_part():
    given = setting()
    shapes = Shapes.of(given.train, CPU)
    components = Stored(fit_components(shapes.labels.flatten(0, 1), 4).stored(), {})
    for kind, stored in ((AUTOENCODER_ELSEWHERE, autoencoders("autoencoder")), (COMPONENTS_ELSEWHERE, components)):
        found = features(kind, shapes, stored)
        one, other = (found.codes(Part(0, number, (), ())) for number in (0, 1))
        assert found.common and one is other and one.shape == (12, 2, 64)
        assert found.draws is None


def test_components_of_a_part_do_not_depend_on_whom_it_tests():
    shapes = Shapes.of(setting().train, CPU)
    part = Part(0, 0, tuple(range(3, 12)), (0, 1, 2))
    found = features(COMPONENTS, shapes, autoencoders("autoencoder-0-0"))
    codes = found.codes(part)
    changed = shapes.labels.clone()
    changed[:3] = 0
    again = features(COMPONENTS, Shapes(shapes.subjects, shapes.groups, changed, shapes.spacing_mm),
                     autoencoders("autoencoder-0-0")).codes(part)  # fmt: skip
    torch.testing.assert_close(codes[3:], again[3:])
    assert not torch.allclose(codes[:3], again[:3])


def test_shapes_are_decoded_along_the_two_codes_most_split_on():
    given = setting(**{"shape_autoencoders@whole": autoencoders("autoencoder")})
    found = model(AUTOENCODER_ELSEWHERE).fit(given)
    counts = found["splits"]["ED"].numpy()
    assert len(counts) == 64 and len(found["splits"]["ED+ES"]) == 128
    assert counts[found["swept"]].tolist() == sorted(counts, reverse=True)[:2]
    decoder = given.dependencies["shape_autoencoders@whole"]["autoencoder"]
    codes = found["codes"][:, 0]
    corner = codes.mean(dim=0)
    corner[found["swept"]] += torch.tensor([2.0, -1.0]) * codes.std(dim=0)[found["swept"]]
    assert found["sweep"].shape == (5, 5, *SIZE)
    assert torch.equal(found["sweep"][1, 4], decoder.decode(corner[None]).argmax(dim=1)[0].to(torch.uint8))


@pytest.mark.parametrize(
    ("condition", "needed"),
    [
        (AUTOENCODER, ("c", "shape_autoencoders@parts")),
        (COMPONENTS, ("c", "shape_autoencoders@parts")),
        (AUTOENCODER_ELSEWHERE, (ELSEWHERE, "shape_autoencoders@whole")),
        (COMPONENTS_ELSEWHERE, (ELSEWHERE, "shape_components")),
    ],
)
def test_codes_come_from_the_study_s_own_cohort_or_from_the_other_one(condition, needed):
    (ref,) = registry.entry("models", "diagnosis").depends_on(model(condition).ref)
    assert (ref.cohort, ref.id, ref.study) == (*needed, "acnn_pathology")
    assert registry.entry("models", "diagnosis").depends_on(model(VOLUMES).ref) == ()
