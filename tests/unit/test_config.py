"""The configuration is checked whole, before any job: each fault is a sentence that names the full key."""

from __future__ import annotations

import copy
import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from cardioprior import config
from cardioprior.config import load
from cardioprior.errors import CardioPriorError
from cardioprior.plan import Plan

DEFAULT = Path(__file__).parents[2] / "config.yaml"


def raw(**changes: Any) -> dict[str, Any]:
    """The embedded default with keys changed; `a__b=1` sets key b of block a."""
    block = copy.deepcopy(yaml.safe_load(DEFAULT.read_text(encoding="utf-8")))
    for path, value in changes.items():
        *parents, last = path.split("__")
        part = block
        for parent in parents:
            part = part[parent]
        part[last] = value
    return block


def sentence(**changes: Any) -> str:
    """What is wrong with the default so changed."""
    with pytest.raises(CardioPriorError) as caught:
        load(raw(**changes))
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("sed", "seed"),
        ("compute__presision", "precision"),
        ("thesis_segmentation__split__tests", "test"),
        ("thesis_segmentation__preparation__spacing", "spacing_mm"),
        ("thesis_segmentation__models__unet_3d__epoch", "epochs"),
        ("cohorts__phantom_clinical__frame", "frames"),
        ("thesis_segmentaton", "thesis_segmentation"),
    ],
)
def test_an_unknown_key_is_named_in_full_with_the_close_one(key: str, meant: str) -> None:
    found = sentence(**{key: 1})
    assert found.startswith(f"config key `{key.replace('__', '.')}`: ")
    assert found.endswith(f"is not known; did you mean `{meant}`?")


def test_a_key_like_no_other_is_answered_with_the_known_ones() -> None:
    assert re.fullmatch(
        r"config key `compute\.zzz`: 'zzz' is not known; known are: device, devices, precision, .*training_memory_mb",
        sentence(compute__zzz=1),
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shards", "many"),
        ("shards", 0),
        ("seed", -1),
        ("compute__device", "tpu"),
        ("thesis_segmentation__split__test", 1.5),
        ("thesis_segmentation__preparation__size", 60),
        ("thesis_frames__models__frame_detector__epochs", 2.5),
        ("cohorts__phantom_clinical__frames", [20, 16]),
    ],
)
def test_a_wrong_value_is_named_in_full_with_what_was_found_and_wanted(key: str, value: object) -> None:
    found = sentence(**{key: value})
    assert found.startswith(f"config key `{key.replace('__', '.')}`: found {value!r}; wanted: ")


def test_two_faults_are_told_at_once() -> None:
    found = sentence(compute__presision="bf16", compute__device="tpu")
    assert "`compute.presision`" in found and "`compute.device`" in found


@pytest.mark.parametrize("key", ["seed", "compute__device", "thesis_frames__models__frame_detector__width"])
def test_a_missing_key_is_named_in_full(key: str) -> None:
    block = raw()
    *parents, last = key.split("__")
    part = block
    for parent in parents:
        part = part[parent]
    del part[last]
    with pytest.raises(CardioPriorError, match=f"config key `{key.replace('__', '.')}`: is missing; wanted a value"):
        load(block)


def test_a_block_that_is_a_number_is_an_error_that_names_it() -> None:
    assert sentence(thesis_frames__preparation=3).startswith("config key `thesis_frames.preparation`: found 3")
    assert sentence(cohorts=3) == "config key `cohorts`: found 3; wanted keys and values"


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("thesis_frames__methods", ["frame_wce"], "frames_wce"),
        ("thesis_frames__cohorts", ["phantom_clinic"], "phantom_clinical"),
        ("thesis_frames__models__unet3d", {}, "unet_3d"),
        ("cohorts__phantom_clinical__adapter", "fantom", "phantom"),
    ],
)
def test_an_unknown_entry_is_answered_with_the_close_one(key: str, value: object, name: str) -> None:
    assert sentence(**{key: value}).endswith(f"is not known; did you mean `{name}`?")


