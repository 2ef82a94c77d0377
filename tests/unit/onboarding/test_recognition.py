"""`adapter: auto` names a layout by the files' names, says why, and says what it looked for where it knows none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cardioprior import config, registry
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding.recognition import recognise

LAYOUTS = {
    "acdc": ["training/patient001/Info.cfg", "training/patient001/patient001_frame01.nii.gz"],
    "bids": ["participants.tsv", "sub-01/anat/sub-01_cine.nii.gz"],
    "cetus": ["Patient1/Patient1_frame01.mhd", "Patient1/Patient1_ED_truth.vtk"],
    "dicom_cine": ["anna/series/1.dcm"],
    "kaggle_dsb2015": ["train/train/1/study/sax_5/IM-1.dcm", "train.csv"],
    "manifest": ["manifest.tsv", "sub-01/anat/sub-01_cine.nii.gz"],
    "mesa_lv": ["PCA_ED.mat", "PCA_ES.mat", "SurfaceFaces.mat", "clinical_index.csv"],
    "mnms": ["OpenDataset/Training/Labeled/A0S9V9/A0S9V9_sa.nii.gz", "info.csv"],
    "mnms2": ["MnM2/dataset/001/001_SA_ED.nii.gz", "MnM2/dataset_information.csv"],
    "siemens_overlays": ["anna/1.IMA"],
    "sunnybrook": ["SCD_IMAGES_01/SCD0000101/CINESAX_300/IM-0003-0001.dcm"],
    "ukbb": ["1234567_20209_2_0.zip"],
    "ukdh": ["s1/lvsa_SR_ED.nii.gz"],
    "unlabelled": ["1.dcm", "cine.nii.gz"],
}


def make(root: Path, names: list[str]) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize("adapter", sorted(LAYOUTS))
def test_a_layout_is_recognised_and_it_is_said_by_what(tmp_path: Path, adapter: str) -> None:
    found = recognise(make(tmp_path, LAYOUTS[adapter]))
    assert found.adapter == adapter
    assert found.why.startswith(f"{tmp_path} looks like {adapter}: it has ")
    assert any(name in found.why for name in LAYOUTS[adapter])


def test_every_adapter_but_the_phantom_can_be_recognised() -> None:
    named = {name for name in registry.names("cohorts") if registry.entry("cohorts", name).signs}
    assert named == set(LAYOUTS) == set(registry.names("cohorts")) - {"phantom"}


def test_an_unknown_layout_is_told_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CardioPriorError) as caught:
        recognise(make(tmp_path, ["a.txt", ".hidden/1.dcm"]))
    assert re.search(
        rf"{tmp_path}: has no layout that is known, among 1 names \(the first: a\.txt\)", str(caught.value)
    )
    assert all(f"{name}: " in str(caught.value) for name in LAYOUTS)
    assert "adapter=manifest" in str(caught.value)


def test_two_data_sets_in_one_folder_are_told_apart_by_the_user(tmp_path: Path) -> None:
    make(tmp_path, [*LAYOUTS["acdc"], *LAYOUTS["cetus"]])
    with pytest.raises(CardioPriorError, match=r"has the signs of acdc \(.*\); cetus \(.*\); wanted one data set"):
        recognise(tmp_path)


def test_the_configuration_names_the_adapter_that_was_recognised(tmp_path: Path) -> None:
    raw = yaml.safe_load((Path(__file__).parents[3] / "config.yaml").read_text(encoding="utf-8"))
    make(tmp_path, LAYOUTS["acdc"])
    loaded = config.load({**raw, "cohort": "mine", "adapter": "auto", "root": str(tmp_path)})
    assert loaded.cohorts["mine"].adapter == "acdc"
    with pytest.raises(CardioPriorError, match=r"config key `cohorts\.mine\.root`: found .*nowhere; wanted the folder"):
        config.load({**raw, "cohort": "mine", "adapter": "auto", "root": str(tmp_path / "nowhere")})
