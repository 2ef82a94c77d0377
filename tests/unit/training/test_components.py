"""Principal components of shapes, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from cardioprior.training.components import Components, fit_components, principal_axes


def test_axes_and_codes_are_those_of_scikit_learn_up_to_their_sign():
    vectors = torch.from_numpy(np.random.default_rng(0).normal(size=(12, 40)) * np.linspace(3, 0.1, 40)).float()
    mean, axes = principal_axes(vectors, 5)
    oracle = PCA(n_components=5, svd_solver="full").fit(vectors.numpy())
    np.testing.assert_allclose(mean, oracle.mean_, atol=1e-5)
    np.testing.assert_allclose(np.abs(np.sum(axes.numpy() * oracle.components_, axis=1)), 1, atol=1e-4)
    codes = (vectors - mean) @ axes.T
    np.testing.assert_allclose(codes.abs(), np.abs(oracle.transform(vectors.numpy())), atol=1e-3)
    assert all(axis[axis.abs().argmax()] > 0 for axis in axes)


def test_there_are_no_more_axes_than_directions_of_variation():
    vectors = torch.randn(9, 1, generator=torch.Generator().manual_seed(0)) * torch.ones(1, 30)
    assert len(principal_axes(vectors, 64)[1]) == 1
    assert len(principal_axes(torch.randn(9, 30, generator=torch.Generator().manual_seed(0)), 64)[1]) == 8


def tubes(*radii: float, y: int = 12) -> torch.Tensor:
    """Label maps of tubes of LV in a wall, about (y, 12)."""
    grid = np.indices((12, 24, 24))
    distance = np.hypot(grid[1] - y, grid[2] - 12)
    return torch.from_numpy(np.stack([np.where(distance < r, 1, np.where(distance < r + 2, 2, 0)) for r in radii]))


def test_the_first_component_of_tubes_of_many_widths_is_their_width():
    radii = (3.0, 4.0, 5.0, 6.0, 7.0)
    found = fit_components(tubes(*radii))
    codes = found.codes(tubes(*radii))
    assert abs(np.corrcoef(codes[:, 0], radii)[0, 1]) > 0.9


def test_a_shape_that_lies_elsewhere_has_nearly_the_same_code():
    found = fit_components(tubes(3.0, 4.0, 5.0, 6.0, 7.0))
    here, there, wider = found.codes(torch.cat([tubes(4.0), tubes(4.0, y=14), tubes(7.0)]))
    assert (here - there).norm() < 0.2 * (here - wider).norm()


def test_components_come_back_from_a_models_file_as_they_were():
    found = fit_components(tubes(3.0, 5.0, 7.0))
    again = Components.of(found.stored())
    torch.testing.assert_close(again.codes(tubes(4.0)), found.codes(tubes(4.0)))


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_components_are_taken_than_asked_for(most):
    assert len(fit_components(tubes(3.0, 4.0, 6.0, 7.0), most).axes) == most
