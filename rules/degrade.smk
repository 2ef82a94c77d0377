# Test conditions made from prepared data, with fixed seeds.


rule degrade:
    input:
        prepared="{out}/prepared/{study}/{cohort}/shard-{shard}.h5",
        split="{out}/splits/{study}/{cohort}.tsv",
    output:
        "{out}/degraded/{study}/{cohort}/{condition}/shard-{shard}.h5",
    log:
        "{out}/logs/degrade/{study}/{cohort}/{condition}/shard-{shard}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=plan.code_param("degrade"),
        seed=plan.config.globals.seed,
    script:
        "../workflow_scripts/degrade.py"
