"""The files of a run: which there are, what each is made from, and which code and settings it depends on.

The rules ask `Plan` for everything that is not a pattern. It knows nothing of the engine that runs them and imports no
entry that it does not name. Each file adds what one kind of thing needs: cohorts, studies, models, results, requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cardioprior import digest, registry
from cardioprior.degradation.contract import entry_of
from cardioprior.plan.requests import UPSAMPLING_STUDY, RequestPlan
from cardioprior.plan.results import ResultPlan

#: modules of rules whose jobs depend on nothing that is named
ALWAYS_THE_SAME = {
    "onboard_entry": ("onboarding.entry",),
    "report": ("stages.report",),
    "measurements": ("stages.applied",),
    "conclude": ("stages.applied",),
    "rating_sheets": ("stages.rating_sheets",),
    "ratings": ("stages.ratings",),
}


class Plan(ResultPlan, RequestPlan):
    """All that rules ask: what is made from what, and here what a job depends on besides its input files."""

    def code(self, rule: str, **names: str) -> str:
        """Digest of the library files that a job of a rule uses; names are the rule's wildcards."""
        return digest.code(*self._modules(rule, **names))

    def code_param(self, rule: str) -> Callable[[Mapping[str, str]], str]:
        """A param of a rule: from its job's wildcards, `code`. A job whose code has changed runs again.

        All shards share one digest, which is taken once: a workflow asks for it thousands of times.
        """

        @cache
        def taken(names: tuple[tuple[str, str], ...]) -> str:
            return self.code(rule, **dict(names))

        return lambda wildcards: taken(
            tuple((name, w) for name, w in wildcards.items() if name not in ("out", "shard"))
        )

    def _modules(self, rule: str, **names: str) -> list[str]:
        if rule in ALWAYS_THE_SAME:
            return list(ALWAYS_THE_SAME[rule])
        if rule in ("table", "figure"):
            return [f"stages.{rule}", f"{rule}s.{names[rule]}"]
        if rule in ("claims", "compare_runs"):
            kind = "claims" if rule == "claims" else "tables"
            return [f"stages.{rule.removesuffix('_runs')}", *(f"{kind}.{name}" for name in registry.names(kind))]
        if rule == "onboard_page":
            return [
                "onboarding.page",
                *(f"preparations.{self.study(name).preparation}" for name in self.config.studies),
            ]
        if rule in ("phantom", "find", "convert", "onboard"):
            return self._modules_of_cohort(rule, names["cohort"])
        if rule == "apply_shard":
            refs = self.applied_models()
            made_by = sorted({f"preparations.{self.study(ref.study).preparation}" for ref in refs})
            entries = [f"methods.{self.config.globals.apply.method}", *(f"models.{ref.name}" for ref in refs)]
            return ["stages.apply", *self._identity(), *entries, *made_by]
        if rule == "upsample_image":
            preparation = self.study(UPSAMPLING_STUDY).preparation
            return ["stages.upsample", f"models.{self.upsampling_model().name}", f"preparations.{preparation}"]
        return self._modules_of_study(rule, names["study"], names)

    def _identity(self) -> list[str]:
        return ["onboarding.identity"] if self.config.globals.private else []

    def _modules_of_cohort(self, rule: str, cohort: str) -> list[str]:
        adapter = f"cohorts.{self.config.cohorts[cohort].adapter}"
        if rule == "onboard":
            return ["onboarding.accounts"]
        if rule == "phantom":
            return ["seeds", adapter]
        stage = "onboarding.conversion" if rule == "convert" else "onboarding.accounts"
        return [stage, *self._identity(), adapter]

    def _modules_of_study(self, rule: str, name: str, names: Mapping[str, str]) -> list[str]:
        study = self.study(name)
        if rule == "browser":
            return ["stages.browser", f"protocols.{study.protocol}"]
        if rule == "split":
            return ["splits", f"preparations.{study.preparation}"]
        if rule == "prepare":
            return ["stages.prepare", f"preparations.{study.preparation}"]
        if rule == "degrade":
            return ["stages.degrade", f"degradation.{entry_of(study.conditions[names['condition']])}"]
        if rule == "train":
            return ["stages.train", f"models.{names['model'].partition('@')[0]}"]
        if rule == "describe":
            return ["stages.describe", *(f"methods.{method}" for method in self.settings(name).methods)]
        methods = [f"methods.{method}" for method in self.batches(name)[names["batch"]]]
        if rule == "predict":
            refs = self.models_of_batch(name, names["cohort"], names["fold"], names["batch"])
            of_others = {self.study(ref.study).preparation for ref in refs if ref.study != name}
            made_here = [] if self.is_prepared(name) else [study.preparation]
            preparations = (f"preparations.{made_by}" for made_by in (*sorted(of_others), *made_here))
            return ["stages.predict", *methods, *(f"models.{ref.name}" for ref in refs), *preparations]
        return ["stages.evaluate", *methods, f"protocols.{study.protocol}"]

    def settings_param(self, part: str) -> Callable[[Any], str]:
        """A param of a rule: the named part of its study's settings, as text."""
        return lambda wildcards: repr(getattr(self.settings(wildcards.study), part))

    def training_text(self, study: str, model: str) -> str:
        """The settings that decide a model, as text."""
        settings = self.settings(study)
        name = model.partition("@")[0]
        return f"{settings.models.get(name)!r} {self.config.globals.compute.deciding} seed={self.config.globals.seed}"

    def gpus(self) -> int:
        """GPUs that a training or prediction job asks for."""
        device = self.config.globals.compute.device
        return int(device == "cuda" or (device == "auto" and Path("/dev/nvidia0").exists()))
