"""Downloads: each repository of the hub is fetched once, by a local job; every other job works offline.

A manifest's name has the commit in it, so that no manifest grows old: the code that fetches is no reason to fetch
again, nor to train again on what was fetched.
"""


rule check_hub:
    """Look at all repositories that are not fetched yet: access, files, space. What is wrong is said before any is."""
    output:
        checked=[ASK.checked(repository) for repository in ASK.unfetched],
    log:
        f"{LOGS}/check_hub/check_hub.log",
    benchmark:
        f"{BENCHMARKS}/check_hub/check_hub.tsv"
    conda:
        "../envs/hub.yaml"
    params:
        code=code_apart("check_hub.py"),
        repositories=lambda wildcards, output: ASK.unfetched,
    script:
        "../workflow/scripts/check_hub.py"


rule fetch:
    """Fetch a repository at its pinned commit into the Hugging Face cache, and list what was fetched."""
    input:
        checked=f"{RESULTS}/hub/checked/{{kind}}/{{owner}}/{{repository}}@{{revision}}.json",
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
        revision="[0-9a-f]{40}|unpinned",
    conda:
        "../envs/hub.yaml"
    params:
        code=code_apart("fetch.py"),
        kind="{kind}",
        repository="{owner}/{repository}",
        revision="{revision}",
    script:
        "../workflow/scripts/fetch.py"
