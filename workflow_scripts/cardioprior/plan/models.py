"""Models of a run: which a method needs, what they depend on, and how far they are from the published scale."""

from __future__ import annotations

from collections.abc import Sequence

from cardioprior import registry
from cardioprior.models.contract import ModelRef
from cardioprior.plan.studies import StudyPlan


class ModelPlan(StudyPlan):
    """The models that the studies of the run train and need."""

    def models(self, study: str, cohort: str, fold: str, method: str, condition: str) -> list[ModelRef]:
        """The models that a method needs under a test condition."""
        needed = registry.entry("methods", method)().models(study, cohort, fold, condition)
        return list(needed)

    def models_of_method(self, study: str, cohort: str, fold: str, method: str) -> list[ModelRef]:
        """The models that a method needs under any test condition, each once."""
        conditions = self.conditions(study, method)
        found = [ref for c in conditions for ref in self.models(study, cohort, fold, method, c)]
        return list(dict.fromkeys(found))

    def models_of_batch(self, study: str, cohort: str, fold: str, batch: str) -> list[ModelRef]:
        """The models that a batch's methods need, each once."""
        methods = self.batches(study)[batch]
        return list(dict.fromkeys(ref for m in methods for ref in self.models_of_method(study, cohort, fold, m)))

    def dependencies(self, ref: ModelRef) -> list[ModelRef]:
        """The models that must be there before one can be trained."""
        return list(registry.entry("models", ref.name).depends_on(ref))

    def with_dependencies(self, refs: Sequence[ModelRef]) -> list[ModelRef]:
        """Models and all that these depend on, each once."""
        waiting, found = list(refs), dict[ModelRef, None]()
        while waiting:
            ref = waiting.pop(0)
            if ref not in found:
                found[ref] = None
                waiting += self.dependencies(ref)
        return list(found)

    def dependency_paths(self, study: str, cohort: str, fold: str, model: str) -> list[str]:
        """Files of the models that a model, given by its id, depends on."""
        ref = ModelRef.parse(study, cohort, fold, model)
        return [self.model_path(needed) for needed in self.dependencies(ref)]

    def model_path(self, ref: ModelRef) -> str:
        """A model's file."""
        return str(self.out / ref.path)

    def log_path(self, ref: ModelRef) -> str:
        """A model's training log."""
        return str((self.out / ref.path).with_name("training_log.csv"))

    def descriptions(self, study: str, cohort: str, fold: str, method: str) -> list[str]:
        """Descriptions of the models that a method needs."""
        refs = self.models_of_method(study, cohort, fold, method)
        return [str((self.out / ref.path).with_suffix(".json")) for ref in refs]

    def trained_by(self, study: str) -> list[ModelRef]:
        """The models of the main split that a study's methods need and that the study itself trains, each once."""
        fold = self.study(study).main_fold
        found = [
            ref
            for cohort in self.settings(study).cohorts
            for method in self.settings(study).methods
            for ref in self.models_of_method(study, cohort, fold, method)
            if ref.study == study
        ]
        return list(dict.fromkeys(found))

    def trained_descriptions(self, study: str) -> list[str]:
        """Descriptions of all models that a study trains: its methods' in every fold, and what these depend on."""
        needed = [
            ref
            for cohort in self.settings(study).cohorts
            for fold in self.folds(study)
            for method in self.settings(study).methods
            for ref in self.models_of_method(study, cohort, fold, method)
        ]
        found = self.with_dependencies(needed)
        return [str((self.out / ref.path).with_suffix(".json")) for ref in found if ref.study == study]

    def note(self, study: str) -> str:
        """What a study's tables must say of its cohorts and of its scale; empty if nothing."""
        cohorts = self.settings(study).cohorts
        remarks = {name: registry.entry("cohorts", self.config.cohorts[name].adapter).remark for name in cohorts}
        said = [f"Of {name}: {remark}." for name, remark in remarks.items() if remark]
        return " ".join(filter(None, [*said, self.scale_note(study)]))

    def scale_note(self, study: str) -> str:
        """What a run does not share with the paper's training, as a sentence; empty if nothing."""
        parts = []
        used = (study, *self.study(study).follows)
        trained = {n: s for one in used for n, s in self.settings(one).models.items()}
        elsewhere = [ref for ref in self._all_dependencies(study) if ref.study not in used]
        trained |= {ref.name: self.settings(ref.study).models[ref.name] for ref in elsewhere}
        for name, settings in trained.items():
            published = registry.entry("models", name).published
            changed = [
                f"{key.replace('_', ' ')} {_shown(getattr(settings, key))} (published {_shown(value)})"
                for key, value in published.items()
                if getattr(settings, key) != value
            ]
            if changed:
                parts.append(f"{name} with {', '.join(changed)}")
        return f"Not at the published scale: {'; '.join(parts)}." if parts else ""

    def _all_dependencies(self, study: str) -> list[ModelRef]:
        """The models that a study's methods need on its first cohort, with all that these depend on."""
        settings, fold = self.settings(study), self.study(study).main_fold
        needed = [ref for m in settings.methods for ref in self.models_of_method(study, settings.cohorts[0], fold, m)]
        return sorted(self.with_dependencies(needed), key=lambda ref: (ref.study, ref.id))


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
