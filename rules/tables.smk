# The papers' tables from metrics rows alone, and figures.


rule table:
    input:
        lambda w: plan.metrics(plan.study_of_table(w.table)),
    output:
        multiext("{out}/tables/{table}", ".csv", ".md", ".tex", ".json"),
        report(
            "{out}/tables/{table}.html",
            caption="captions/table.rst",
            category=lambda w: plan.category(plan.study_of_table(w.table)),
            labels=lambda w: {"kind": "table", "name": w.table},
        ),
    log:
        "{out}/logs/table/{table}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=plan.code_param("table"),
        caption=lambda w: plan.caption("tables", w.table),
        note=lambda w: plan.scale_note(plan.study_of_table(w.table)),
    script:
        "../workflow_scripts/table.py"


rule claims:
    input:
        plan.all_metrics(),
    output:
        report(
            "{out}/claims.csv",
            caption="captions/claims.rst",
            category="Claims",
            labels={"kind": "claims", "name": "claims"},
        ),
    log:
        "{out}/logs/claims.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=plan.code_param("claims"),
    script:
        "../workflow_scripts/claims.py"


rule figure:
    input:
        metrics=lambda w: plan.figure_sources(w.figure)["metrics"],
        logs=lambda w: plan.figure_sources(w.figure)["logs"],
        predictions=lambda w: plan.figure_sources(w.figure)["predictions"],
        models=lambda w: plan.figure_sources(w.figure)["models"],
    output:
        report(
            "{out}/figures/{figure}.png",
            caption="captions/figure.rst",
            category=lambda w: plan.category(plan.study_of_figure(w.figure)),
            labels=lambda w: {"kind": "figure", "name": w.figure},
        ),
        "{out}/figures/{figure}.pdf",
    log:
        "{out}/logs/figure/{figure}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=plan.code_param("figure"),
        caption=lambda w: plan.caption("figures", w.figure),
    script:
        "../workflow_scripts/figure.py"
