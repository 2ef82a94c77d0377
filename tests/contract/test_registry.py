"""Every entry of every kind keeps its contract, reached as the workflow reaches it: through the registry."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from cardioprior import config, registry
from cardioprior.claims.contract import Claim
from cardioprior.cohorts.contract import Cohort, CohortSettings
from cardioprior.degradation.contract import entry_of
from cardioprior.errors import CardioPriorError
from cardioprior.figures.contract import LOGS, PREDICTIONS, FigureBase
from cardioprior.figures.contract import MODELS as STORED
from cardioprior.methods.contract import MethodBase
from cardioprior.metrics.rows import COLUMNS, NUMBER_COLUMNS
from cardioprior.models.contract import FittedModel, GradientModel, ModelBase, ModelRef
from cardioprior.plan import Plan
from cardioprior.preparations.contract import LONG_AXIS, LONG_AXIS_LABELS, PreparationBase
from cardioprior.protocols.contract import ProtocolBase
from cardioprior.store import Record
from cardioprior.studies.contract import StudyBase
from cardioprior.tables.contract import TableBase
from cardioprior.training.setting import Setting

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "pandas", "scipy", "SimpleITK", "nibabel", "pydicom", "sklearn", "skimage", "matplotlib")
BASES = {
    "cohorts": Cohort,
    "preparations": PreparationBase,
    "models": ModelBase,
    "methods": MethodBase,
    "protocols": ProtocolBase,
    "studies": StudyBase,
    "tables": TableBase,
    "figures": FigureBase,
}
ENTRIES = [(kind, name) for kind in registry.EXPORTS for name in registry.names(kind)]
COHORTS, MODELS, METHODS = (registry.names(kind) for kind in ("cohorts", "models", "methods"))
STUDIES, TABLES, FIGURES = (registry.names(kind) for kind in ("studies", "tables", "figures"))
OVERLAYS = sorted(path.name for path in (ROOT / "configs").glob("*.yaml"))


def merged(base: dict, overlay: dict) -> dict:
    """As Snakemake merges: dicts merge, all else replaces."""
    result = dict(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The embedded default with every study running."""
    return Plan(config.load({**read("config.yaml"), "studies": list(STUDIES)}))


# --- every entry


def test_each_kind_has_entries_and_no_other_files_pass_for_one() -> None:
    assert all(registry.names(kind) for kind in registry.EXPORTS)
    assert "render" not in registry.names("tables")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for _, name in ENTRIES)


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_an_entry_exports_what_its_kind_promises_with_a_docstring(kind: str, name: str) -> None:
    entry = registry.entry(kind, name)
    if kind == "claims":
        assert all(isinstance(claim, Claim) for claim in entry)
        assert (sys.modules[f"cardioprior.claims.{name}"].__doc__ or "").strip()
        return
    assert (entry.__doc__ or "").strip()
    assert entry.__module__ == f"cardioprior.{kind}.{name}"
    if kind in BASES:
        assert issubclass(entry, BASES[kind]) and not inspect.isabstract(entry)
    else:
        assert list(inspect.signature(entry).parameters) in (["record", "rng"], ["record", "rng", "level"])
    assert (sys.modules[entry.__module__].__doc__ or "").strip()


def test_an_unknown_entry_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(CardioPriorError, match=r"methods: there is no entry 'vnet'; known are: .*unet_3d"):
        registry.entry("methods", "vnet")


