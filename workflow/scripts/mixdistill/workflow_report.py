"""Snakemake's own report (``make report``): no text of others ends one of the scripts of its page."""

import json
import sys
from types import SimpleNamespace

from mixdistill.escaping import script_json


def guard() -> None:
    """Let Snakemake's report write its JSON through our door.

    Its page has the params of all rules in script tags, titles and notes of the experiment among them, as
    ``json.dumps`` writes them: with ``</script>`` as it is. What captions quote is escaped in ``look["rst"]``.
    """
    through = SimpleNamespace(**{**vars(json), "dumps": script_json})
    for name, module in list(sys.modules.items()):
        if name.startswith("snakemake.report.html_reporter") and getattr(module, "json", None) is json:
            module.json = through  # type: ignore[attr-defined]
