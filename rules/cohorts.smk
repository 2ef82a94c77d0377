# Raw data to canonical NIfTI, subjects.tsv and qc.tsv.


rule phantom:
    output:
        "{out}/raw/{cohort}/shard-{shard}.json",
    log:
        "{out}/logs/phantom/{cohort}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=plan.code_param("phantom"),
        settings=lambda w: plan.cohort_text(w.cohort),
        shards=len(plan.shards),
    script:
        "../workflow_scripts/phantom.py"


rule find:
    input:
        lambda w: plan.raw_manifests(w.cohort),
    output:
        "{out}/cohorts/{cohort}/found.tsv",
    log:
        "{out}/logs/find/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=plan.code_param("find"),
        settings=lambda w: plan.cohort_text(w.cohort),
        shards=len(plan.shards),
    script:
        "../workflow_scripts/find.py"


rule convert:
    input:
        found="{out}/cohorts/{cohort}/found.tsv",
    output:
        "{out}/nifti/{cohort}/shard-{shard}.json",
    log:
        "{out}/logs/convert/{cohort}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        code=plan.code_param("convert"),
    script:
        "../workflow_scripts/convert.py"


rule onboard_cohort:
    input:
        manifests=lambda w: plan.nifti_manifests(w.cohort),
    output:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        qc="{out}/cohorts/{cohort}/qc.tsv",
    log:
        "{out}/logs/onboard/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=plan.code_param("onboard"),
        strict=plan.config.globals.strict,
    script:
        "../workflow_scripts/onboard.py"


rule onboard_page:
    input:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        qc="{out}/cohorts/{cohort}/qc.tsv",
        manifests=lambda w: plan.nifti_manifests(w.cohort),
        template=SCRIPTS / "cardioprior" / "onboarding" / "page.html.j2",
    output:
        "{out}/cohorts/{cohort}/index.html",
    log:
        "{out}/logs/onboard_page/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=plan.code_param("onboard_page"),
        settings=lambda w: plan.cohort_text(w.cohort),
    script:
        "../workflow_scripts/onboard_page.py"


# A job of its own: one that fails loses its outputs, and qc.tsv and the page must stay where no subject can be used.
rule onboard_entry:
    input:
        qc="{out}/cohorts/{cohort}/qc.tsv",
        page="{out}/cohorts/{cohort}/index.html",
    output:
        "{out}/cohorts/{cohort}/cohort.yaml",
    log:
        "{out}/logs/onboard_entry/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("onboard_entry"),
        settings=lambda w: plan.cohort_text(w.cohort),
    script:
        "../workflow_scripts/onboard_entry.py"
