"""From a folder of cardiac images to the regenerated tables of five papers; README.md says how to run it."""


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/cohorts.smk"
include: "rules/prepare.smk"
include: "rules/degrade.smk"
include: "rules/train.smk"
include: "rules/evaluate.smk"
include: "rules/ratings.smk"
include: "rules/tables.smk"
include: "rules/report.smk"
include: "rules/apply.smk"
include: "rules/upsample.smk"
include: "rules/compare.smk"


rule all:
    default_target: True
    input:
        plan.table_files(),
        plan.claims_file(),
        f"{plan.out}/report/index.html",


rule onboard:
    input:
        plan.onboarding_files(),


rule tables:
    input:
        plan.table_files(),


rule all_claims:
    input:
        plan.claims_file(),


rule figures:
    input:
        plan.figure_files(),


rule report:
    input:
        f"{plan.out}/report/index.html",


rule upsample:
    input:
        lambda w: plan.upsampled(),


rule compare:
    input:
        lambda w: plan.compared(),


rule apply:
    input:
        lambda w: plan.applied_target(),


onstart:
    try:
        begin(plan.out, config, workflow.cores if workflow.local_exec else None)
    except CardioPriorError as error:
        raise WorkflowError(str(error)) from None
    # In a container or an environment of its own, a job cannot be a fork of a process out here.
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        fork_server.start(plan.out / ".run" / "fork-server.log")


onsuccess:
    runs = (plan.config.globals.run_a, plan.config.globals.run_b)
    if all(run and run.is_dir() for run in runs) and Path(plan.compared()).is_file():
        print(f"The comparison is {Path(plan.compared()).resolve()}")
    report = (plan.out / "report" / "index.html").resolve()
    if report.is_file():
        print(f"The report is {report}")
    block = plan.out / "cohorts" / str(plan.config.globals.cohort) / "cohort.yaml"
    if plan.config.globals.cohort and block.is_file():
        print(
            f"The page of the cohort is {block.with_name('index.html').resolve()}; its entry:"
        )
        print(block.read_text())
    measurements = plan.applied_folder() / "measurements.csv" if plan.config.applied else None
    if measurements and measurements.is_file():
        print(f"The measurements are in {measurements.resolve()}")
