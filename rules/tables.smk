# The papers' tables from metrics rows alone.


rule table:
    input:
        lambda w: plan.metrics(plan.study_of_table(w.table)),
    output:
        multiext("{out}/tables/{table}", ".csv", ".md", ".tex", ".html", ".json"),
    log:
        "{out}/logs/table/{table}.log",
    benchmark:
        "{out}/benchmarks/table/{table}.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=plan.code_param("table"),
        note=lambda w: plan.scale_note(plan.study_of_table(w.table)),
    script:
        "../workflow_scripts/table.py"
