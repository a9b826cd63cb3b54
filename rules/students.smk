"""From training sets to answers: fine-tune a student, let it answer every benchmark (paper, sections 2 and 3.1)."""


rule sft:
    """Fine-tune a student on a mixture; the loss is on the completion only (paper, Tables 5 and 6)."""
    input:
        mixture=f"{RESULTS}/mixtures/{{mixture}}.jsonl",
        base=ASK.base_weights,
        proof=ASK.kept_proof,
    output:
        model=directory(f"{RESULTS}/models/{{student}}/{{mixture}}/{{seed}}"),
        report=f"{RESULTS}/training/{{student}}/{{mixture}}/{{seed}}.json",
    log:
        f"{LOGS}/sft/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/sft/{{student}}/{{mixture}}/{{seed}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.trained),
        mixture=any_of([*PLAN.recipes, *PLAN.ready]),
    conda:
        "../envs/training.yaml"
    threads: ASK.threads("sft")
    resources:
        gpu=ASK.resource("sft", "gpu"),
        nodes=ASK.resource("sft", "nodes"),
        gres=ASK.gres("sft"),
        mpi=ASK.on_nodes("srun"),
        tasks=ASK.on_nodes(),
        tasks_per_gpu=ASK.on_nodes(0),
        mem_mb=ASK.resource("sft", "mem_mb"),
        runtime=ASK.resource("sft", "runtime"),
    params:
        code=code_of("sft.py"),
        seed="{seed}",
        dtype=ASK.sft_param("dtype"),
        max_length=ASK.sft_param("max_length"),
        batch_size=ASK.sft_param("batch_size"),
        validation=ASK.sft_param("validation"),
        lora=ASK.sft_param("lora"),
        args=ASK.sft_param("args"),
        checkpoints=f"{SCRATCH}/sft/{{student}}/{{mixture}}/{{seed}}",
        watched=f"{RESULTS}/trackers/{{student}}/{{mixture}}/{{seed}}",
    script:
        "../workflow/scripts/sft.py"


rule answer:
    """Let a student answer all benchmarks; the journal keeps what is done, so that a new benchmark costs only itself."""
    input:
        problems=ASK.tests,
        base=ASK.base_weights,
        trained=ASK.trained_weights,
    output:
        answers=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.jsonl",
        counts=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.counts.json",
    log:
        f"{LOGS}/answer/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/answer/{{student}}/{{mixture}}/{{seed}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.answering),
    conda:
        "../envs/inference.yaml"
    threads: ASK.threads("answer")
    resources:
        gpu=ASK.resource("answer", "gpu"),
        nodes=ASK.resource("answer", "nodes"),
        gres=ASK.gres("answer"),
        mem_mb=ASK.resource("answer", "mem_mb"),
        runtime=ASK.resource("answer", "runtime"),
    params:
        code=code_of("answer.py"),
        benchmarks=ASK.questions,
        sampling=config["answering"]["sampling"],
        samples=EXPERIMENT.answering.samples,
        seed="{seed}",
        engine=ASK.engine,
        journal=f"{SCRATCH}/answer/{{student}}/{{mixture}}/{{seed}}.jsonl",
    script:
        "../workflow/scripts/answer.py"


rule bring_answers:
    """Take a student's answers from logs of lm-evaluation-harness instead of asking it."""
    input:
        problems=ASK.tests,
        logs=ASK.answer_logs,
    output:
        answers=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.jsonl",
        counts=f"{RESULTS}/answers/{{student}}/{{mixture}}/{{seed}}.counts.json",
    log:
        f"{LOGS}/bring_answers/{{student}}/{{mixture}}/{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/bring_answers/{{student}}/{{mixture}}/{{seed}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.logged),
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("bring_answers.py"),
        tasks={name: entry.tasks for name, entry in EXPERIMENT.benchmarks.items()},
    script:
        "../workflow/scripts/bring_answers.py"
