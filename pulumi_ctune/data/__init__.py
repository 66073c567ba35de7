"""Datasets looked at before anybody pays: read as a stream, every line checked, problems with line, path and fix.

`check.check_dataset` is the one entry. A line that is certainly right is known by its shape alone (`fast`, msgspec);
only a line that this refuses is walked along the API's schema and rules (`refused`), which say what is wrong. Memory
does not grow with the file. Knows neither HTTP nor Pulumi: bytes come from a `source.Source`.
"""
