"""The types of our resources, as states and URNs of Pulumi's dynamic host have them. Imports nothing."""

MODULE = "ctune"


def type_of(name: str) -> str:
    """The type of a resource class. The dynamic host puts every provider's resources below one package of its own."""
    return f"pulumi-python:dynamic/{MODULE}:{name}"
