"""Final answers: found in a completion, compared with the reference. The one answer check of all stages."""
