"""What an experiment will cost: the planned jobs, their work, a machine's speed, and what the run itself measured."""
