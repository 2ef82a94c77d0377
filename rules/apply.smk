# New studies without labels: from files in any layout to ejection fraction, labels and pictures.


rule apply_shard:
    input:
        found=lambda w: plan.applied_found(),
        manifest=lambda w: plan.applied_manifest(w.shard),
        models=lambda w: [plan.model_path(ref) for ref in plan.applied_models()],
    output:
        "{out}/apply/{folder}/shard-{shard}.json",
    log:
        "{out}/logs/apply/{folder}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=plan.gpus(),
    params:
        code=plan.code_param("apply_shard"),
        settings=plan.applied_text(),
    script:
        "../workflow_scripts/apply.py"


rule measurements:
    input:
        lambda w: plan.applied_shards(),
    output:
        measurements="{out}/apply/{folder}/measurements.csv",
        qc="{out}/apply/{folder}/qc.tsv",
    log:
        "{out}/logs/apply/{folder}/measurements.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        code=plan.code_param("measurements"),
    script:
        "../workflow_scripts/measurements.py"


# A job of its own: one that fails loses its outputs, and qc.tsv must stay where no study can be measured.
rule conclude:
    input:
        measurements="{out}/apply/{folder}/measurements.csv",
        qc="{out}/apply/{folder}/qc.tsv",
        models=lambda w: [plan.model_path(ref) for ref in plan.applied_models()],
    output:
        "{out}/apply/{folder}/apply.json",
    log:
        "{out}/logs/apply/{folder}/conclude.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("conclude"),
    script:
        "../workflow_scripts/conclude.py"
