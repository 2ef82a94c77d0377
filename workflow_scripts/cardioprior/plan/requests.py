"""What is asked of a run by name: new studies to measure, an image to upsample, two runs to compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cardioprior import digest, registry
from cardioprior.config import APPLIED_PREFIX, APPLIED_STUDY, safe_name
from cardioprior.errors import CardioPriorError
from cardioprior.imaging.nifti_names import stem
from cardioprior.inference.ejection_method import DETECTED
from cardioprior.models.contract import ModelRef
from cardioprior.plan.models import ModelPlan

UPSAMPLING_STUDY, UPSAMPLING_METHOD = "slice_interpolation", "slices_ae"


class RequestPlan(ModelPlan):
    """Targets that want something given on the command line."""

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


def _results(run: Path) -> list[Path]:
    """The files of a run that say how well it did."""
    found = [*(run / "tables").glob("*.csv"), *(run / "metrics").rglob("*.csv"), *run.glob("claims.csv")]
    return sorted(found)
