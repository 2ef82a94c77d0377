"""Tables, figures, claims and the report of a run, and what each is made from."""

from __future__ import annotations

from cardioprior import registry
from cardioprior.figures.contract import LOGS, MODELS, PREDICTIONS
from cardioprior.plan.models import ModelPlan


class ResultPlan(ModelPlan):
    """What people read of the run."""

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

    def study_of_figure(self, figure: str) -> str:
        """The study that a figure belongs to."""
        return str(registry.entry("figures", figure).study)

    def figures(self) -> list[str]:
        """The figures of the running studies."""
        return [figure for study in self.config.running for figure in self.study(study.name).figures]

    def figure_files(self) -> list[str]:
        """The picture of every figure of the running studies."""
        return [self._path("figures", f"{figure}.png") for figure in self.figures()]

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

    def caption(self, kind: str, name: str) -> str:
        """What a table or figure shows."""
        return str(registry.entry(kind, name).caption)

    def category(self, study: str) -> str:
        """Under which heading a study's tables and figures stand in the engine's own report."""
        return str(self.study(study).title)

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

    def cohort_files(self) -> list[str]:
        """subjects.tsv and qc.tsv of the cohorts that the running studies test or learn from."""
        cohorts = sorted(
            {c for study in self.config.running for c in (*study.cohorts, *self.study(study.name).learns_from)}
        )
        return [self._path("cohorts", c, file) for c in cohorts for file in ("subjects.tsv", "qc.tsv")]
