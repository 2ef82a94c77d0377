# Who is trained on, and the arrays that a study's models see.


rule split:
    input:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/splits/{study}/{cohort}.tsv",
    params:
        code=code("split"),
        settings=study_settings("split"),
        seed=plan.config.globals.seed,
    log:
        "{out}/logs/split/{study}/{cohort}.log",
    benchmark:
        "{out}/benchmarks/split/{study}/{cohort}.tsv"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/split.py"


rule prepare:
    input:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        manifest="{out}/nifti/{cohort}/shard-{shard}.json",
    output:
        "{out}/prepared/{study}/{cohort}/shard-{shard}.h5",
    params:
        code=code("prepare"),
        settings=study_settings("preparation"),
    log:
        "{out}/logs/prepare/{study}/{cohort}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/prepare/{study}/{cohort}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/prepare.py"
