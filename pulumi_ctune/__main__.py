"""`python -m pulumi_ctune` is the command `ctune`."""

from pulumi_ctune.cli import main

main()
