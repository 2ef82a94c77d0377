"""What a changed library file reruns: on a copy of the library, edited like a person would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cardioprior import config, digest
from cardioprior.plan import Plan

ROOT = Path(__file__).parents[2]
COHORT = "phantom_clinical"
SEGMENTATION = {"study": "thesis_segmentation", "cohort": COHORT, "fold": "main", "shard": "0"}
VOLUME = {"study": "thesis_volume", "cohort": COHORT, "fold": "main", "shard": "0"}
FRAMES = {"study": "thesis_frames", "cohort": COHORT, "fold": "main", "shard": "0"}


def jobs() -> dict[str, tuple[str, dict[str, str]]]:
    """One job of every kind there is in the default: rule and wildcards."""
    found = {rule: (rule, {"cohort": COHORT}) for rule in ("phantom", "find", "convert", "onboard")}
    found["report"] = ("report", {})
    for table in ("thesis_table_5_1", "thesis_table_5_2", "thesis_chapter_6", "thesis_table_7_1"):
        found[f"table {table}"] = ("table", {"table": table})
    for study, wildcards, models, methods in (
        ("segmentation", SEGMENTATION, ["unet_3d", "pspu_net"], ["unet_3d", "pspu_net"]),
        ("volume", VOLUME, ["volume_regressor"], ["volume_regressor"]),
        ("frames", FRAMES, ["frame_detector@wce", "mean_frame"], ["frames_wce", "frames_wdl", "frames_constant"]),
    ):
        found[f"split {study}"] = ("split", wildcards)
        found[f"prepare {study}"] = ("prepare", wildcards)
        for model in models:
            found[f"train {model}"] = ("train", {**wildcards, "model": model})
        for method in methods:
            for rule in ("predict", "evaluate"):
                found[f"{rule} {method}"] = (rule, {**wildcards, "batch": method})
    found["degrade"] = ("degrade", {**FRAMES, "condition": "delayed"})
    return found


JOBS = jobs()


class World:
    """A copy of the library, the digests of all jobs, and what an edit changes of them."""

    def __init__(self, library: Path) -> None:
        """Every method has jobs of its own."""
        self.library = library
        settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
        self.plan = Plan(config.load({**settings, "methods_per_job": 1}))

    def digests(self) -> dict[str, str]:
        return {name: self.plan.code(rule, **wildcards) for name, (rule, wildcards) in JOBS.items()}

    def changed_by(self, file: str, edit: Callable[[str], str]) -> set[str]:
        """The jobs whose digest an edit of a file changes; the file is as before afterwards."""
        path = self.library / file
        text = path.read_text(encoding="utf-8")
        edited = edit(text)
        assert edited != text
        before = self.digests()
        path.write_text(edited, encoding="utf-8")
        digest.syntax.cache_clear()
        after = self.digests()
        path.write_text(text, encoding="utf-8")
        digest.syntax.cache_clear()
        return {name for name in before if before[name] != after[name]}

    def rules_changed_by(self, file: str) -> set[str]:
        return {name.partition(" ")[0] for name in self.changed_by(file, with_constant)}


def with_constant(text: str) -> str:
    return text + "\nADDED = 1\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    library = tmp_path / "cardioprior"
    shutil.copytree(ROOT / "workflow_scripts" / "cardioprior", library, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    return World(library)


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> Callable[[], str]:
    """A package of the given modules; the digest of its module `a`."""
    folder = tmp_path / "cardioprior"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    digest.syntax.cache_clear()
    return lambda: digest.code("a")


# --- what counts as a change


def reword(text: str) -> str:
    """Other comments, docstring, blank lines and line breaks; the same code."""
    body = text.partition('"""\n')[2]
    return f'"""Other words."""\n# a remark\n\n\n{body}\n\n# the end\n'


@pytest.mark.parametrize(
    "file", ["metrics/surface.py", "networks/blocks.py", "training/loop.py", "plan/studies.py", "atomic.py"]
)
def test_comments_docstring_and_blank_lines_change_nothing(world: World, file: str) -> None:
    assert world.changed_by(file, reword) == set()


def test_the_docstring_of_a_function_and_its_layout_do_not_count_but_its_code_does(tmp_path, monkeypatch) -> None:
    code = package(tmp_path, monkeypatch, a='def f(x, y):\n    """Says."""\n    return x + y\n')
    first, path = code(), tmp_path / "cardioprior" / "a.py"
    for same in (
        "def f(x, y):\n    return x + y\n",
        'def f(x, y):\n    """Says\n\n    more."""\n\n    return (x +\n            y)  # why\n',
    ):
        path.write_text(same)
        digest.syntax.cache_clear()
        assert code() == first
    path.write_text('def f(x, y):\n    """Says."""\n    return x - y\n')
    digest.syntax.cache_clear()
    assert code() != first


def test_text_that_is_no_docstring_counts(tmp_path, monkeypatch) -> None:
    code = package(tmp_path, monkeypatch, a='"""Says."""\nNAME = "one"\n')
    first = code()
    (tmp_path / "cardioprior" / "a.py").write_text('"""Says."""\nNAME = "two"\n')
    digest.syntax.cache_clear()
    assert code() != first


