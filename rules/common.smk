# The configuration, checked before any job, and what every rule asks it.
import os
import re
import sys
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.exceptions import WorkflowError

from cardioprior import config as configuration
from cardioprior.errors import CardioPriorError
from cardioprior.plan import Plan
from cardioprior.registry import names

# Jobs find the library, end when this process is gone, and use one thread unless their rule says otherwise: two jobs
# of two threads each on two cores are many times slower than two of one.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(SCRIPTS), os.environ.get("PYTHONPATH")])
)
os.environ["CARDIOPRIOR_MAIN_PROCESS"] = str(os.getpid())
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

try:
    plan = Plan(configuration.load(config))
except CardioPriorError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    out=re.escape(str(plan.out)),
    cohort="[^/]+",
    study="|".join(names("studies")),
    fold="[^/]+",
    method="|".join(names("methods")),
    model="[^/]+",
    condition="[^/]+",
    table="|".join(names("tables")),
    shard=r"\d+",


def code(stage):
    """Param that reruns a rule's jobs when library code they use has changed."""
    return lambda wildcards: plan.code(
        stage, **{k: v for k, v in wildcards.items() if k != "out"}
    )


def study_settings(part):
    """Param that reruns a rule's jobs when the named part of their study's settings has changed."""
    return lambda wildcards: repr(getattr(plan.settings(wildcards.study), part))