def test_an_unknown_study_is_answered_with_the_configured_ones() -> None:
    found = sentence(studies=["thesis_segmentation", "thesis_frame"])
    assert found.startswith("config key `studies`: 'thesis_frame' is not known; did you mean `thesis_frames`?")
    assert found.endswith(
        "wanted studies that have a block: acnn_pathology, acnn_segmentation, acnn_stacks, acnn_superresolution, "
        "acnn_ultrasound, kspace, kspace_pathology, latent_optimisation, latent_optimisation_multiview, "
        "slice_interpolation, thesis_end_to_end, thesis_frames, thesis_segmentation, thesis_volume"
    )


def test_a_study_whose_block_is_nulled_cannot_run_and_is_not_missed_else() -> None:
    wanted = "acnn_pathology, acnn_segmentation, acnn_stacks, acnn_superresolution, acnn_ultrasound, kspace, kspace_p"
    assert f"wanted studies that have a block: {wanted}" in sentence(thesis_frames=None)
    loaded = load(raw(thesis_frames=None, studies=["thesis_segmentation"]))
    assert sorted(loaded.studies) == [
        "acnn_pathology",
        "acnn_segmentation",
        "acnn_stacks",
        "acnn_superresolution",
        "acnn_ultrasound",
        "kspace",
        "kspace_pathology",
        "latent_optimisation",
        "latent_optimisation_multiview",
        "slice_interpolation",
        "thesis_end_to_end",
        "thesis_segmentation",
        "thesis_volume",
    ]


def test_a_study_that_follows_others_has_no_split_and_shares_its_cohorts_with_them() -> None:
    split = raw()["thesis_frames"]["split"]
    found = sentence(thesis_end_to_end__split=split)
    assert found.startswith("config key `thesis_end_to_end.split`: ")
    assert found.endswith(
        "wanted null: thesis_end_to_end tests whom thesis_segmentation, thesis_volume, thesis_frames test"
    )
    assert sentence(thesis_frames__split=None).endswith("wanted the shares of test subjects")
    assert sentence(thesis_volume__cohorts=["phantom_cine"]) == (
        "config key `thesis_end_to_end.cohorts`: found phantom_clinical; wanted cohorts of thesis_volume, whose models "
        "it uses"
    )


def test_a_cross_validated_study_is_told_parts_and_draws_in_the_place_of_shares() -> None:
    split = load(raw()).studies["acnn_pathology"].split
    assert isinstance(split, config.CrossValidation) and split.groups == ("NOR", "DCM", "HCM")
    assert sentence(acnn_pathology__split__test=0.2).startswith("config key `acnn_pathology.split.test`: 'test' is not")
    assert sentence(acnn_pathology__split__parts=1).startswith("config key `acnn_pathology.split.parts`: found 1; want")
    assert sentence(acnn_pathology__split=None).endswith("found None; wanted parts to deal subjects into")
    assert sentence(thesis_volume__split__parts=5).startswith("config key `thesis_volume.split.parts`: 'parts' is not")


def test_a_method_may_be_tested_under_some_conditions_alone() -> None:
    methods = ["lo_nn", "lo@severe-motion", "lo@no-motion", "lo_sbi@normal-motion", "lo_sbi"]
    plan = Plan(load(raw(latent_optimisation__methods=methods)))
    settings = plan.settings("latent_optimisation")
    assert settings.methods == ("lo_nn", "lo", "lo_sbi")
    every = ("no-motion", "normal-motion", "severe-motion")
    assert settings.conditions == {"lo_nn": every, "lo": ("no-motion", "severe-motion"), "lo_sbi": every}
    assert plan.methods_under("latent_optimisation", "normal-motion") == ["lo_nn", "lo_sbi"]
    alone = Plan(load(raw(latent_optimisation__methods=methods, methods_per_job=1)))
    of_lo = alone.sources("latent_optimisation", "phantom_paired", "lo", 0)
    assert [Path(path).parent.name for path in of_lo] == ["no-motion", "severe-motion"]


