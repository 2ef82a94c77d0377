# Predictions of test subjects, and what they are worth.


rule predict:
    input:
        records=lambda w: plan.records(w.study, w.cohort, w.condition, w.shard),
        split="{out}/splits/{study}/{cohort}.tsv",
        models=lambda w: [
            plan.model_path(ref)
            for ref in plan.models(w.study, w.cohort, w.fold, w.method, w.condition)
        ],
    output:
        "{out}/predictions/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.h5",
    params:
        code=code("predict"),
    log:
        "{out}/logs/predict/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/predict/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=plan.gpus(),
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/predict.py"


rule evaluate:
    input:
        predictions="{out}/predictions/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.h5",
        records=lambda w: plan.records(w.study, w.cohort, w.condition, w.shard),
        manifest="{out}/nifti/{cohort}/shard-{shard}.json",
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.csv",
    params:
        code=code("evaluate"),
    log:
        "{out}/logs/evaluate/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/evaluate/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/evaluate.py"


rule describe:
    input:
        lambda w: plan.descriptions(w.study, w.cohort, w.fold, w.method),
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{method}/models.csv",
    params:
        code=code("evaluate"),
    log:
        "{out}/logs/describe/{study}/{cohort}/{fold}/{method}.log",
    benchmark:
        "{out}/benchmarks/describe/{study}/{cohort}/{fold}/{method}.tsv"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/describe.py"
