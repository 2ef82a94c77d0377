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
    log:
        "{out}/logs/predict/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/predict/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=plan.gpus(),
    params:
        code=plan.code_param("predict"),
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
    log:
        "{out}/logs/evaluate/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/evaluate/{study}/{cohort}/{fold}/{method}/{condition}/shard-{shard}.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=plan.code_param("evaluate"),
    script:
        "../workflow_scripts/evaluate.py"


rule evaluate_together:
    input:
        predictions=lambda w: [
            plan.prediction(w.study, w.cohort, w.fold, w.method, w.condition, shard)
            for shard in plan.shards
        ],
        records=lambda w: [
            plan.records(w.study, w.cohort, w.condition, shard) for shard in plan.shards
        ],
        manifests=lambda w: plan.nifti_manifests(w.cohort),
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{method}/{condition}/together.csv",
    log:
        "{out}/logs/evaluate_together/{study}/{cohort}/{fold}/{method}/{condition}.log",
    benchmark:
        "{out}/benchmarks/evaluate_together/{study}/{cohort}/{fold}/{method}/{condition}.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=plan.code_param("evaluate_together"),
    script:
        "../workflow_scripts/evaluate_together.py"


rule describe:
    input:
        lambda w: plan.descriptions(w.study, w.cohort, w.fold, w.method),
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{method}/models.csv",
    log:
        "{out}/logs/describe/{study}/{cohort}/{fold}/{method}.log",
    benchmark:
        "{out}/benchmarks/describe/{study}/{cohort}/{fold}/{method}.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("evaluate"),
    script:
        "../workflow_scripts/describe.py"
