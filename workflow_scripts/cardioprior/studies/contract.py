"""What a study is: a paper's experiment on one or more cohorts.

A file here exports `Study`, a subclass that only names things: the preparation (preparations/), the protocol that
scores predictions (protocols/), the tables and figures it fills and the conditions it tests under. Which methods run,
on which cohorts and at what size, is the study's block in the configuration.
"""

from __future__ import annotations

from typing import ClassVar


class StudyBase:
    """Names of a study's parts; see the module's text."""

    paper: ClassVar[str]
    title: ClassVar[str]
    preparation: ClassVar[str]
    protocol: ClassVar[str]
    tables: ClassVar[tuple[str, ...]]
    figures: ClassVar[tuple[str, ...]] = ()
    #: test condition -> the degradation that makes it from prepared data; "" is the prepared data itself
    conditions: ClassVar[dict[str, str]] = {"clean": ""}
    #: studies whose models this one uses; a study that follows others has no split of its own
    follows: ClassVar[tuple[str, ...]] = ()
    #: whether a study that follows others trains models besides, on whom all of them train
    trains: ClassVar[bool] = False
    #: the test condition whose images two people rate, "" for none; see stages/ratings.py
    rated: ClassVar[str] = ""
    #: cohorts, beside its own, that its models learn from and that it does not test
    learns_from: ClassVar[tuple[str, ...]] = ()
    #: whether every subject is tested, in parts and by models that learnt from the other parts, in the main split
    cross_validated: ClassVar[bool] = False
    #: what the main split and the folds are called in paths: main, fold-0, fold-1 ...
    main_fold: ClassVar[str] = "main"

    @classmethod
    def folds(cls, number: int) -> tuple[str, ...]:
        """The main split and `number` cross-validation folds."""
        return (cls.main_fold, *(f"fold-{fold}" for fold in range(number)))
