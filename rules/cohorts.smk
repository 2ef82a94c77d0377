# Raw data to canonical NIfTI, subjects.tsv and qc.tsv.


rule phantom:
    output:
        "{out}/raw/{cohort}/shard-{shard}.json",
    params:
        code=code("phantom"),
        settings=lambda w: plan.cohort_text(w.cohort),
        shards=len(plan.shards),
    log:
        "{out}/logs/phantom/{cohort}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/phantom/{cohort}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/phantom.py"


rule find:
    input:
        lambda w: plan.raw_manifests(w.cohort),
    output:
        "{out}/cohorts/{cohort}/found.tsv",
    params:
        code=code("find"),
        settings=lambda w: plan.cohort_text(w.cohort),
        shards=len(plan.shards),
    log:
        "{out}/logs/find/{cohort}.log",
    benchmark:
        "{out}/benchmarks/find/{cohort}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/find.py"


rule convert:
    input:
        found="{out}/cohorts/{cohort}/found.tsv",
    output:
        "{out}/nifti/{cohort}/shard-{shard}.json",
    params:
        code=code("convert"),
    log:
        "{out}/logs/convert/{cohort}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/convert/{cohort}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/convert.py"


rule onboard_cohort:
    input:
        manifests=lambda w: plan.nifti_manifests(w.cohort),
    output:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        qc="{out}/cohorts/{cohort}/qc.tsv",
    params:
        code=code("onboard"),
        strict=plan.config.globals.strict,
    log:
        "{out}/logs/onboard/{cohort}.log",
    benchmark:
        "{out}/benchmarks/onboard/{cohort}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/onboard.py"
