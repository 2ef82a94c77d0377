"""The configuration: read once, checked whole, frozen. Defaults live in config.yaml and nowhere else."""

from __future__ import annotations

import difflib
import re
import typing
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cardioprior import registry
from cardioprior.cohorts.contract import CohortSettings
from cardioprior.errors import CardioPriorError
from cardioprior.models.contract import SEPARATOR
from cardioprior.onboarding.recognition import AUTO, Recognised, recognise

#: the study whose method and models are applied to new studies, and the adapter that finds those
APPLIED_STUDY = "thesis_end_to_end"
APPLIED_ADAPTER = "unlabelled"
APPLIED_PREFIX = "applied_"
#: Command-line values inside lists arrive as strings and a cohort named 007 as 7: names are made text again.
Name = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class Block(BaseModel):
    """A part of the configuration: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Compute(Block):
    """How networks are run. Results are equal to the bit on CPU in fp32 for the same threads.

    devices: that one training takes, a process each. checkpoint_seconds: between two checkpoints of a training.
    training_memory_mb: that a training asks the cluster for.
    """

    device: Literal["auto", "cpu", "cuda"]
    devices: int = Field(ge=1)
    precision: Literal["fp32", "bf16"]
    channels_last: bool
    compile: bool
    checkpoint_seconds: float = Field(gt=0)
    training_memory_mb: int = Field(gt=0)

    @property
    def deciding(self) -> str:
        """What of it decides a model's weights, as text: not how often a checkpoint is written, nor what is asked of a
        cluster."""
        return repr(self.model_dump(exclude={"checkpoint_seconds", "training_memory_mb"}))


class Split(Block):
    """Who is trained on and who is tested.

    test, validation: shares of the subjects, stratified by group. test_subjects: a list that replaces the share.
    folds: number of further cross-validation folds beside the main split, 0 for none.
    """

    test: float = Field(gt=0, lt=1)
    validation: float = Field(ge=0, lt=1)
    test_subjects: tuple[Name, ...] | None
    folds: int = Field(ge=0)


class CrossValidation(Block):
    """How subjects are dealt into parts in a study that is cross-validated.

    groups: whose subjects take part. parts: equal parts, stratified by group, each tested by models that learnt from
    the others. draws: how often all are dealt anew.
    """

    groups: tuple[Name, ...] = Field(min_length=2)
    parts: int = Field(ge=2)
    draws: int = Field(ge=1)


class Apply(Block):
    """What new studies are measured with.

    method: a method of APPLIED_STUDY that segments. cohort: whose models it takes, null for that study's first.
    segmentation_cohort: whose network segments, null for the same: a data set without labelled cines has no detector.
    identified: whether DICOM SEG has the patient's name, dates and numbers instead of a pseudonym.
    """

    method: Name
    cohort: Name | None
    segmentation_cohort: Name | None
    identified: bool


class Globals(Block):
    """Keys that are not about one study.

    private: a folder outside `out`; subjects of real cohorts get pseudonyms, and it alone says whose they are.
    """

    out: Path
    seed: int = Field(ge=0)
    shards: int = Field(ge=1)
    methods_per_job: int = Field(ge=1)
    strict: bool
    private: Path | None
    compute: Compute
    apply: Apply
    studies: tuple[Name, ...]
    # keys of single commands, optional
    cohort: Name | None = None
    adapter: Name | None = None
    root: Path | None = None
    input: Path | None = None
    spacing_mm: float | None = Field(None, gt=0)
    run_a: Path | None = None
    run_b: Path | None = None
    acdc_root: Path | None = None


class StudyBlock(Block):
    """A study's block as written; its preparation and models are checked against the entries' own settings.

    split: null for a study that follows others, see studies/contract.py. methods: names, or `name@condition` for one
    that is tested under this test condition alone. ratings: folder of filled rating sheets, `<cohort>/<rater>.csv`, for
    a study whose images people rate.
    """

    cohorts: tuple[Name, ...]
    split: dict[str, Any] | None
    preparation: dict[str, Any]
    models: dict[str, dict[str, Any]]
    methods: tuple[Name, ...]
    ratings: Path | None = None


@dataclass(frozen=True)
class StudySettings:
    """A study's checked settings. `models` maps a model's file name to its settings, `conditions` every method to the
    test conditions that it is tested under."""

    name: str
    cohorts: tuple[str, ...]
    split: Split | CrossValidation | None
    preparation: Any
    models: Mapping[str, Any]
    methods: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]]
    ratings: Path | None


@dataclass(frozen=True)
class Config:
    """The whole configuration, checked. recognised: by cohort, why `adapter: auto` became its adapter."""

    globals: Globals
    cohorts: Mapping[str, CohortSettings]
    studies: Mapping[str, StudySettings]
    recognised: Mapping[str, str]

    @property
    def out(self) -> Path:
        """The run's folder."""
        return self.globals.out

    @property
    def applied(self) -> str | None:
        """The cohort that the command-line key `input` adds where it is a folder, else None."""
        given = self.globals.input
        return applied_cohort(given) if given and given.is_dir() else None

    @property
    def applied_models(self) -> str:
        """The cohort whose models are applied."""
        return self.globals.apply.cohort or self.studies[APPLIED_STUDY].cohorts[0]

    @property
    def applied_segmentation(self) -> str:
        """The cohort whose segmentation network is applied."""
        return self.globals.apply.segmentation_cohort or self.applied_models

    @property
    def running(self) -> tuple[StudySettings, ...]:
        """The studies that this run does."""
        return tuple(self.studies[name] for name in self.globals.studies)


