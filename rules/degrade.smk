# Test conditions made from prepared data, with fixed seeds.


rule degrade:
    input:
        prepared="{out}/prepared/{study}/{cohort}/shard-{shard}.h5",
        split="{out}/splits/{study}/{cohort}.tsv",
    output:
        "{out}/degraded/{study}/{cohort}/{condition}/shard-{shard}.h5",
    params:
        code=code("degrade"),
        seed=plan.config.globals.seed,
    log:
        "{out}/logs/degrade/{study}/{cohort}/{condition}/shard-{shard}.log",
    benchmark:
        "{out}/benchmarks/degrade/{study}/{cohort}/{condition}/shard-{shard}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        "../envs/cardioprior.yaml"
    script:
        "../workflow_scripts/degrade.py"
