"""The files of a run: which there are, what each is made from, and which code and settings it depends on.

The rules ask this module for everything that is not a pattern. It knows nothing of the engine that runs them and
imports no entry that it does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior import digest, registry
from cardioprior.cohorts.contract import Cohort
from cardioprior.config import APPLIED_PREFIX, APPLIED_STUDY, Config, Split, StudySettings, safe_name
from cardioprior.errors import CardioPriorError
from cardioprior.imaging.nifti_names import stem
from cardioprior.degradation.contract import entry_of
from cardioprior.figures.contract import LOGS, MODELS, PREDICTIONS
from cardioprior.inference.ejection_method import DETECTED
from cardioprior.metrics.opinion import RATERS
from cardioprior.models.contract import ModelRef

if TYPE_CHECKING:
    from cardioprior.onboarding.identity import Identity

UPSAMPLING_STUDY, UPSAMPLING_METHOD = "slice_interpolation", "slices_ae"
TABLE_FORMATS = ("csv", "md", "tex", "html", "json")


class Plan:
    """All paths are below the run's folder and are text, as rules want them."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.out = config.out

    # --- cohorts

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

    def study_preparations(self) -> dict[str, Any]:
        """The preparation class of every configured study."""
        return {name: registry.entry("preparations", self.study(name).preparation) for name in self.config.studies}

    def raw_manifests(self, cohort: str) -> list[str]:
        """What must be there before subjects can be found: a generated cohort's raw shards."""
        if not self.is_generated(cohort):
            return []
        return [self._path("raw", cohort, f"shard-{shard}.json") for shard in self.shards]

    def nifti_manifests(self, cohort: str) -> list[str]:
        """Manifests of a cohort's canonical shards."""
        return [self._path("nifti", cohort, f"shard-{shard}.json") for shard in self.shards]

    # --- studies

    def study(self, name: str) -> Any:
        """A study's class."""
        return registry.entry("studies", name)

    def settings(self, name: str) -> StudySettings:
        """A study's settings."""
        return self.config.studies[name]

    def folds(self, study: str) -> tuple[str, ...]:
        """The main split and the folds of a study."""
        split = self.settings(study).split
        folds: tuple[str, ...] = self.study(study).folds(split.folds if isinstance(split, Split) else 0)
        return folds

    def prepared(self, study: str, cohort: str) -> list[str]:
        """All prepared shards of a study's cohort."""
        return [self._path("prepared", study, cohort, f"shard-{shard}.h5") for shard in self.shards]

    def is_prepared(self, study: str) -> bool:
        """Whether a study's prepared records are written to shards."""
        return bool(registry.entry("preparations", self.study(study).preparation).stored)

    def preparation_of(self, study: str) -> dict[str, Any]:
        """Name and settings of a study's preparation, as JSON values."""
        settings = self.settings(study).preparation.model_dump(mode="json")
        return {"name": self.study(study).preparation, "settings": settings}

    def records(self, study: str, cohort: str, condition: str, shard: object) -> str:
        """The shard that is predicted from under a test condition: prepared, degraded, or the manifest of the canonical
        shard where the study's preparation is not stored."""
        if not self.is_prepared(study):
            return self._path("nifti", cohort, f"shard-{shard}.json")
        if self.study(study).conditions[condition]:
            return self._path("degraded", study, cohort, condition, f"shard-{shard}.h5")
        return self._path("prepared", study, cohort, f"shard-{shard}.h5")

    def models(self, study: str, cohort: str, fold: str, method: str, condition: str) -> list[ModelRef]:
        """The models that a method needs under a test condition."""
        needed = registry.entry("methods", method)().models(study, cohort, fold, condition)
        return list(needed)

    def conditions(self, study: str, method: str) -> list[str]:
        """A study's test conditions that a method is tested under."""
        return list(self.settings(study).conditions[method])

    def models_of_batch(self, study: str, cohort: str, fold: str, batch: str) -> list[ModelRef]:
        """The models that a batch's methods need, each once."""
        methods = self.batches(study)[batch]
        return list(dict.fromkeys(ref for m in methods for ref in self.models_of_method(study, cohort, fold, m)))

    def models_of_method(self, study: str, cohort: str, fold: str, method: str) -> list[ModelRef]:
        """The models that a method needs under any test condition, each once."""
        conditions = self.conditions(study, method)
        found = [ref for c in conditions for ref in self.models(study, cohort, fold, method, c)]
        return list(dict.fromkeys(found))

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

    def descriptions(self, study: str, cohort: str, fold: str, method: str) -> list[str]:
        """Descriptions of the models that a method needs."""
        refs = self.models_of_method(study, cohort, fold, method)
        return [str((self.out / ref.path).with_suffix(".json")) for ref in refs]

    def model_path(self, ref: ModelRef) -> str:
        """A model's file."""
        return str(self.out / ref.path)

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

    def batches(self, study: str) -> dict[str, tuple[str, ...]]:
        """A study's methods, in order, by the job that predicts with them and the one that scores them; a job of one
        method alone has its name."""
        methods, size = self.settings(study).methods, self.config.globals.methods_per_job
        parts = [tuple(methods[start : start + size]) for start in range(0, len(methods), size)]
        return {part[0] if len(part) == 1 else f"methods-{n}": part for n, part in enumerate(parts)}

    def batch_of(self, study: str, method: str) -> str:
        """The batch that a method of a study is in."""
        return next(batch for batch, methods in self.batches(study).items() if method in methods)

    def scores(self, study: str, cohort: str, fold: str, batch: str) -> list[str]:
        """Metrics files of a batch's predictions, a shard each."""
        return [self._path("metrics", study, cohort, fold, batch, f"shard-{shard}.csv") for shard in self.shards]

    def protocol(self, study: str) -> Any:
        """A study's protocol."""
        return registry.entry("protocols", self.study(study).protocol)

    def conditions_together(self, study: str, method: str) -> list[str]:
        """The conditions under which a method's predictions are scored together, too."""
        return [name for name in self.conditions(study, method) if name in self.protocol(study).together]

    def tested(self, study: str, batch: str) -> dict[str, list[str]]:
        """The conditions that each method of a batch is tested under."""
        return {method: self.conditions(study, method) for method in self.batches(study)[batch]}

    def tested_together(self, study: str, batch: str) -> dict[str, list[str]]:
        """The conditions under which predictions of a batch's methods are scored together, too; without methods that
        have none."""
        found = {method: self.conditions_together(study, method) for method in self.batches(study)[batch]}
        return {method: conditions for method, conditions in found.items() if conditions}

    def methods_under(self, study: str, condition: str) -> list[str]:
        """A study's methods that are tested under a condition."""
        return [method for method in self.settings(study).methods if condition in self.conditions(study, method)]

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

    def study_of_table(self, table: str) -> str:
        """The study that a table belongs to."""
        return str(registry.entry("tables", table).study)

    def tables(self) -> list[str]:
        """The tables of the running studies."""
        return [table for study in self.config.running for table in self.study(study.name).tables]

    def table_files(self) -> list[str]:
        """The csv of every table of the running studies."""
        return [self._path("tables", f"{table}.csv") for table in self.tables()]

    def fragments(self) -> list[str]:
        """The html fragment of every table of the running studies."""
        return [self._path("tables", f"{table}.html") for table in self.tables()]

    def left_out_files(self, study: str, cohort: str) -> list[str]:
        """Shards that say which subjects of a study's cohort were left out on the way to the main split's tables."""
        prepared = self.prepared(study, cohort) if self.is_prepared(study) else []
        return [*prepared, *self.predictions(study, cohort, self.study(study).main_fold)]

    def prediction(self, study: str, cohort: str, fold: str, batch: str, shard: object) -> str:
        """The file of a shard's predictions by all methods of a batch under all their conditions."""
        return self._path("predictions", study, cohort, fold, batch, f"shard-{shard}.h5")

    def predictions(self, study: str, cohort: str, fold: str) -> list[str]:
        """All files of predictions of a study on a cohort and fold."""
        return [self.prediction(study, cohort, fold, b, shard) for b in self.batches(study) for shard in self.shards]

    def sources(self, study: str, cohort: str, batch: str, shard: object) -> list[str]:
        """The shards that a batch's methods predict from under any of their conditions, each once."""
        conditions = [condition for tested in self.tested(study, batch).values() for condition in tested]
        return list(dict.fromkeys(self.records(study, cohort, condition, shard) for condition in conditions))

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

    def _pair_files(self, study: str, cohort: str, condition: str) -> list[str]:
        """The files of the pairs of all methods of the main split that are tested under a condition."""
        fold, batches = self.study(study).main_fold, self._batches_under(study, condition)
        found = [self.prediction(study, cohort, fold, batch, shard) for batch in batches for shard in self.shards]
        return [*found, *(self.records(study, cohort, condition, shard) for shard in self.shards if batches)]

    def _batches_under(self, study: str, condition: str) -> list[str]:
        """The batches with a method that is tested under a condition."""
        return list(dict.fromkeys(self.batch_of(study, method) for method in self.methods_under(study, condition)))

    def claims_file(self) -> str:
        """Which claims of the papers hold."""
        return self._path("claims.csv")

    def all_metrics(self) -> list[str]:
        """All metrics files of the running studies."""
        return [path for study in self.config.running for path in self.metrics(study.name)]

    def judged_cohorts(self) -> list[str]:
        """Cohorts of the running studies on which claims are judged."""
        cohorts = sorted({cohort for study in self.config.running for cohort in study.cohorts})
        return [c for c in cohorts if registry.entry("cohorts", self.config.cohorts[c].adapter).judged]

    def study_of_figure(self, figure: str) -> str:
        """The study that a figure belongs to."""
        return str(registry.entry("figures", figure).study)

    def caption(self, kind: str, name: str) -> str:
        """What a table or figure shows."""
        return str(registry.entry(kind, name).caption)

    def category(self, study: str) -> str:
        """Under which heading a study's tables and figures stand in the engine's own report."""
        return str(self.study(study).title)

    def figures(self) -> list[str]:
        """The figures of the running studies."""
        return [figure for study in self.config.running for figure in self.study(study.name).figures]

    def figure_files(self) -> list[str]:
        """The picture of every figure of the running studies."""
        return [self._path("figures", f"{figure}.png") for figure in self.figures()]

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

    def log_path(self, ref: ModelRef) -> str:
        """A model's training log."""
        return str((self.out / ref.path).with_name("training_log.csv"))

    def figure_sources(self, figure: str) -> dict[str, list[str]]:
        """What a figure is drawn from: metrics files, and training logs, predictions and models where it reads them."""
        study = self.study_of_figure(figure)
        reads = registry.entry("figures", figure).reads
        fold = self.study(study).main_fold
        logs = [self.log_path(ref) for ref in self.trained_by(study)] if LOGS in reads else []
        models = [self.model_path(ref) for ref in self.trained_by(study)] if MODELS in reads else []
        predictions = [
            path
            for cohort in self.settings(study).cohorts
            for path in (self.predictions(study, cohort, fold) if PREDICTIONS in reads else [])
        ]
        return {"metrics": self.metrics(study), "logs": logs, "predictions": predictions, "models": models}

    def browser_sources(self, study: str) -> list[str]:
        """The files of what people can look through of a study's main split, with its metrics. None where its protocol
        shows nothing."""
        condition, fold = self.protocol(study).browsed, self.study(study).main_fold
        found = []
        for cohort in self.settings(study).cohorts:
            found += self._pair_files(study, cohort, condition)
            for batch in self._batches_under(study, condition):
                found += self.scores(study, cohort, fold, batch)
        return found

    def browser_file(self, study: str) -> str:
        """What the page shows of a study slice by slice."""
        return self._path("report", "browser", f"{study}.json")

    def browser_files(self) -> list[str]:
        """The same of every running study that has any."""
        return [self.browser_file(study.name) for study in self.config.running if self.browser_sources(study.name)]

    def not_running(self) -> list[str]:
        """Studies that this run does not do."""
        running = {study.name for study in self.config.running}
        return [name for name in registry.names("studies") if name not in running]

    def usage_files(self) -> list[str]:
        """Splits and shards of the running studies: they say which subjects were used, and why not."""
        pairs = [(study.name, cohort) for study in self.config.running for cohort in study.cohorts]
        return [path for pair in pairs for path in (self.split_path(*pair), *self.left_out_files(*pair))]

    def split_path(self, study: str, cohort: str) -> str:
        """A study's split of a cohort."""
        return self._path("splits", study, f"{cohort}.tsv")

    def followed_splits(self, study: str, cohort: str) -> list[str]:
        """Splits, on the same cohort, of the studies that a study follows."""
        return [self.split_path(other, cohort) for other in self.study(study).follows]

    def cohort_files(self) -> list[str]:
        """subjects.tsv and qc.tsv of the cohorts that the running studies test or learn from."""
        cohorts = sorted(
            {c for study in self.config.running for c in (*study.cohorts, *self.study(study.name).learns_from)}
        )
        return [self._path("cohorts", c, file) for c in cohorts for file in ("subjects.tsv", "qc.tsv")]

    # --- new studies

    def applied_target(self) -> str:
        """What the target `apply` makes. Raises CardioPriorError where no folder was given."""
        if not self.config.applied:
            found = f"{given} is no folder" if (given := self.config.globals.input) else "is not set"
            raise CardioPriorError(f"config key `input`: {found}; wanted a folder of studies: --config input=DIR")
        return str(self.applied_folder() / "apply.json")

    def applied_folder(self) -> Path:
        """Where the results of the folder that was given go."""
        return self.out / "apply" / str(self.config.applied).removeprefix(APPLIED_PREFIX)

    def applied_input(self) -> str:
        """The folder that was given, as it is told; nothing of it where studies have pseudonyms."""
        return "" if self.config.globals.private else str(self.config.globals.input)

    def applied_text(self) -> str:
        """The settings that decide what is written about new studies, as text."""
        return f"{self.config.globals.apply!r} private={self.config.globals.private}"

    def applied_found(self) -> str:
        """The list of the studies found in that folder."""
        return self._path("cohorts", str(self.config.applied), "found.tsv")

    def applied_manifest(self, shard: object) -> str:
        """The manifest of a canonical shard of those studies."""
        return self._path("nifti", str(self.config.applied), f"shard-{shard}.json")

    def applied_shards(self) -> list[str]:
        """The manifests of all shards of measured studies."""
        return [str(self.applied_folder() / f"shard-{shard}.json") for shard in self.shards]

    def applied_models(self) -> list[ModelRef]:
        """The models that new studies are measured with: those that look for the frames, too."""
        study = self.study(APPLIED_STUDY)
        method = self.config.globals.apply.method
        refs = self.models(APPLIED_STUDY, self.config.applied_models, study.main_fold, method, DETECTED)
        segmenting = registry.entry("methods", method).trained_by
        return [
            replace(ref, cohort=self.config.applied_segmentation) if ref.study == segmenting else ref for ref in refs
        ]

    def applied_cohorts(self) -> list[str]:
        """The cohorts that those models learnt from, each once: the segmentation's first."""
        return list(dict.fromkeys((self.config.applied_segmentation, self.config.applied_models)))

    def upsampled(self) -> str:
        """What the target `upsample` makes. Raises CardioPriorError where image or spacing was not given."""
        image, spacing_mm = self.config.globals.input, self.config.globals.spacing_mm
        if not image or not image.is_file() or spacing_mm is None:
            raise CardioPriorError(
                f"config keys `input` and `spacing_mm`: found {image} and {spacing_mm}; wanted a NIfTI image and mm "
                "between slices: --config input=FILE spacing_mm=2"
            )
        name = stem(safe_name(image))
        return self._path("upsampled", f"{name}_{spacing_mm:g}mm.nii.gz")

    def upsampling_model(self) -> ModelRef:
        """The autoencoder that new images are upsampled with: the paper's, of its study's first cohort."""
        study = self.study(UPSAMPLING_STUDY)
        cohort = self.settings(UPSAMPLING_STUDY).cohorts[0]
        (ref,) = self.models(UPSAMPLING_STUDY, cohort, study.main_fold, UPSAMPLING_METHOD, "")
        return ref

    # --- two runs

    def compared_runs(self) -> tuple[Path, Path]:
        """The folders of the runs to compare. Raises CardioPriorError where they were not given."""
        a, b = self.config.globals.run_a, self.config.globals.run_b
        if a is None or b is None or not (a.is_dir() and b.is_dir()):
            raise CardioPriorError(
                f"config keys `run_a` and `run_b`: found {a} and {b}; wanted two runs' folders: --config run_a=DIR "
                "run_b=DIR"
            )
        return a, b

    def compared(self) -> str:
        """What the target `compare` makes."""
        a, b = (path.resolve() for path in self.compared_runs())
        names = [safe_name(path) for path in (a, b)]
        if names[0] == names[1]:
            names = [f"{safe_name(path.parent)}_{name}" for path, name in zip((a, b), names, strict=True)]
        return self._path("compare", "_and_".join(names), "index.html")

    def compared_text(self) -> str:
        """The runs to compare and the state of the files that are compared, as text."""
        files = [path for run in self.compared_runs() for path in _results(run)]
        return digest.text(*((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files))

    # --- what a rule depends on, besides its input files

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

    def settings_param(self, part: str) -> Callable[[Any], str]:
        """A param of a rule: the named part of its study's settings, as text."""
        return lambda wildcards: repr(getattr(self.settings(wildcards.study), part))

    def _modules(self, rule: str, **names: str) -> list[str]:
        if rule == "onboard_page":
            return [
                "onboarding.page",
                *(f"preparations.{self.study(name).preparation}" for name in self.config.studies),
            ]
        if rule == "onboard_entry":
            return ["onboarding.entry"]
        if rule in ("phantom", "find", "convert", "onboard"):
            adapter = self.config.cohorts[names["cohort"]].adapter
            stage = {"phantom": "seeds", "convert": "onboarding.conversion"}.get(rule, "onboarding.accounts")
            identity = ["onboarding.identity"] if rule in ("find", "convert") and self.config.globals.private else []
            return [stage, *identity, *([] if rule == "onboard" else [f"cohorts.{adapter}"])]
        if rule == "table":
            return ["stages.table", f"tables.{names['table']}"]
        if rule == "figure":
            return ["stages.figure", f"figures.{names['figure']}"]
        if rule == "claims":
            return ["stages.claims", *(f"claims.{paper}" for paper in registry.names("claims"))]
        if rule == "report":
            return ["stages.report"]
        if rule == "compare_runs":
            return ["stages.compare", *(f"tables.{name}" for name in registry.names("tables"))]
        if rule == "browser":
            return ["stages.browser", f"protocols.{self.study(names['study']).protocol}"]
        if rule in ("measurements", "conclude"):
            return ["stages.applied"]
        if rule in ("rating_sheets", "ratings"):
            return [f"stages.{rule}"]
        if rule == "apply_shard":
            refs = self.applied_models()
            made_by = sorted({f"preparations.{self.study(ref.study).preparation}" for ref in refs})
            entries = [f"methods.{self.config.globals.apply.method}", *(f"models.{ref.name}" for ref in refs)]
            identity = ["onboarding.identity"] if self.config.globals.private else []
            return ["stages.apply", *identity, *entries, *made_by]
        if rule == "upsample_image":
            made_by = self.study(UPSAMPLING_STUDY).preparation
            return ["stages.upsample", f"models.{self.upsampling_model().name}", f"preparations.{made_by}"]
        study = self.study(names["study"])
        if rule == "split":
            return ["splits", f"preparations.{study.preparation}"]
        if rule == "prepare":
            return ["stages.prepare", f"preparations.{study.preparation}"]
        if rule == "degrade":
            return ["stages.degrade", f"degradation.{entry_of(study.conditions[names['condition']])}"]
        if rule == "train":
            return ["stages.train", f"models.{names['model'].partition('@')[0]}"]
        if rule == "describe":
            return ["stages.describe", *(f"methods.{method}" for method in self.settings(names["study"]).methods)]
        methods = [f"methods.{method}" for method in self.batches(names["study"])[names["batch"]]]
        if rule == "predict":
            refs = self.models_of_batch(names["study"], names["cohort"], names["fold"], names["batch"])
            of_others = {self.study(ref.study).preparation for ref in refs if ref.study != names["study"]}
            made_here = [] if self.is_prepared(names["study"]) else [study.preparation]
            preparations = (f"preparations.{name}" for name in (*sorted(of_others), *made_here))
            return ["stages.predict", *methods, *(f"models.{ref.name}" for ref in refs), *preparations]
        return ["stages.evaluate", *methods, f"protocols.{study.protocol}"]

    def training_text(self, study: str, model: str) -> str:
        """The settings that decide a model, as text."""
        settings = self.settings(study)
        name = model.partition("@")[0]
        return f"{settings.models.get(name)!r} {self.config.globals.compute.deciding} seed={self.config.globals.seed}"

    def cohort_text(self, cohort: str) -> str:
        """The settings that decide a cohort's files, as text."""
        private = f" private={self.config.globals.private}" if self.config.globals.private else ""
        return f"{self.config.cohorts[cohort]!r} seed={self.config.globals.seed}{private}"

    def gpus(self) -> int:
        """GPUs that a training or prediction job asks for."""
        device = self.config.globals.compute.device
        return int(device == "cuda" or (device == "auto" and Path("/dev/nvidia0").exists()))

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

    def _path(self, *parts: str) -> str:
        return str(self.out.joinpath(*parts))


def _results(run: Path) -> list[Path]:
    """The files of a run that say how well it did."""
    found = [*(run / "tables").glob("*.csv"), *(run / "metrics").rglob("*.csv"), *run.glob("claims.csv")]
    return sorted(found)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