def load(raw: Mapping[str, Any]) -> Config:
    """Checks a configuration as Snakemake merged it. Raises CardioPriorError naming the key, what was found and
    what was wanted."""
    blocks = dict(raw)
    cohort_blocks = {str(name): block for name, block in _mapping(blocks.pop("cohorts", {}), "cohorts").items()}
    study_blocks = {name: blocks.pop(name) for name in registry.names("studies") if name in blocks}
    known = (*Globals.model_fields, "cohorts", *registry.names("studies"))
    general = validated(Globals, blocks, "", known)
    if general.private and general.private.resolve().is_relative_to(general.out.resolve()):
        raise CardioPriorError(f"config key `private`: {general.private} lies in {general.out}; wanted it elsewhere")
    if general.private and general.apply.identified:
        raise CardioPriorError("config key `apply.identified`: is true beside `private`; wanted names or pseudonyms")
    cohort_blocks = _with_command_line_cohort(cohort_blocks, general)
    recognised = {name: found for name, block in cohort_blocks.items() if (found := _recognised(name, block))}
    for name, found in recognised.items():
        cohort_blocks[name] = {**cohort_blocks[name], "adapter": found.adapter}
    cohorts = {name: _cohort(name, block, general) for name, block in cohort_blocks.items()}
    for name, settings in cohorts.items():
        _check_folders(name, settings, general)
    studies = {name: _study(name, block, cohorts) for name, block in study_blocks.items() if block is not None}
    for name in general.studies:
        if name not in studies:
            configured = ", ".join(sorted(studies)) or "none"
            raise CardioPriorError(
                f"config key `studies`: {_unknown(name, studies)}; wanted studies that have a block: {configured}"
            )
        for cohort in (*studies[name].cohorts, *registry.entry("studies", name).learns_from):
            if cohort not in cohorts:
                raise CardioPriorError(f"config key `cohorts.{cohort}`: is missing; {name} learns from this cohort")
            _check_root(cohort, cohorts[cohort])
        _check_followed(name, studies)
        _check_ratings(studies[name], general.out)
    if general.input and general.input.is_dir():
        _check_applied(general, studies)
    return Config(general, cohorts, studies, {name: found.why for name, found in recognised.items()})


