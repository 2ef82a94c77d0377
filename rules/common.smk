# The configuration, checked before any job, and what every rule asks it.
import re
import sys
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.exceptions import WorkflowError

import fork_server
from cardioprior import config as configuration
from cardioprior.errors import CardioPriorError
from cardioprior.metrics.opinion import RATERS
from cardioprior.plan import Plan
from cardioprior.registry import names
from cardioprior.report.pages import COMPARISON_FILES, PAGE_FILES
from job import prepare_environment
from run_folder import begin, frozen

prepare_environment(SCRIPTS)

try:
    if not workflow.is_main_process and (kept := frozen()) is not None:
        config.clear()
        config.update(kept)
    plan = Plan(configuration.load(config))
except CardioPriorError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    out=re.escape(str(plan.out)),
    cohort="[^/]+",
    study="|".join(names("studies")),
    fold="[^/]+",
    batch=r"methods-\d+|" + "|".join(names("methods")),
    model="[^/]+",
    condition="[^/]+",
    table="|".join(names("tables")),
    figure="|".join(names("figures")),
    shard=r"\d+",
    folder="[^/]+",
    image="[^/]+",
    pair="[^/]+",
