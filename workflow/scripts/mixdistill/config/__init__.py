"""The experiment file: its schema, its faults in plain words, its reference page."""