def safe_name(path: Path) -> str:
    """The last part of a path as a name for files: letters, digits, dot, dash and underscore, `input` if none is."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", path.resolve().name).strip("._-") or "input"


def applied_cohort(path: Path) -> str:
    """The name of the cohort that a folder given as `input` becomes."""
    return f"{APPLIED_PREFIX}{safe_name(path)}"


def validated(model: type[BaseModel], block: Any, prefix: str, known: tuple[str, ...] = ()) -> Any:
    """`block` as an instance of `model`; errors become one sentence that names the full key."""
    try:
        return model.model_validate(_mapping(block, prefix))
    except ValidationError as error:
        sentences = [_sentence(item, model, prefix, known) for item in error.errors()]
        raise CardioPriorError("; ".join(sentences)) from None


def _sentence(item: Any, model: type[BaseModel], prefix: str, known: tuple[str, ...]) -> str:
    parts = [str(part) for part in item["loc"]]
    key = ".".join([prefix, *parts] if prefix else parts)
    if item["type"] == "extra_forbidden":
        names = known if len(parts) == 1 and known else _fields_at(model, parts[:-1])
        return f"config key `{key}`: {_unknown(parts[-1], names)}"
    if item["type"] == "missing":
        return f"config key `{key}`: is missing; wanted a value ({_type_at(model, parts)})"
    return f"config key `{key}`: found {item['input']!r}; wanted: {item['msg'][0].lower()}{item['msg'][1:]}"


def _fields_at(model: Any, path: list[str]) -> tuple[str, ...]:
    for part in path:
        if not (isinstance(model, type) and issubclass(model, BaseModel)) or part not in model.model_fields:
            return ()
        model = model.model_fields[part].annotation
        model = next((a for a in typing.get_args(model) if isinstance(a, type)), model)
    return tuple(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ()


def _type_at(model: Any, path: list[str]) -> str:
    fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    if len(path) == 1 and path[0] in fields:
        annotation = fields[path[0]].annotation
        return getattr(annotation, "__name__", str(annotation))
    return "see config.yaml"


def _unknown(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    hint = f"; did you mean `{close[0]}`?" if close else f"; known are: {', '.join(names)}" if names else ""
    return f"{name!r} is not known{hint}"


def _mapping(block: Any, key: str) -> dict[str, Any]:
    if not isinstance(block, Mapping):
        raise CardioPriorError(f"config key `{key}`: found {block!r}; wanted keys and values")
    return dict(block)


def _with_command_line_cohort(blocks: dict[str, Any], general: Globals) -> dict[str, Any]:
    """`--config cohort=NAME adapter=... root=DIR` adds a cohort, or says where one of that adapter is; `input=DIR` adds
    one of unlabelled studies.

    `acdc_root` sets the root of the cohort acdc.
    """
    if general.input and not general.input.exists():
        raise CardioPriorError(
            f"config key `input`: {general.input} does not exist; wanted a folder of studies (apply) or an image "
            "(upsample)"
        )
    if general.input and general.input.is_dir():
        blocks[applied_cohort(general.input)] = {"adapter": APPLIED_ADAPTER, "root": general.input}
    if general.acdc_root and isinstance(blocks.get("acdc"), Mapping):
        blocks["acdc"] = {**blocks["acdc"], "root": general.acdc_root}
    if general.cohort and (general.adapter or general.root):
        if not (general.adapter and general.root):
            raise CardioPriorError("config keys `cohort`, `adapter` and `root` go together: wanted all three")
        known = blocks.get(general.cohort)
        kept = known if isinstance(known, Mapping) and known.get("adapter") == general.adapter else {}
        blocks[general.cohort] = {**kept, "adapter": general.adapter, "root": general.root}
    elif general.cohort and general.cohort not in blocks:
        raise CardioPriorError(f"config key `cohort`: {_unknown(general.cohort, blocks)}")
    return blocks


def _cohort(name: str, block: Any, general: Globals) -> CohortSettings:
    prefix = f"cohorts.{name}"
    adapter = _mapping(block, prefix).get("adapter")
    if adapter not in registry.names("cohorts"):
        raise CardioPriorError(f"config key `{prefix}.adapter`: {_unknown(str(adapter), registry.names('cohorts'))}")
    cohort: CohortSettings = validated(registry.entry("cohorts", adapter).Settings, block, prefix)
    if name == general.cohort:
        _check_root(name, cohort)
    return cohort


def _check_folders(name: str, cohort: CohortSettings, general: Globals) -> None:
    """A cohort's name is a folder's, and neither results nor the private folder lie among its data."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise CardioPriorError(
            f"config key `cohorts`: {name!r} cannot be a folder's name; wanted letters, digits, dots, dashes and _"
        )
    for key, folder in (("out", general.out), ("private", general.private)):
        if cohort.root and folder and folder.resolve().is_relative_to(cohort.root.resolve()):
            raise CardioPriorError(
                f"config key `{key}`: {folder} lies in {cohort.root}, the data of {name}, which are only read; wanted "
                "another folder"
            )


def _recognised(name: str, block: Any) -> Recognised | None:
    """The adapter that a cohort's layout has, None if the adapter is named."""
    prefix = f"cohorts.{name}"
    if _mapping(block, prefix).get("adapter") != AUTO:
        return None
    root = block.get("root")
    if not root or not Path(root).is_dir():
        raise CardioPriorError(f"config key `{prefix}.root`: found {root}; wanted the folder whose layout to recognise")
    return recognise(Path(root))


def _check_root(name: str, cohort: CohortSettings) -> None:
    if registry.entry("cohorts", cohort.adapter).generated:
        return
    if cohort.root is None:
        raise CardioPriorError(
            f"config key `cohorts.{name}.root`: is not set; wanted the folder that holds the data set"
            + (" (for example --config acdc_root=DIR)" if name == "acdc" else "")
        )
    if not cohort.root.is_dir():
        raise CardioPriorError(f"config key `cohorts.{name}.root`: {cohort.root} is not a folder")


