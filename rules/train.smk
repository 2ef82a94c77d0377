# One job a model. Checkpoints are no outputs: they would be deleted before a rerun.


rule train:
    input:
        prepared=lambda w: plan.prepared(w.study, w.cohort),
        split="{out}/splits/{study}/{cohort}.tsv",
        models=lambda w: plan.dependency_paths(w.study, w.cohort, w.fold, w.model),
    output:
        model="{out}/models/{study}/{cohort}/{fold}/{model}/model.pt",
        about="{out}/models/{study}/{cohort}/{fold}/{model}/model.json",
        log="{out}/models/{study}/{cohort}/{fold}/{model}/training_log.csv",
    log:
        "{out}/logs/train/{study}/{cohort}/{fold}/{model}.log",
    priority: 10
    conda:
        "../envs/cardioprior.yaml"
    threads: plan.config.globals.compute.devices
    resources:
        mem_mb=lambda w, attempt: attempt * plan.config.globals.compute.training_memory_mb,
        runtime=2880,
        gpu=plan.gpus() * plan.config.globals.compute.devices,
    params:
        code=plan.code_param("train"),
        settings=lambda w: plan.training_text(w.study, w.model),
    script:
        "../workflow_scripts/train.py"
