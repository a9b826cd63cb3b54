"""Before a GPU is used: every model reads prompts as we think it does, and students are taught in the same tokens."""


rule encode:
    """Write the token ids in which a model will be asked, compared with other readings; check that its tensors fit."""
    input:
        model=ASK.reader_weights,
        trained=ASK.reader_checkpoints,
    output:
        encoding=f"{RESULTS}/encodings/{{role}}/{{reader}}.json",
    log:
        f"{LOGS}/encode/{{role}}/{{reader}}.log",
    benchmark:
        f"{BENCHMARKS}/encode/{{role}}/{{reader}}.tsv"
    wildcard_constraints:
        role="teachers|students|judge",
        reader=any_of(["judge", *ASK.asked, *ASK.answering]),
    priority: 100
    conda:
        "../envs/inference.yaml"
    params:
        code=code_of("encode.py"),
        reader=ASK.reader_key,
        prompts=ASK.reader_prompts,
        plain=ASK.reader_plain,
        engine=ASK.reader_engine,
    script:
        "../workflow/scripts/encode.py"


rule prove:
    """Prove that a student is taught in the very tokens in which it will be asked, and that it is taught to end."""
    input:
        base=ASK.base_weights,
        encoding=f"{RESULTS}/encodings/students/{{student}}.json",
    output:
        proof=f"{RESULTS}/proofs/{{student}}.json",
    log:
        f"{LOGS}/prove/{{student}}.log",
    benchmark:
        f"{BENCHMARKS}/prove/{{student}}.tsv"
    wildcard_constraints:
        student=any_of(ASK.trained),
    priority: 100
    conda:
        "../envs/training.yaml"
    params:
        code=code_of("prove.py"),
        student="{student}",
        settings=ASK.fitted,
    script:
        "../workflow/scripts/prove.py"


rule keep_proof:
    """Keep the proof that lets a student be trained: no training starts before it is there.

    A job of this rule exists only while the file does not, so that a new benchmark, or another version of the proof,
    proves again and trains nothing again; `ancient` would hide other changes (see `keep_screening`).
    """
    input:
        proof=f"{RESULTS}/proofs/{{student}}.json",
    output:
        kept=f"{RESULTS}/proofs/kept/{{student}}.{{what}}.json",
    log:
        f"{LOGS}/keep_proof/{{student}}.{{what}}.log",
    benchmark:
        f"{BENCHMARKS}/keep_proof/{{student}}.{{what}}.tsv"
    wildcard_constraints:
        student=any_of({name.rpartition(".")[0] for name in ASK.unproven}),
        what=any_of({name.rpartition(".")[2] for name in ASK.unproven}),
    priority: 100
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("keep_proof.py"),
    script:
        "../workflow/scripts/keep_proof.py"
