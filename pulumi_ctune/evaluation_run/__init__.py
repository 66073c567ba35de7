"""`EvaluationRun`: a tuned version judged by Google's evaluation service, exactly once.

attributes  names of inputs, outputs and hidden entries
checks      what is wrong with inputs, offline
request     inputs as typed values, and the bodies of requests
rows        a dataset as rows: what is asked, what is right
evaluation_sets  rows as a set at Google, shared by runs
answers     answers that the provider asks for itself
models      what is called: the version's endpoint, and what it is compared with
own_runs    the run that an earlier `up` left behind
creation    create and update
wait        wait until a run ends
outputs     a run as outputs
diff        what a change means
reading     refresh
deletion    delete
cost        answers and judge calls that a run would take
"""
