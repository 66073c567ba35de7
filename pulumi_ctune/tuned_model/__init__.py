"""The lookup of a tuned model version and its checkpoints, or of the ones that there are."""