def _check_applied(general: Globals, studies: Mapping[str, StudySettings]) -> None:
    """The method that is applied segments, and its models are trained on a cohort of APPLIED_STUDY."""
    if general.apply.method not in registry.names("methods"):
        raise CardioPriorError(
            f"config key `apply.method`: {_unknown(general.apply.method, registry.names('methods'))}"
        )
    if not getattr(registry.entry("methods", general.apply.method), "gives_labels", False):
        raise CardioPriorError(
            f"config key `apply.method`: {general.apply.method} gives no labels at ED and ES; wanted a method of "
            f"{APPLIED_STUDY} that segments, such as ef_pspu_net"
        )
    wanted = studies[APPLIED_STUDY].cohorts if APPLIED_STUDY in studies else ()
    if not wanted:
        raise CardioPriorError(
            f"config key `{APPLIED_STUDY}`: has no block; its models are what `input` is measured by"
        )
    if general.apply.cohort and general.apply.cohort not in wanted:
        raise CardioPriorError(f"config key `apply.cohort`: {_unknown(general.apply.cohort, wanted)}")
    segmenting = registry.entry("methods", general.apply.method).trained_by
    known = studies[segmenting].cohorts if segmenting in studies else ()
    if (named := general.apply.segmentation_cohort) and named not in known:
        raise CardioPriorError(f"config key `apply.segmentation_cohort`: {_unknown(named, known)}")
    _check_followed(APPLIED_STUDY, studies)


def _check_followed(name: str, studies: Mapping[str, StudySettings]) -> None:
    """A study that follows others has no split and shares its cohorts with them; any other has a split."""
    study, split = registry.entry("studies", name), studies[name].split
    follows = study.follows
    if bool(follows) == bool(split):
        shares = "parts to deal subjects into" if study.cross_validated else "the shares of test subjects"
        wanted = f"null: {name} tests whom {', '.join(follows)} test" if follows else shares
        raise CardioPriorError(f"config key `{name}.split`: found {split!r}; wanted {wanted}")
    for other in follows:
        missing = set(studies[name].cohorts) - set(studies[other].cohorts if other in studies else ())
        if missing:
            raise CardioPriorError(
                f"config key `{name}.cohorts`: found {', '.join(sorted(missing))}; wanted cohorts of {other}, whose "
                "models it uses"
            )


def _check_ratings(study: StudySettings, out: Path) -> None:
    """Filled sheets are in a folder that is there, outside the run's: whose sheets are written anew."""
    if study.ratings is None:
        return
    key = f"config key `{study.name}.ratings`"
    if not registry.entry("studies", study.name).rated:
        raise CardioPriorError(f"{key}: found {study.ratings}; wanted none, as nobody rates images of {study.name}")
    if not study.ratings.is_dir():
        raise CardioPriorError(f"{key}: {study.ratings} is not a folder; wanted that of the filled sheets")
    if study.ratings.resolve().is_relative_to(out.resolve()):
        raise CardioPriorError(f"{key}: {study.ratings} lies in {out}, where empty sheets are written; wanted a copy")


def _conditions(tested: Iterable[tuple[str, str, str]], study: Any) -> dict[str, tuple[str, ...]]:
    """The test conditions of every method, in the study's order. tested: name, separator and condition."""
    named: dict[str, set[str]] = defaultdict(set)
    for method, separator, condition in tested:
        every = registry.entry("methods", method).conditions or study.conditions
        named[method] |= {condition} if separator else set(every)
    return {method: tuple(c for c in study.conditions if c in its) for method, its in named.items()}


def _study(name: str, raw: Any, cohorts: Mapping[str, CohortSettings]) -> StudySettings:
    block: StudyBlock = validated(StudyBlock, raw, name)
    study = registry.entry("studies", name)
    tested = [entry.partition(SEPARATOR) for entry in block.methods]
    for key, values, known in (
        ("cohorts", block.cohorts, cohorts),
        ("methods", [method for method, _, _ in tested], registry.names("methods")),
        ("methods", [condition for _, separator, condition in tested if separator], study.conditions),
        ("models", block.models, registry.names("models")),
    ):
        for value in values:
            if value not in known:
                raise CardioPriorError(f"config key `{name}.{key}`: {_unknown(value, known)}")
    preparation = registry.entry("preparations", study.preparation)
    split = CrossValidation if study.cross_validated else Split
    return StudySettings(
        name=name,
        cohorts=block.cohorts,
        split=None if block.split is None else validated(split, block.split, f"{name}.split"),
        preparation=validated(preparation.Settings, block.preparation, f"{name}.preparation"),
        models={
            model: validated(registry.entry("models", model).Settings, settings, f"{name}.models.{model}")
            for model, settings in block.models.items()
        },
        methods=tuple(dict.fromkeys(method for method, _, _ in tested)),
        conditions=_conditions(tested, study),
        ratings=block.ratings,
    )
