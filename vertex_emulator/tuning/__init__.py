"""Tuning jobs: what they are asked for, what becomes of them as time goes on, what they leave behind.

A job is a record that says what happens when; its state is computed from that and the clock, and what has come due is
done before the next request. Models and endpoints are made through `registry`, files are read and written in `storage`.

    jobs             the collection `tuningJobs`: create, get, list, cancel
    rules            what a new job must fulfil beyond the schema
    records          jobs as they are stored, and as the API shows them at a moment
    runs             moves them on: started, a checkpoint made, ended
    timeline         when that is
    plan             epochs, steps and checkpoints of a run
    datasets         files read, each line checked
    teaching         what a model learns from them
    data_stats       what `tuningDataStats` says of a dataset
    series           losses and rewards, step by step
    experiments      these as context, TensorBoard, runs and time series
    rewards          what a reward configuration gives for one response
"""
