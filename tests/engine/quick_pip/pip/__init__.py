"""In the place of pip while the Pulumi CLI runs: see `__main__`."""
