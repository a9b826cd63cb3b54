"""Downloads: each repository of the hub is fetched once, by a local job; every other job works offline."""


rule fetch:
    """Fetch a repository at its pinned commit into the Hugging Face cache, and list what was fetched."""
    output:
        manifest=f"{RESULTS}/hub/{{kind}}/{{owner}}/{{repository}}@{{revision}}.json",
    log:
        f"{LOGS}/fetch/{{kind}}/{{owner}}/{{repository}}@{{revision}}.log",
    benchmark:
        f"{BENCHMARKS}/fetch/{{kind}}/{{owner}}/{{repository}}@{{revision}}.tsv"
    wildcard_constraints:
        kind="model|dataset",
        owner=r"[\w.-]+",
        repository=r"[\w.-]+",
        revision="[0-9a-f]{40}",
    conda:
        "../envs/analysis.yaml"
    params:
        code=code_of("fetch.py"),
        kind="{kind}",
        repository="{owner}/{repository}",
        revision="{revision}",
    script:
        "../workflow/scripts/fetch.py"
