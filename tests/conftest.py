"""Plugins for all tests.

pytest-xdist's controlling process, which prints the summary, loads no `conftest.py` of folders below this one.
"""

pytest_plugins = ["tests.property.summary"]
