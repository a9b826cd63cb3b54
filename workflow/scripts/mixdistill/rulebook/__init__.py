"""What rules ask of an experiment: inputs, params and resources of a job, from its wildcards.

Snakemake calls the methods with a job's wildcards; what is not a function of wildcards is an attribute. All of it is
cheap and touches no file but by name.
"""

from mixdistill.rulebook.proof import AboutProof
from mixdistill.rulebook.report import AboutReport
from mixdistill.rulebook.teaching import AboutTeaching
from mixdistill.rulebook.training import AboutStudents


class Rulebook(AboutTeaching, AboutProof, AboutStudents, AboutReport):
    """The experiment in force, as rules see it."""
