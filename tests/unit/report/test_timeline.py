"""What became of the cores' time, on runs small enough to add up by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from cardioprior.report import timeline
from cardioprior.report.timeline import IDLE, IDLE_AT_THE_END, LOADING, STARTING, WAITING, WORK, Job, Timeline


def job(
    born: float, begun: float, ended: float, work: float = 0.0, loading: float = 0.0, rule: str = "train",
    peak: float = 300.0,
) -> Job:  # fmt: skip
    return Job(rule, "here", born, begun, ended, work, loading, peak)


#: two cores for 20 s: a start of 2 s; two jobs side by side until 12; one alone until 20
RUN = Timeline(
    100.0, 2, (job(102, 103, 112, work=6, loading=2), job(102, 104, 110, work=6), job(110, 111, 120, work=9)), 0
)


def test_core_seconds_are_accounted_for_to_the_last() -> None:
    found = timeline.spent(RUN)
    assert found == {
        WORK: 21, LOADING: 2,
        STARTING: 1 + 2 + 1,
        WAITING: (9 + 6 + 9) - 21 - 2,  # what the stages lasted, less what they and the libraries took
        IDLE: 2 * 2,  # before the first job
        IDLE_AT_THE_END: 8,  # from 112 on one job is left
    }  # fmt: skip
    assert sum(found.values()) == 2 * RUN.seconds == 40


def test_overhead_is_the_share_that_is_not_the_stages_own_work() -> None:
    assert timeline.overhead(RUN) == pytest.approx((2 * 20 - 21) / (2 * 20))


def test_a_run_whose_cores_were_never_all_busy_is_idle_at_its_end_alone() -> None:
    found = timeline.spent(Timeline(0.0, 2, (job(0, 0, 10, work=10),), 0))
    assert (found[IDLE], found[IDLE_AT_THE_END]) == (0, 10)


def test_jobs_side_by_side_have_lanes_of_their_own_and_the_next_takes_the_first_that_is_free() -> None:
    assert timeline.lanes(RUN.jobs) == [0, 1, 1]


def test_a_rules_row_has_its_jobs_together_and_its_greediest() -> None:
    jobs = (job(0, 1, 5, 3, peak=200), job(0, 2, 4, 1, rule="table"), job(5, 6, 12, 4, peak=700))
    assert timeline.by_rule(Timeline(0.0, 2, jobs, 0)) == {
        "train": {"jobs": 2, "work_cpu_s": 7, "longest_s": 7, "peak_mib": 700},
        "table": {"jobs": 1, "work_cpu_s": 1, "longest_s": 4, "peak_mib": 300},
    }


def write(folder: Path, name: str, *lines: dict) -> None:
    path = folder / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def line(run: str, target: str, born: float) -> dict:
    times = {"born": born, "begun": born + 1, "ended": born + 3}
    used = {"work_cpu_s": 1.5, "loading_cpu_s": 0.5, "peak_mib": 250.0}
    return {"run": run, "rule": "table", "target": target, "status": "done", "host": "here", **times, **used}


def test_a_timeline_is_of_the_last_run_and_counts_what_others_left(tmp_path: Path) -> None:
    write(tmp_path, "table/a.times.jsonl", line("first", "a.csv", 10), line("second", "a.csv", 110))
    write(tmp_path, "table/b.times.jsonl", line("first", "b.csv", 20))
    (tmp_path / "run.json").write_text(json.dumps({"run": "second", "began": 100.0, "cores": 2}))
    found = timeline.read(tmp_path / "logs", tmp_path / "run.json")
    assert found == Timeline(100.0, 2, (Job("table", "here", 110, 111, 113, 1.5, 0.5, 250.0),), earlier=1)
    assert found.seconds == 13


def test_without_lines_or_without_a_run_there_is_no_timeline(tmp_path: Path) -> None:
    assert timeline.read(tmp_path / "logs", tmp_path / "run.json") is None
    (tmp_path / "run.json").write_text(json.dumps({"run": "a", "began": 1.0, "cores": None}))
    assert timeline.read(tmp_path / "logs", tmp_path / "run.json") is None


@pytest.mark.parametrize("cores", [2, None])
def test_the_page_gets_a_picture_and_on_a_cluster_no_shares(cores: int | None) -> None:
    shown = timeline.shown(Timeline(RUN.began, cores, RUN.jobs, 0))
    assert shown["picture"].startswith("data:image/png;base64,") and (shown["overhead"] is None) == (cores is None)
    assert bool(shown["spent"]) == (cores is not None)
    drawn = Image.open(io.BytesIO(timeline.picture(RUN))).convert("RGB")
    assert len(drawn.getcolors(10**6)) > 10  # not a blank sheet