def test_methods_share_jobs_in_their_order_and_one_alone_gives_its_job_its_name() -> None:
    methods = ["lo_nn", "lo_sbi", "lo@severe-motion"]
    study, cohort = "latent_optimisation", "phantom_paired"
    plan = Plan(load(raw(latent_optimisation__methods=methods, methods_per_job=2, shards=2)))
    assert plan.batches(study) == {"methods-0": ("lo_nn", "lo_sbi"), "lo": ("lo",)}
    assert [plan.batch_of(study, method) for method in plan.settings(study).methods] == ["methods-0", "methods-0", "lo"]
    assert plan.tested(study, "lo") == {"lo": ["severe-motion"]}
    folder = plan.out / "predictions" / study / cohort / "main"
    assert plan.predictions(study, cohort, "main") == [
        str(folder / batch / f"shard-{shard}.h5") for batch in ("methods-0", "lo") for shard in (0, 1)
    ]
    (pair,) = plan.pairs(study, cohort, "main", "lo_sbi", "no-motion", [1])
    assert pair[0] == folder / "methods-0" / "shard-1.h5" / "lo_sbi" / "no-motion"
    assert len(plan.sources(study, cohort, "methods-0", 0)) == 3
    shared = {ref.id for ref in plan.models_of_batch(study, cohort, "main", "lo")}
    assert shared == {ref.id for ref in plan.models_of_method(study, cohort, "main", "lo")}


def test_a_job_has_at_least_one_method() -> None:
    assert sentence(methods_per_job=0).startswith("config key `methods_per_job`: found 0")


def test_tables_say_what_is_to_be_known_of_a_cohort(tmp_path: Path) -> None:
    block = raw(latent_optimisation__cohorts=["hearts"], studies=["latent_optimisation"])
    block["cohorts"]["hearts"] = {"adapter": "mesa_lv", "root": str(tmp_path)}
    plan = Plan(load(block))
    assert plan.note("latent_optimisation").startswith("Of hearts: its hearts are 10-mode shapes, and the modes were")
    assert plan.note("thesis_frames") == plan.scale_note("thesis_frames")
    assert plan.judged_cohorts() == []


def test_a_condition_that_a_study_does_not_have_is_answered_with_the_close_one() -> None:
    found = sentence(latent_optimisation__methods=["lo@severe-motoin"])
    assert found == (
        "config key `latent_optimisation.methods`: 'severe-motoin' is not known; did you mean `severe-motion`?"
    )


def test_a_cohort_that_a_study_learns_from_must_be_there() -> None:
    cohorts = raw()["cohorts"]
    del cohorts["phantom_shapes"]
    found = sentence(cohorts=cohorts)
    assert found == "config key `cohorts.phantom_shapes`: is missing; acnn_pathology learns from this cohort"
    assert load(raw(cohorts=cohorts, studies=["thesis_frames"])).running


# --- cohorts and their folders


def with_acdc(**changes: Any) -> dict[str, Any]:
    block = raw(thesis_segmentation__cohorts=["acdc"], **{"studies": ["thesis_segmentation"], **changes})
    block["cohorts"]["acdc"] = {"adapter": "acdc", "root": None}
    return block


def test_a_root_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    with pytest.raises(CardioPriorError, match=rf"`cohorts\.acdc\.root`: {re.escape(str(missing))} is not a folder"):
        load(with_acdc(acdc_root=str(missing)))


def test_acdc_without_a_root_says_how_to_give_one() -> None:
    with pytest.raises(CardioPriorError, match=r"`cohorts\.acdc\.root`: is not set.*--config acdc_root=DIR"):
        load(with_acdc())


