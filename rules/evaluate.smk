# Predictions of test subjects, and what they are worth.


rule predict:
    input:
        records=lambda w: plan.sources(w.study, w.cohort, w.batch, w.shard),
        split="{out}/splits/{study}/{cohort}.tsv",
        models=lambda w: [
            plan.model_path(ref)
            for ref in plan.models_of_batch(w.study, w.cohort, w.fold, w.batch)
        ],
    output:
        "{out}/predictions/{study}/{cohort}/{fold}/{batch}/shard-{shard}.h5",
    log:
        "{out}/logs/predict/{study}/{cohort}/{fold}/{batch}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=plan.gpus(),
    params:
        code=plan.code_param("predict"),
        conditions=lambda w: plan.tested(w.study, w.batch),
    script:
        "../workflow_scripts/predict.py"


rule evaluate:
    input:
        predictions="{out}/predictions/{study}/{cohort}/{fold}/{batch}/shard-{shard}.h5",
        records=lambda w: plan.sources(w.study, w.cohort, w.batch, w.shard),
        manifests=["{out}/nifti/{cohort}/shard-{shard}.json"],
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{batch}/shard-{shard}.csv",
    log:
        "{out}/logs/evaluate/{study}/{cohort}/{fold}/{batch}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        code=plan.code_param("evaluate"),
        conditions=lambda w: plan.tested(w.study, w.batch),
        together=False,
    script:
        "../workflow_scripts/evaluate.py"


rule evaluate_together:
    input:
        predictions=lambda w: [
            plan.prediction(w.study, w.cohort, w.fold, w.batch, shard) for shard in plan.shards
        ],
        records=lambda w: [
            path
            for shard in plan.shards
            for path in plan.sources(w.study, w.cohort, w.batch, shard)
        ],
        manifests=lambda w: plan.nifti_manifests(w.cohort),
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/{batch}/together.csv",
    log:
        "{out}/logs/evaluate_together/{study}/{cohort}/{fold}/{batch}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        code=plan.code_param("evaluate_together"),
        conditions=lambda w: plan.tested_together(w.study, w.batch),
        together=True,
    script:
        "../workflow_scripts/evaluate.py"


rule describe:
    input:
        lambda w: [
            path
            for method in plan.settings(w.study).methods
            for path in plan.descriptions(w.study, w.cohort, w.fold, method)
        ],
    output:
        "{out}/metrics/{study}/{cohort}/{fold}/models.csv",
    log:
        "{out}/logs/describe/{study}/{cohort}/{fold}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("describe"),
        methods=lambda w: list(plan.settings(w.study).methods),
    script:
        "../workflow_scripts/describe.py"