# --- which modules count


@pytest.mark.parametrize(
    "importing",
    [
        "from cardioprior import b\n",
        "import cardioprior.b\n",
        "from cardioprior.b import VALUE\n",
        "def f():\n    from cardioprior.b import VALUE\n    return VALUE\n",
        "class A:\n    def f(self):\n        import cardioprior.b\n",
        "from cardioprior import c\n",
    ],
)
def test_an_import_at_any_depth_counts(tmp_path, monkeypatch, importing: str) -> None:
    code = package(tmp_path, monkeypatch, a=importing, b="VALUE = 1\n", c="from cardioprior import b\n")
    first = code()
    (tmp_path / "cardioprior" / "b.py").write_text("VALUE = 2\n")
    digest.syntax.cache_clear()
    assert code() != first


def test_a_module_that_is_not_imported_does_not_count(tmp_path, monkeypatch) -> None:
    code = package(tmp_path, monkeypatch, a="from cardioprior import b\n", b="VALUE = 1\n", other="VALUE = 1\n")
    first = code()
    (tmp_path / "cardioprior" / "other.py").write_text("VALUE = 2\n")
    digest.syntax.cache_clear()
    assert code() == first


def test_modules_that_import_each_other_have_a_digest(tmp_path, monkeypatch) -> None:
    code = package(tmp_path, monkeypatch, a="from cardioprior import b\n", b="from cardioprior import a\n")
    assert len(code()) == 16


def test_an_unknown_module_is_an_error(world: World) -> None:
    with pytest.raises(ValueError, match=r"cardioprior\.metrics\.nothing is not a module"):
        digest.code("metrics.nothing")


# --- what an edit reruns


def test_a_surface_metric_reruns_evaluation_and_nothing_before_it(world: World) -> None:
    changed = world.changed_by("metrics/surface.py", with_constant)
    assert changed == {"evaluate unet_3d", "evaluate pspu_net"}


def test_a_methods_file_reruns_its_own_prediction_and_evaluation_alone(world: World) -> None:
    changed = world.changed_by("methods/unet_3d.py", with_constant)
    assert changed == {"predict unet_3d", "evaluate unet_3d"}


def test_methods_that_share_a_job_share_its_digest(world: World) -> None:
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    plan = Plan(config.load({**settings, "methods_per_job": 3}))
    assert plan.batches("thesis_segmentation") == {"methods-0": ("unet_3d", "unet_3d_overlapping", "pspu_net")}
    of_batch = {rule: plan.code(rule, **SEGMENTATION, batch="methods-0") for rule in ("predict", "evaluate")}
    path = world.library / "methods" / "pspu_net.py"
    path.write_text(with_constant(path.read_text(encoding="utf-8")), encoding="utf-8")
    digest.syntax.cache_clear()
    assert all(plan.code(rule, **SEGMENTATION, batch="methods-0") != code for rule, code in of_batch.items())


def test_a_models_file_reruns_its_own_training_and_the_predictions_from_it(world: World) -> None:
    changed = world.changed_by("models/pspu_net.py", with_constant)
    assert changed == {"train pspu_net", "predict pspu_net"}


def test_shared_blocks_rerun_the_training_of_all_three_networks(world: World) -> None:
    changed = world.changed_by("networks/blocks.py", with_constant)
    assert {"train unet_3d", "train pspu_net", "train frame_detector@wce"} <= changed
    assert not {name for name in changed if name.partition(" ")[0] in ("phantom", "convert", "split", "prepare")}


def test_one_networks_file_leaves_the_others_alone(world: World) -> None:
    changed = world.changed_by("networks/frame_detector.py", with_constant)
    assert "train frame_detector@wce" in changed
    assert not changed & {"train unet_3d", "train pspu_net", "predict unet_3d", "train mean_frame"}


def test_a_table_file_reruns_that_table_alone(world: World) -> None:
    assert world.changed_by("tables/thesis_table_5_2.py", with_constant) == {"table thesis_table_5_2"}


def test_the_degradation_reruns_itself_alone(world: World) -> None:
    assert world.changed_by("degradation/cyclic_delay.py", with_constant) == {"degrade"}


def test_the_phantom_reruns_what_reads_or_makes_it(world: World) -> None:
    assert world.rules_changed_by("cohorts/phantom/signal.py") == {"phantom", "find", "convert"}


def test_another_cohorts_adapter_reruns_nothing(world: World) -> None:
    assert world.changed_by("cohorts/acdc.py", with_constant) == set()


def test_resampling_reruns_preparation_and_evaluation_and_no_phantom(world: World) -> None:
    changed = world.rules_changed_by("imaging/geometry.py")
    assert {"prepare", "predict"} <= changed
    assert not changed & {"phantom", "train", "table", "report"}


@pytest.mark.parametrize("file", ["plan/__init__.py", "plan/studies.py", "registry.py", "digest.py"])
def test_what_only_lists_the_jobs_reruns_none(world: World, file: str) -> None:
    assert world.changed_by(file, with_constant) == set()
