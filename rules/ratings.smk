# What people think of a study's images: pictures and sheets to fill, and filled sheets to metrics rows.


rule rating_sheets:
    input:
        predictions=lambda w: plan.rated_sources(w.study, w.cohort),
    output:
        key="{out}/ratings/{study}/{cohort}/key.csv",
        sheets=expand("{{out}}/ratings/{{study}}/{{cohort}}/to_rate/{rater}.csv", rater=RATERS),
    log:
        "{out}/logs/rating_sheets/{study}/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=plan.code_param("rating_sheets"),
        seed=plan.config.globals.seed,
    script:
        "../workflow_scripts/rating_sheets.py"


rule ratings:
    input:
        key="{out}/ratings/{study}/{cohort}/key.csv",
        filled=lambda w: plan.filled_sheets(w.study, w.cohort),
        subjects="{out}/cohorts/{cohort}/subjects.tsv",
    output:
        "{out}/metrics/{study}/{cohort}/ratings.csv",
    log:
        "{out}/logs/ratings/{study}/{cohort}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=plan.code_param("ratings"),
    script:
        "../workflow_scripts/ratings.py"