def test_acdc_root_is_the_root_of_the_cohort_acdc(tmp_path: Path) -> None:
    assert load(with_acdc(acdc_root=str(tmp_path))).cohorts["acdc"].root == tmp_path


def test_the_root_of_a_cohort_that_no_running_study_uses_does_not_matter(tmp_path: Path) -> None:
    block = with_acdc(studies=["thesis_frames"], acdc_root=str(tmp_path / "nowhere"))
    assert [study.name for study in load(block).running] == ["thesis_frames"]


def test_cohort_adapter_and_root_together_add_a_cohort(tmp_path: Path) -> None:
    loaded = load(raw(cohort="mine", adapter="siemens_overlays", root=str(tmp_path)))
    assert loaded.cohorts["mine"].root == tmp_path
    assert loaded.cohorts["mine"].adapter == "siemens_overlays"
    assert set(loaded.cohorts) >= {"mine", "phantom_clinical"}


def test_the_command_line_says_where_a_configured_cohort_is_and_keeps_what_else_is_said_of_it(tmp_path: Path) -> None:
    block = raw(cohort="hearts", adapter="mesa_lv", root=str(tmp_path))
    block["cohorts"]["hearts"] = {"adapter": "mesa_lv", "root": None, "subjects": 30}
    assert load(block).cohorts["hearts"].model_dump(include={"root", "subjects"}) == {"root": tmp_path, "subjects": 30}
    block["cohorts"]["hearts"] = {"adapter": "acdc", "root": None}
    assert load(block).cohorts["hearts"].adapter == "mesa_lv"


def test_a_cohort_named_by_a_number_is_text(tmp_path: Path) -> None:
    loaded = load(raw(cohort=7, adapter="dicom_cine", root=str(tmp_path)))
    assert loaded.globals.cohort == "7" and "7" in loaded.cohorts


def test_a_cohort_whose_key_is_a_number_is_found_by_it() -> None:
    block = raw(cohort=7, thesis_frames__cohorts=[7], studies=["thesis_frames"])
    block["cohorts"][7] = block["cohorts"]["phantom_clinical"]
    loaded = load(block)
    assert set(loaded.cohorts) >= {"7", "phantom_clinical"} and loaded.studies["thesis_frames"].cohorts == ("7",)


@pytest.mark.parametrize("given", [{"adapter": "dicom_cine"}, {"root": "."}])
def test_a_new_cohort_with_half_its_keys_is_an_error(given: dict[str, str]) -> None:
    assert sentence(cohort="mine", **given) == (
        "config keys `cohort`, `adapter` and `root` go together: wanted all three"
    )


def test_a_cohort_that_is_not_there_is_answered_with_the_close_one() -> None:
    assert sentence(cohort="phantom_clinica") == (
        "config key `cohort`: 'phantom_clinica' is not known; did you mean `phantom_clinical`?"
    )


