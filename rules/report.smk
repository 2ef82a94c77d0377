# The page to look at, and what it lets people look through.


rule browser:
    input:
        predictions=lambda w: plan.browser_sources(w.study),
        manifests=lambda w: [
            path
            for cohort in plan.settings(w.study).cohorts
            for path in plan.nifti_manifests(cohort)
        ],
    output:
        "{out}/report/browser/{study}.json",
    log:
        "{out}/logs/browser/{study}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=plan.code_param("browser"),
    script:
        "../workflow_scripts/browser.py"


rule report_page:
    input:
        fragments=lambda w: plan.fragments(),
        figures=lambda w: plan.figure_files(),
        cohorts=lambda w: plan.cohort_files(),
        usage=lambda w: plan.usage_files(),
        claims=plan.claims_file(),
        browsers=lambda w: plan.browser_files(),
        models=lambda w: [
            path for study in plan.config.running for path in plan.trained_descriptions(study.name)
        ],
        assets=[SCRIPTS / "cardioprior" / "report" / name for name in PAGE_FILES],
    output:
        "{out}/report/index.html",
    log:
        "{out}/logs/report.log",
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
