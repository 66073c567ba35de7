"""Evaluation: sets of rows, runs that judge answers to them, and what a run has found.

A run is a record that says what happens when, as a tuning job is; its state is computed from that and the clock.
Answers come with the items or from models in `registry`.

    runs           the collection `evaluationRuns`: create, get, list, cancel, delete
    create_rules   what a new run must fulfil beyond the schema
    run_records    runs as they are stored, and as the API shows them at a moment
    run_progress   moves them on: answered, scored, results written
    items          the collection `evaluationItems`
    sets           the collection `evaluationSets`
    set_import     sets from files
    definitions    registered metrics and experiments
    collection     what these collections have in common
    rows           items as plain text
    inference      answers of models
    metric_specs   the spellings of a metric
    scoring        scores by each kind of metric
    text_scores    exact match, BLEU, ROUGE, overlap
    recipes        predefined metrics
    summary        aggregates
"""
