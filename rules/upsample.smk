# One image, its slices at another spacing.


rule upsample_image:
    input:
        image=str(plan.config.globals.input),
        model=lambda w: plan.model_path(plan.upsampling_model()),
    output:
        "{out}/upsampled/{image}.nii.gz",
    log:
        "{out}/logs/upsampled/{image}.log",
    conda:
        "../envs/cardioprior.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=plan.gpus(),
    params:
        code=plan.code_param("upsample_image"),
    script:
        "../workflow_scripts/upsample.py"