def test_the_folder_of_a_cohort_of_the_command_line_is_checked(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    found = sentence(cohort="mine", adapter="dicom_cine", root=str(missing))
    assert found == f"config key `cohorts.mine.root`: {missing} is not a folder"


# --- new studies


@pytest.mark.parametrize("name", ["../up", "a/b", "my data", ".hidden", "ünï"])
def test_a_cohort_is_named_as_a_folder_can_be(name: str, tmp_path: Path) -> None:
    said = sentence(cohort=name, adapter="acdc", root=str(tmp_path))
    wanted = f"config key `cohorts`: {name!r} cannot be a folder's name; wanted letters, digits, dots, dashes and _"
    assert said == wanted == sentence(cohorts={**raw()["cohorts"], name: {"adapter": "acdc", "root": None}})


@pytest.mark.parametrize("key", ["out", "private"])
def test_results_and_the_private_folder_do_not_lie_among_the_data(key: str, tmp_path: Path) -> None:
    said = sentence(cohort="mine", adapter="acdc", root=str(tmp_path), **{key: str(tmp_path / "x")})
    assert said.startswith(
        f"config key `{key}`: {tmp_path}/x lies in {tmp_path}, the data of mine, which are only read"
    )


def test_data_may_lie_among_results(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    load(raw(cohort="mine", adapter="acdc", root=str(tmp_path / "raw"), out=str(tmp_path)))


def test_pseudonyms_and_names_in_dicom_objects_exclude_one_another(tmp_path: Path) -> None:
    block = {**raw()["apply"], "identified": True}
    said = sentence(private=str(tmp_path), apply=block)
    assert said == "config key `apply.identified`: is true beside `private`; wanted names or pseudonyms"


def test_a_folder_of_new_studies_is_a_cohort_named_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "ward 3 (new)"
    folder.mkdir()
    loaded = load(raw(input=str(folder)))
    assert loaded.applied == "applied_ward_3_new"
    assert loaded.cohorts["applied_ward_3_new"].root == folder
    assert loaded.cohorts["applied_ward_3_new"].adapter == "unlabelled"
    assert load(raw()).applied is None


def test_new_studies_are_measured_by_models_of_the_first_cohort_or_of_the_one_named(tmp_path: Path) -> None:
    assert load(raw(input=str(tmp_path))).applied_models == "phantom_clinical"
    assert load(raw(input=str(tmp_path), apply__cohort="phantom_clinical")).applied_models == "phantom_clinical"
    assert sentence(input=str(tmp_path), apply__cohort="phantom_clinic").startswith(
        "config key `apply.cohort`: 'phantom_clinic' is not known; did you mean `phantom_clinical`?"
    )


def test_the_network_that_segments_new_studies_may_be_of_another_cohort(tmp_path: Path) -> None:
    both = ["phantom_clinical", "phantom_cine"]
    loaded = load(
        raw(
            input=str(tmp_path),
            thesis_segmentation__cohorts=both,
            apply__segmentation_cohort="phantom_cine",
        )
    )
    refs = {ref.study: ref.cohort for ref in Plan(loaded).applied_models()}
    assert refs == {"thesis_segmentation": "phantom_cine", "thesis_frames": "phantom_clinical"}
    assert Plan(loaded).applied_cohorts() == both[::-1]
    assert sentence(input=str(tmp_path), apply__segmentation_cohort="phantom_clinic").startswith(
        "config key `apply.segmentation_cohort`: 'phantom_clinic' is not known; did you mean `phantom_clinical`?"
    )


def test_a_folder_of_new_studies_must_be_there(tmp_path: Path) -> None:
    found = sentence(input=str(tmp_path / "nowhere"))
    assert found.startswith(f"config key `input`: {tmp_path / 'nowhere'} does not exist; wanted a folder of studies")


@pytest.mark.parametrize("method", ["ef_volume_regressor", "frames_wce"])
def test_a_method_without_labels_measures_no_new_studies(tmp_path: Path, method: str) -> None:
    found = sentence(input=str(tmp_path), apply__method=method)
    assert found.startswith(f"config key `apply.method`: {method} gives no labels at ED and ES; wanted a method of")


def test_an_unknown_method_for_new_studies_is_answered_with_the_close_one(tmp_path: Path) -> None:
    assert sentence(input=str(tmp_path), apply__method="ef_pspu").endswith("did you mean `ef_pspu_net`?")


def test_without_the_study_whose_models_are_used_nothing_is_measured(tmp_path: Path) -> None:
    found = sentence(input=str(tmp_path), thesis_end_to_end=None, studies=["thesis_frames"])
    assert found == "config key `thesis_end_to_end`: has no block; its models are what `input` is measured by"


# --- what is loaded


def test_values_that_arrive_as_text_become_what_they_mean() -> None:
    loaded = load(raw(seed="5", shards="3", strict="true", thesis_segmentation__split__test="0.5"))
    assert (loaded.globals.seed, loaded.globals.shards, loaded.globals.strict) == (5, 3, True)
    assert loaded.studies["thesis_segmentation"].split.test == 0.5


def test_nothing_loaded_can_be_changed() -> None:
    loaded = load(raw())
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.globals = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.running[0].name = "other"
    study = loaded.studies["thesis_segmentation"]
    for block, key in (
        (loaded.globals, "seed"),
        (loaded.globals.compute, "device"),
        (study.split, "test"),
        (study.preparation, "size"),
        (study.models["unet_3d"], "epochs"),
        (loaded.cohorts["phantom_clinical"], "subjects_per_group"),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(block, key, 1)


def test_loading_leaves_what_it_was_given_alone(tmp_path: Path) -> None:
    given = with_acdc(acdc_root=str(tmp_path), cohort="mine", adapter="dicom_cine", root=str(tmp_path))
    before = copy.deepcopy(given)
    load(given)
    assert given == before


def test_every_key_of_the_default_is_read_and_none_has_a_default_in_code_too() -> None:
    commands = {"cohort", "adapter", "root", "input", "spacing_mm", "run_a", "run_b", "acdc_root"}
    defaults = {name for name, field in config.Globals.model_fields.items() if not field.is_required()}
    assert defaults == commands
    assert set(config.Globals.model_fields) - commands <= set(raw())


def test_an_image_as_input_adds_no_cohort_and_names_the_upsampled_file(tmp_path: Path) -> None:
    image = tmp_path / "my heart.nii.gz"
    image.touch()
    loaded = load(raw(input=str(image), spacing_mm="2.5"))
    assert loaded.applied is None
    assert Plan(loaded).upsampled() == "results/upsampled/my_heart_2.5mm.nii.gz"
    for left_out in ({"input": str(image)}, {"spacing_mm": 2}, {"input": str(tmp_path), "spacing_mm": 2}):
        with pytest.raises(CardioPriorError, match="wanted a NIfTI image and mm between slices"):
            Plan(load(raw(**left_out))).upsampled()
    assert "spacing_mm" in sentence(input=str(image), spacing_mm=0)


# --- rating sheets


def test_filled_sheets_are_those_of_raters_in_the_cohorts_folder(tmp_path: Path) -> None:
    (tmp_path / "phantom_paired").mkdir()
    plan = Plan(load(raw(acnn_superresolution__ratings=str(tmp_path))))
    assert plan.filled_sheets("acnn_superresolution", "phantom_paired") == []
    sheet = tmp_path / "phantom_paired" / "rater2.csv"
    sheet.touch()
    assert plan.filled_sheets("acnn_superresolution", "phantom_paired") == [str(sheet)]
    (other := sheet.with_name("rater_2.csv")).touch()
    with pytest.raises(CardioPriorError, match=f"{re.escape(str(other))}: .*; wanted rater1.csv or rater2.csv"):
        plan.filled_sheets("acnn_superresolution", "phantom_paired")
    assert Plan(load(raw())).filled_sheets("acnn_superresolution", "phantom_paired") == []


def test_filled_sheets_lie_in_a_folder_that_is_there_and_that_no_run_writes_to(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert sentence(acnn_superresolution__ratings=str(missing)) == (
        f"config key `acnn_superresolution.ratings`: {missing} is not a folder; wanted that of the filled sheets"
    )
    inside = tmp_path / "run" / "ratings"
    inside.mkdir(parents=True)
    found = sentence(out=str(tmp_path / "run"), acnn_superresolution__ratings=str(inside))
    assert found.startswith(f"config key `acnn_superresolution.ratings`: {inside} lies in {tmp_path / 'run'}, where ")


def test_nobody_rates_a_segmentation(tmp_path: Path) -> None:
    found = sentence(acnn_segmentation__ratings=str(tmp_path))
    assert found.endswith("wanted none, as nobody rates images of acnn_segmentation")
