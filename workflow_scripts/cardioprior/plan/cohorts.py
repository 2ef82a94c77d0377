"""Cohorts of a run: their adapters, and the files on the way from raw images to canonical ones."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cardioprior import registry
from cardioprior.cohorts.contract import Cohort
from cardioprior.config import Config

if TYPE_CHECKING:
    from cardioprior.onboarding.identity import Identity


class CohortPlan:
    """All paths are below the run's folder and are text, as rules want them."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.out = config.out

    @cached_property
    def shards(self) -> tuple[int, ...]:
        """Numbers of the shards, from 0."""
        return tuple(range(self.config.globals.shards))

    def cohort(self, name: str) -> Cohort:
        """The adapter of a cohort on its data."""
        settings = self.config.cohorts[name]
        adapter = registry.entry("cohorts", settings.adapter)
        root = self.out / "raw" / name if adapter.generated else settings.root
        cohort: Cohort = adapter(settings, root, name, self.config.globals.seed)
        return cohort

    def identity(self, name: str) -> Identity | None:
        """The pseudonyms of a cohort, None where its subjects keep their names: without `private`, or made up."""
        from cardioprior.onboarding.identity import Identity

        private, root = self.config.globals.private, self.config.cohorts[name].root
        if private is None or root is None or self.is_generated(name):
            return None
        return Identity(private, name, root)

    def is_generated(self, cohort: str) -> bool:
        """Whether a cohort's raw files are made by the run."""
        return bool(registry.entry("cohorts", self.config.cohorts[cohort].adapter).generated)

    def onboarded(self) -> list[str]:
        """Cohorts of the target `onboard`: the one named on the command line, or those of the running studies."""
        if self.config.globals.cohort:
            return [self.config.globals.cohort]
        return sorted({cohort for study in self.config.running for cohort in study.cohorts})

    def onboarding_files(self) -> list[str]:
        """What the target `onboard` makes."""
        files = ("subjects.tsv", "qc.tsv", "index.html", "cohort.yaml")
        return [self._path("cohorts", cohort, file) for cohort in self.onboarded() for file in files]

    def cohort_entry(self, cohort: str) -> str:
        """A cohort's entry under `cohorts:` as YAML, without what is not set, and its root where it has pseudonyms."""
        from cardioprior.onboarding.entry import config_block

        entry = self.config.cohorts[cohort].model_dump(mode="json", exclude_unset=True)
        hidden = {"root": "DIR"} if self.identity(cohort) else {}
        return config_block(cohort, {**entry, **hidden}, self.recognised_why(cohort))

    def recognised_why(self, cohort: str) -> str:
        """Why `adapter: auto` became the cohort's adapter; empty where that was named, or names are not to be told."""
        return "" if self.identity(cohort) else self.config.recognised.get(cohort, "")

    def raw_manifests(self, cohort: str) -> list[str]:
        """What must be there before subjects can be found: a generated cohort's raw shards."""
        if not self.is_generated(cohort):
            return []
        return [self._path("raw", cohort, f"shard-{shard}.json") for shard in self.shards]

    def nifti_manifests(self, cohort: str) -> list[str]:
        """Manifests of a cohort's canonical shards."""
        return [self._path("nifti", cohort, f"shard-{shard}.json") for shard in self.shards]

    def cohort_text(self, cohort: str) -> str:
        """The settings that decide a cohort's files, as text."""
        private = f" private={self.config.globals.private}" if self.config.globals.private else ""
        return f"{self.config.cohorts[cohort]!r} seed={self.config.globals.seed}{private}"

    def _path(self, *parts: str) -> str:
        return str(self.out.joinpath(*parts))
