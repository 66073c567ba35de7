"""One small run at Google, recorded, cleaned of names, and compared with what the emulator answers.

    points       what the documentation holds for doubtful; the table on the documentation's page is made of it
    workload     datasets, inputs and list price of the run
    journal      its state file and its log, from which an interrupted run resumes
    recorder     requests and answers as they come
    service      the client, and the requests that no resource of the product makes
    resources    verbs of the product as an engine would ask for them
    step         what a step is, and what it works with
    steps        what is done, one after the other; serving_steps has those on an endpoint
    execution    does the steps, and takes away what they made
    scrubber     placeholders for all that is somebody's
    replay       the same requests on the emulator: the one place that knows it
    comparison   how two answers differ, values that vary aside
    recording, shape, timing   the log as recordings; what of an answer does not vary; how long things took
    run          all of it, from the first step to the page
    page         what was found, as Markdown, JSON and recordings

Plain Python: the command line asks and prints.
"""
