"""Whether cross-validated classifiers name a subject's group from a number of lines of k-space."""

from typing import ClassVar

from cardioprior.protocols import diagnosis


class Protocol(diagnosis.Protocol):
    """As `diagnosis`; the number of lines is the condition."""

    together: ClassVar[tuple[str, ...]] = ()
    column: ClassVar[str] = "condition"
    structure: ClassVar[str] = ""
