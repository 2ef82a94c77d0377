# The page to look at.


rule report_page:
    input:
        fragments=lambda w: plan.fragments(),
        figures=lambda w: plan.figure_files(),
        cohorts=lambda w: plan.cohort_files(),
        usage=lambda w: plan.usage_files(),
        template=SCRIPTS / "cardioprior" / "stages" / "report.html.j2",
    output:
        "{out}/report/index.html",
    log:
        "{out}/logs/report.log",
    benchmark:
        "{out}/benchmarks/report.tsv"
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=plan.code_param("report"),
    script:
        "../workflow_scripts/report.py"
