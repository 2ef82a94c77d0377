"""The way to run Snakemake: how often its scheduler looks at its jobs."""

from __future__ import annotations

import threading

from workflow_scripts import run


class Scheduler:
    """As Snakemake's: a look is a release."""

    def __init__(self) -> None:
        self._open_jobs = threading.Semaphore(0)

    def _schedule_reevalutation(self, delay: float) -> None:
        raise AssertionError("must be replaced")


def test_a_hundred_finished_jobs_make_one_look_and_the_next_may_follow():
    class Ours(Scheduler):
        pass

    run._look_once_a_second(Ours)
    scheduler = Ours()
    for _ in range(2):
        for _ in range(100):
            scheduler._schedule_reevalutation(0.05)
        assert scheduler._open_jobs.acquire(timeout=5)
        assert not scheduler._open_jobs.acquire(timeout=0.2)


def test_snakemake_has_what_is_replaced():
    from snakemake.scheduling.job_scheduler import JobScheduler

    assert callable(JobScheduler._schedule_reevalutation)


def test_another_snakemake_without_it_is_left_alone():
    class Other:
        pass

    run._look_once_a_second(Other)
    assert not hasattr(Other, "_schedule_reevalutation")