def test_reading_the_rules_and_importing_every_entry_loads_no_heavy_library() -> None:
    # geometry, nifti and their like import SimpleITK, nibabel ... inside functions, or every job would pay
    script = (
        "import sys; from cardioprior import config, plan, registry\n"
        f"for kind, name in {ENTRIES!r}: registry.entry(kind, name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert loaded_by(script) == "[]"


@pytest.mark.parametrize("stage", ["predict", "evaluate"])
def test_jobs_on_shards_do_not_load_what_reads_raw_and_canonical_files(stage: str) -> None:
    script = f"import sys, cardioprior.stages.{stage}; print([n for n in ('nibabel', 'pydicom') if n in sys.modules])"
    assert loaded_by(script) == "[]"


def loaded_by(script: str) -> str:
    """What a script prints in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


# --- cohorts


@pytest.mark.parametrize("name", COHORTS)
def test_a_cohorts_settings_know_no_further_key_and_cannot_be_changed(name: str) -> None:
    settings = registry.entry("cohorts", name).Settings
    assert issubclass(settings, CohortSettings)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        settings.model_validate({"adapter": name, "colour": "red"})
    with pytest.raises(ValidationError, match="frozen"):
        settings.model_construct(adapter=name).adapter = "other"


@pytest.mark.parametrize("name", [name for name in COHORTS if not registry.entry("cohorts", name).generated])
def test_an_empty_folder_is_an_error_that_names_it_and_the_layout_wanted(name: str, tmp_path: Path) -> None:
    adapter = registry.entry("cohorts", name)
    cohort = adapter(adapter.Settings(adapter=name, root=tmp_path), tmp_path, "mine", 0)
    with pytest.raises(CardioPriorError, match=rf"{re.escape(str(tmp_path))}.*wanted"):
        cohort.find()


# --- models


@pytest.mark.parametrize("name", MODELS)
def test_a_models_settings_are_frozen_and_its_published_figures_are_settings(name: str) -> None:
    model = registry.entry("models", name)
    assert issubclass(model, GradientModel | FittedModel)
    assert model.Settings.model_config["frozen"] and model.Settings.model_config["extra"] == "forbid"
    assert set(model.published) <= set(model.Settings.model_fields)


def refs_of(plan: Plan) -> list[ModelRef]:
    """Every model that any method of any study needs under any condition, with those that these depend on."""
    waiting, found = [], {}
    for study in plan.config.running:
        for cohort in study.cohorts:
            for method in study.methods:
                for condition in plan.conditions(study.name, method):
                    waiting += plan.models(study.name, cohort, "main", method, condition)
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found[ref] = plan.dependencies(ref)
            waiting += found[ref]
    return list(found)


def test_every_model_that_a_method_names_exists_and_has_its_settings(plan: Plan) -> None:
    refs = refs_of(plan)
    assert refs
    for ref in refs:
        assert ref.name in MODELS
        assert ref.name in plan.settings(ref.study).models, f"config.yaml: {ref.study}.models lacks {ref.name}"
        assert ModelRef.parse(ref.study, ref.cohort, ref.fold, ref.id) == ref


def test_no_model_depends_on_itself_by_any_way(plan: Plan) -> None:
    def check(ref: ModelRef, way: tuple[ModelRef, ...]) -> None:
        assert ref not in way, f"{[r.id for r in way]} leads back to {ref.id}"
        for needed in plan.dependencies(ref):
            check(needed, (*way, ref))

    for ref in refs_of(plan):
        check(ref, ())


def small_setting() -> Setting:
    """One subject with an array of every name that a model may read its sizes from."""
    import torch

    zeros, cube = np.zeros((8, 32, 32), np.float32), np.zeros((48, 48, 48), np.float32)
    arrays = {"cine": zeros, "image_ED": zeros, "labels_ED": zeros, "phases": np.array([3, 0])}
    arrays |= {"image": np.zeros((12, 48, 48), np.float32), "image_hr": cube, "labels": cube.astype(np.uint8)}
    arrays |= {f"shape_{phase}": cube.astype(np.uint8) for phase in ("ED", "ES")}
    arrays |= {"cines": np.zeros((3, 4, 16, 16), np.float16), "cine_labels": np.zeros((3, 4, 16, 16), np.uint8)}
    arrays |= {LONG_AXIS: zeros[:1], LONG_AXIS_LABELS: np.zeros((1, 32, 32), np.uint8)}
    records = (Record("a", arrays, {"pixel_mm": 2.0, "masks": {"reconstructed": [10]}}),)
    return Setting(records, (), {}, torch.device("cpu"), 0, ("a",), {"a": (0,)})


def small(plan: Plan, ref: ModelRef) -> ModelBase:
    """A model with few channels."""
    settings = plan.settings(ref.study).models[ref.name]
    if "width" in type(settings).model_fields and settings.width > 4:
        settings = settings.model_copy(update={"width": 4})
    return registry.entry("models", ref.name)(settings, ref)


def build_dependencies(plan: Plan, ref: ModelRef, setting: Setting) -> None:
    """What one model asks of another here is how its networks were built."""
    from cardioprior.inference.stored import Stored

    for needed in plan.dependencies(ref):
        build_dependencies(plan, needed, setting)
        other = small(plan, needed)
        if isinstance(other, GradientModel):
            about = other.blueprint(setting)
            setting.dependencies[needed.id] = Stored(other.build(about), {}, about)


@pytest.mark.parametrize("name", [n for n in MODELS if issubclass(registry.entry("models", n), GradientModel)])
def test_a_blueprint_survives_json_and_builds_networks_that_take_the_saved_weights(name: str, plan: Plan) -> None:
    import torch

    ref = next(ref for ref in refs_of(plan) if ref.name == name)
    setting = small_setting()
    model = small(plan, ref)
    build_dependencies(plan, ref, setting)

    blueprint = json.loads(json.dumps(model.blueprint(setting)))
    assert blueprint == model.blueprint(setting)
    trained, empty = model.build(blueprint), model.build(blueprint)
    assert trained.keys() == empty.keys() and trained
    for key, network in trained.items():
        empty[key].load_state_dict(network.state_dict())
        for tensor, copy in zip(network.state_dict().values(), empty[key].state_dict().values(), strict=True):
            assert torch.equal(tensor, copy)


# --- methods, studies, tables


def test_printed_names_of_a_studys_methods_are_there_and_differ(plan: Plan) -> None:
    for study in plan.config.running:
        titles = [registry.entry("methods", name).title for name in study.methods]
        assert all(title.strip() for title in titles)
        assert len(set(titles)) == len(titles)


def test_a_methods_test_conditions_are_its_studys(plan: Plan) -> None:
    for study in plan.config.running:
        known = set(plan.study(study.name).conditions)
        for name in study.methods:
            assert set(registry.entry("methods", name).conditions or known) <= known
            assert plan.conditions(study.name, name)
        assert set(plan.protocol(study.name).together) <= known


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_names_parts_that_exist(name: str) -> None:
    study = registry.entry("studies", name)
    assert study.title and name.startswith(study.paper)
    assert study.preparation in registry.names("preparations")
    assert study.protocol in registry.names("protocols")
    assert study.conditions
    assert {entry_of(degradation) for degradation in study.conditions.values() if degradation} <= set(
        registry.names("degradation")
    )
    assert study.folds(2) == ("main", "fold-0", "fold-1")
    for table in study.tables:
        assert registry.entry("tables", table).study == name
    for figure in study.figures:
        assert registry.entry("figures", figure).study == name
    assert set(study.follows) <= set(STUDIES) - {name}
    assert study.rated in ("", *study.conditions)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_named_as_its_file_has_a_caption_and_belongs_to_a_study(name: str) -> None:
    table = registry.entry("tables", name)
    assert table.name == name
    assert table.caption.strip().endswith(".")
    assert name in registry.entry("studies", table.study).tables


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_named_as_its_file_has_a_caption_and_belongs_to_a_study(name: str, plan: Plan) -> None:
    figure = registry.entry("figures", name)
    assert figure.name == name
    assert figure.caption.strip().endswith(".")
    assert name in registry.entry("studies", figure.study).figures
    assert figure.reads <= {LOGS, PREDICTIONS, STORED}
    sources = plan.figure_sources(name)
    assert sources["metrics"]
    assert bool(sources["logs"]) is (LOGS in figure.reads)
    assert bool(sources["predictions"]) is (PREDICTIONS in figure.reads)
    assert bool(sources["models"]) is (STORED in figure.reads)


@pytest.mark.parametrize("name", registry.names("preparations"))
def test_a_preparation_names_known_views_and_its_settings_are_frozen(name: str) -> None:
    from cardioprior.cohorts.contract import Role

    preparation = registry.entry("preparations", name)
    assert issubclass(preparation.Settings, BaseModel)
    assert preparation.Settings.model_config["frozen"] and preparation.Settings.model_config["extra"] == "forbid"
    assert set(preparation.roles) <= set(typing.get_args(Role))
    assert (
        preparation.lacks({"views": "", "phases": "", "frames": "1", "edv_ml": ""})
        == f"has no {preparation.roles[0]} view"
    )


# --- claims


CLAIMS = [(paper, claim) for paper in registry.names("claims") for claim in registry.entry("claims", paper)]


def test_each_of_the_papers_claims_is_there_once() -> None:
    assert sorted(claim.number for _, claim in CLAIMS) == list(range(1, 38))


@pytest.mark.parametrize(("paper", "claim"), CLAIMS, ids=[str(claim.number) for _, claim in CLAIMS])
def test_a_claim_names_its_study_and_parts_that_differ(paper: str, claim: Claim) -> None:
    import pandas as pd

    assert claim.study.startswith(paper) and claim.sentence.endswith(".")
    names = [part.what for part in claim.parts]
    assert names and len(set(names)) == len(names)
    nothing = pd.DataFrame({name: pd.Series(dtype=float if name in NUMBER_COLUMNS else str) for name in COLUMNS})
    assert all(part.check(nothing) is None for part in claim.parts)


# --- the configuration that ships


def test_the_embedded_default_runs_every_study_and_method(plan: Plan) -> None:
    alone = config.load(read("config.yaml"))
    assert sorted(alone.globals.studies) == sorted(STUDIES)
    assert {method for study in alone.running for method in study.methods} == set(METHODS)
    assert {model for study in alone.running for model in study.models} == {ref.name for ref in refs_of(plan)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_loads_and_names_known_entries_only(overlay: str, tmp_path: Path) -> None:
    raw = merged(merged(read("config.yaml"), read(f"configs/{overlay}")), {"acdc_root": str(tmp_path)})
    for cohort in raw["cohorts"].values():
        if "root" in cohort:  # to be given on the command line
            cohort["root"] = str(tmp_path)
    loaded = Plan(config.load(raw))
    assert loaded.config.running
    assert loaded.out != Path("results") and loaded.out.is_relative_to("results")
    for study in loaded.config.running:
        assert set(study.methods) <= set(METHODS)
    for ref in refs_of(loaded):
        assert ref.name in loaded.settings(ref.study).models


def test_no_two_overlays_write_to_one_folder() -> None:
    folders = [read(f"configs/{overlay}")["out"] for overlay in OVERLAYS]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("name", [n for n in MODELS if registry.entry("models", n).published])
def test_the_published_scale_is_the_papers_figures(name: str) -> None:
    loaded = config.load(merged(read("config.yaml"), read("configs/paper.yaml")))
    settings = next(study.models[name] for study in loaded.studies.values() if name in study.models)
    published = registry.entry("models", name).published
    assert {key: getattr(settings, key) for key in published} == dict(published)
