"""The kernel: what all resources and fronts share. Standard library only, and nothing of the rest of the package."""
