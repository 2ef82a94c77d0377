"""What a model is: a trained artefact that methods use.

A file here exports `Model`. `ModelRef` says which one of them: trained by which study, on which cohort and fold, and
under which condition (a degradation level, a loss, a number of lines). Models may depend on other models, of other
studies too; each dependency is an edge of the workflow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import nn

    from cardioprior.training.phase import Phase
    from cardioprior.training.setting import Setting

SEPARATOR = "@"


@dataclass(frozen=True)
class ModelRef:
    """Names one trained artefact; `name` is the file in models/."""

    name: str
    study: str
    cohort: str
    fold: str
    condition: str = ""

    @property
    def id(self) -> str:
        """The model's name with its condition, as in paths: `edsr@severe`."""
        return f"{self.name}{SEPARATOR}{self.condition}" if self.condition else self.name

    @property
    def path(self) -> Path:
        """Its file, below the run's folder."""
        return Path("models", self.study, self.cohort, self.fold, self.id, "model.pt")

    def sibling(self, name: str, condition: str = "") -> ModelRef:
        """Another model of the same study, cohort and fold."""
        return replace(self, name=name, condition=condition)

    @classmethod
    def parse(cls, study: str, cohort: str, fold: str, model_id: str) -> ModelRef:
        """The reverse of `id`."""
        name, _, condition = model_id.partition(SEPARATOR)
        return cls(name, study, cohort, fold, condition)


class ModelSettings(BaseModel):
    """Settings of a model: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainingSettings(ModelSettings):
    """What every model trained by gradient is told. The papers' figures stand in configs/paper.yaml.

    schedule: of the learning rate, see training/schedules.py.
    """

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    schedule: Literal["constant", "cosine", "staircase"]


class ModelBase(ABC):
    """Common to models that are trained by gradient and models that are fitted."""

    Settings: ClassVar[type[ModelSettings]]
    #: the paper's values of settings; a table's caption names those that a run does not share
    published: ClassVar[Mapping[str, float | str]] = {}
    #: prepared arrays that training reads; None for all
    arrays: tuple[str, ...] | None = None
    #: whether it can take them from disk, a batch at a time, where there are more than fit into memory
    streams: ClassVar[bool] = False

    def __init__(self, settings: Any, ref: ModelRef) -> None:
        self.settings = settings
        self.ref = ref

    @classmethod
    def depends_on(cls, ref: ModelRef) -> tuple[ModelRef, ...]:
        """The models that must be trained before this one."""
        return ()


class GradientModel(ModelBase):
    """A model of one or more networks, trained in one or more phases."""

    @abstractmethod
    def blueprint(self, setting: Setting) -> dict[str, Any]:
        """What `build` needs to make the networks again, as JSON values; saved beside the weights."""

    @staticmethod
    @abstractmethod
    def build(blueprint: Mapping[str, Any]) -> dict[str, nn.Module]:
        """The networks by name, freshly initialised."""

    @abstractmethod
    def phases(self, networks: dict[str, nn.Module], setting: Setting) -> Sequence[Phase]:
        """The phases of training, in order. They share the networks."""


class FittedModel(ModelBase):
    """A model that is fitted in one call: statistics, PCA, trees."""

    @abstractmethod
    def fit(self, setting: Setting) -> dict[str, Any]:
        """What was learnt, as arrays and JSON values by name."""
