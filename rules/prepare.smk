# Who is trained on, and the arrays that a study's models see.


rule split:
    input:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        followed=lambda w: plan.followed_splits(w.study, w.cohort),
    output:
        "{out}/splits/{study}/{cohort}.tsv",
    log:
        "{out}/logs/split/{study}/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("split"),
        settings=plan.settings_param("split"),
        seed=plan.config.globals.seed,
    script:
        "../workflow_scripts/split.py"


rule prepare:
    input:
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
        manifest="{out}/nifti/{cohort}/shard-{shard}.json",
    output:
        "{out}/prepared/{study}/{cohort}/shard-{shard}.h5",
    log:
        "{out}/logs/prepare/{study}/{cohort}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        code=plan.code_param("prepare"),
        settings=plan.settings_param("preparation"),
    script:
        "../workflow_scripts/prepare.py"
