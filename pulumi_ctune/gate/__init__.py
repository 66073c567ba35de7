"""The limits that a version must meet before it gets an alias or traffic (`require`)."""
