"""Studies of a run: who is tested, from which prepared records, in which jobs, and where predictions and metrics go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardioprior import registry
from cardioprior.config import Split, StudySettings
from cardioprior.errors import CardioPriorError
from cardioprior.metrics.opinion import RATERS
from cardioprior.plan.cohorts import CohortPlan


class StudyPlan(CohortPlan):
    """What is made for each study of the run, but for models."""

    def study(self, name: str) -> Any:
        """A study's class."""
        return registry.entry("studies", name)

    def settings(self, name: str) -> StudySettings:
        """A study's settings."""
        return self.config.studies[name]

    def protocol(self, study: str) -> Any:
        """A study's protocol."""
        return registry.entry("protocols", self.study(study).protocol)

    def folds(self, study: str) -> tuple[str, ...]:
        """The main split and the folds of a study."""
        split = self.settings(study).split
        folds: tuple[str, ...] = self.study(study).folds(split.folds if isinstance(split, Split) else 0)
        return folds

    def split_path(self, study: str, cohort: str) -> str:
        """A study's split of a cohort."""
        return self._path("splits", study, f"{cohort}.tsv")

    def followed_splits(self, study: str, cohort: str) -> list[str]:
        """Splits, on the same cohort, of the studies that a study follows."""
        return [self.split_path(other, cohort) for other in self.study(study).follows]

    def preparation_of(self, study: str) -> dict[str, Any]:
        """Name and settings of a study's preparation, as JSON values."""
        settings = self.settings(study).preparation.model_dump(mode="json")
        return {"name": self.study(study).preparation, "settings": settings}

    def study_preparations(self) -> dict[str, Any]:
        """The preparation class of every configured study."""
        return {name: registry.entry("preparations", self.study(name).preparation) for name in self.config.studies}

    def is_prepared(self, study: str) -> bool:
        """Whether a study's prepared records are written to shards."""
        return bool(registry.entry("preparations", self.study(study).preparation).stored)

    def prepared(self, study: str, cohort: str) -> list[str]:
        """All prepared shards of a study's cohort."""
        return [self._path("prepared", study, cohort, f"shard-{shard}.h5") for shard in self.shards]

    def records(self, study: str, cohort: str, condition: str, shard: object) -> str:
        """The shard that is predicted from under a test condition: prepared, degraded, or the manifest of the canonical
        shard where the study's preparation is not stored."""
        if not self.is_prepared(study):
            return self._path("nifti", cohort, f"shard-{shard}.json")
        if self.study(study).conditions[condition]:
            return self._path("degraded", study, cohort, condition, f"shard-{shard}.h5")
        return self._path("prepared", study, cohort, f"shard-{shard}.h5")

    def conditions(self, study: str, method: str) -> list[str]:
        """A study's test conditions that a method is tested under."""
        return list(self.settings(study).conditions[method])

    def conditions_together(self, study: str, method: str) -> list[str]:
        """The conditions under which a method's predictions are scored together, too."""
        return [name for name in self.conditions(study, method) if name in self.protocol(study).together]

    def methods_under(self, study: str, condition: str) -> list[str]:
        """A study's methods that are tested under a condition."""
        return [method for method in self.settings(study).methods if condition in self.conditions(study, method)]

    def batches(self, study: str) -> dict[str, tuple[str, ...]]:
        """A study's methods, in order, by the job that predicts with them and the one that scores them; a job of one
        method alone has its name."""
        methods, size = self.settings(study).methods, self.config.globals.methods_per_job
        parts = [tuple(methods[start : start + size]) for start in range(0, len(methods), size)]
        return {part[0] if len(part) == 1 else f"methods-{n}": part for n, part in enumerate(parts)}

    def batch_of(self, study: str, method: str) -> str:
        """The batch that a method of a study is in."""
        return next(batch for batch, methods in self.batches(study).items() if method in methods)

    def tested(self, study: str, batch: str) -> dict[str, list[str]]:
        """The conditions that each method of a batch is tested under."""
        return {method: self.conditions(study, method) for method in self.batches(study)[batch]}

    def tested_together(self, study: str, batch: str) -> dict[str, list[str]]:
        """The conditions under which predictions of a batch's methods are scored together, too; without methods that
        have none."""
        found = {method: self.conditions_together(study, method) for method in self.batches(study)[batch]}
        return {method: conditions for method, conditions in found.items() if conditions}

    def sources(self, study: str, cohort: str, batch: str, shard: object) -> list[str]:
        """The shards that a batch's methods predict from under any of their conditions, each once."""
        conditions = [condition for tested in self.tested(study, batch).values() for condition in tested]
        return list(dict.fromkeys(self.records(study, cohort, condition, shard) for condition in conditions))

    def prediction(self, study: str, cohort: str, fold: str, batch: str, shard: object) -> str:
        """The file of a shard's predictions by all methods of a batch under all their conditions."""
        return self._path("predictions", study, cohort, fold, batch, f"shard-{shard}.h5")

    def predictions(self, study: str, cohort: str, fold: str) -> list[str]:
        """All files of predictions of a study on a cohort and fold."""
        return [self.prediction(study, cohort, fold, b, shard) for b in self.batches(study) for shard in self.shards]

    def pairs(
        self, study: str, cohort: str, fold: str, method: str, condition: str, shards: Sequence[object] | None = None
    ) -> list[tuple[Path, Path]]:
        """Shards of predictions under a condition, each with that of the records they are made from, as
        `store.read_pairs` takes them. shards: their numbers, all by default."""
        batch = self.batch_of(study, method)
        return [
            (Path(self.prediction(study, cohort, fold, batch, shard)) / method / condition,
             Path(self.records(study, cohort, condition, shard)))
            for shard in (self.shards if shards is None else shards)
        ]  # fmt: skip

    def scores(self, study: str, cohort: str, fold: str, batch: str) -> list[str]:
        """Metrics files of a batch's predictions, a shard each."""
        return [self._path("metrics", study, cohort, fold, batch, f"shard-{shard}.csv") for shard in self.shards]

    def metrics(self, study: str) -> list[str]:
        """All metrics files of a study."""
        settings = self.settings(study)
        files = []
        for cohort in settings.cohorts:
            for fold in self.folds(study):
                for batch in self.batches(study):
                    files += self.scores(study, cohort, fold, batch)
                    if self.tested_together(study, batch):
                        files.append(self._path("metrics", study, cohort, fold, batch, "together.csv"))
                files.append(self._path("metrics", study, cohort, fold, "models.csv"))
            if self.study(study).rated:
                files.append(self._path("metrics", study, cohort, "ratings.csv"))
        return files

    def left_out_files(self, study: str, cohort: str) -> list[str]:
        """Shards that say which subjects of a study's cohort were left out on the way to the main split's tables."""
        prepared = self.prepared(study, cohort) if self.is_prepared(study) else []
        return [*prepared, *self.predictions(study, cohort, self.study(study).main_fold)]

    def rated_sources(self, study: str, cohort: str) -> list[str]:
        """The files of what people rate of a study."""
        return self._pair_files(study, cohort, self.study(study).rated)

    def filled_sheets(self, study: str, cohort: str) -> list[str]:
        """The filled rating sheets that are there. Raises CardioPriorError for a sheet of nobody who rates."""
        folder = self.settings(study).ratings
        found = sorted((folder / cohort).glob("*.csv")) if folder else []
        for path in found:
            if path.stem not in RATERS:
                raise CardioPriorError(f"{path}: is no rater's sheet; wanted {' or '.join(f'{r}.csv' for r in RATERS)}")
        return [str(path) for path in found]

    def _pair_files(self, study: str, cohort: str, condition: str) -> list[str]:
        """The files of the pairs of all methods of the main split that are tested under a condition."""
        fold, batches = self.study(study).main_fold, self._batches_under(study, condition)
        found = [self.prediction(study, cohort, fold, batch, shard) for batch in batches for shard in self.shards]
        return [*found, *(self.records(study, cohort, condition, shard) for shard in self.shards if batches)]

    def _batches_under(self, study: str, condition: str) -> list[str]:
        """The batches with a method that is tested under a condition."""
        return list(dict.fromkeys(self.batch_of(study, method) for method in self.methods_under(study, condition)))
