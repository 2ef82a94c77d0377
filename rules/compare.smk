# Two runs beside each other. Their files are no inputs: one of the runs may be this one, which must not be made for it.


rule compare_runs:
    input:
        assets=[SCRIPTS / "cardioprior" / "report" / name for name in COMPARISON_FILES],
    output:
        tables="{out}/compare/{pair}/tables.csv",
        claims="{out}/compare/{pair}/claims.csv",
        page="{out}/compare/{pair}/index.html",
    log:
        "{out}/logs/compare/{pair}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=plan.code_param("compare_runs"),
        runs=lambda w: plan.compared_text(),
    script:
        "../workflow_scripts/compare.py"
