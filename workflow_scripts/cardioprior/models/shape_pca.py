"""The linear baseline of latent optimisation's generators: principal components of signed distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from cardioprior.models.contract import FittedModel, ModelSettings

if TYPE_CHECKING:
    from cardioprior.training.setting import Setting


class Settings(ModelSettings):
    """code: components, or as many as the training set allows."""

    code: int = Field(ge=1)


class Model(FittedModel):
    """`mean` (classes, z, y, x) and `components` (code, classes, z, y, x): signed distance of every class in mm, each
    component times its SD."""

    Settings = Settings
    arrays = ("labels",)

    def fit(self, setting: Setting) -> dict[str, Any]:
        import numpy as np
        import torch
        from sklearn.decomposition import PCA

        from cardioprior.imaging.geometry import stored_grid
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.inference.shape_interpolation import signed_distance

        spacing_mm = stored_grid(setting.train[0].meta["grid"]).spacing_mm
        maps = np.stack(
            [
                [signed_distance(record.arrays["labels"] == value, spacing_mm) for value in range(CLASSES)]
                for record in setting.train
            ]
        ).astype(np.float32)
        count = min(self.settings.code, len(maps) - 1)
        fitted = PCA(count, svd_solver="full").fit(maps.reshape(len(maps), -1))
        scaled = fitted.components_ * np.sqrt(fitted.explained_variance_)[:, None]
        shape = maps.shape[1:]
        return {
            "mean": torch.from_numpy(fitted.mean_.reshape(shape).astype(np.float32)),
            "components": torch.from_numpy(scaled.reshape(count, *shape).astype(np.float32)),
        }
