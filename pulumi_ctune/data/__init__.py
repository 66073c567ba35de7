"""Datasets looked at before anybody pays: read as a stream, every line checked, problems with line, path and fix.

`check.check_dataset` is the one entry. A line that is certainly right is known by its shape alone (`fast_check`,
msgspec); only a line that this refuses is walked along the API's schema and rules (`slow_check`), which say what is
wrong. Memory does not grow with the file. Knows neither HTTP nor Pulumi: bytes come from a `core.content.Content`.
"""
