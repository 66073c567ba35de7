"""A report of tuning runs: one page that says what was paid for, and needs nothing but itself to be read.

facts       what a report tells, as plain records
gather      the facts, read from the service, the datasets and the saved states
markup      HTML and SVG of which no name can break out
curves      series as SVG
chain       a lineage as SVG
page        the facts as one HTML file; sections, cards and compare are its parts
markdown    the facts for a pull request
"""
