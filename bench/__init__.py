"""`make bench`: what the package costs and saves, each number beside a baseline of the same run.

Not a test: nothing is asserted, and numbers of different machines or days do not compare. The baselines:

    imports   `import pulumi_ctune`: `import pulumi`
    checks    a Check: that of a dynamic resource without properties
    previews  20 tuning jobs that did not change: 20 dynamic resources without properties
    ups       48 new jobs that end at once: 48 dynamic resources without properties
    jobs      64 jobs in one host: the same provider on a bare host
    creates   64 creates beside 10,000 old jobs of other stacks: the same in an empty project
    waits     500 waits in one host: the same host before the first job, and a read for each look
    endings   how late the end of a job is noticed: the loop of Google's sample, in simulated time
    requests  a request that a Ctrl-C can end: the same in the calling thread
    data      a dataset checked line by line: `json.loads` of each line, pydantic, the walk along the API's schema
"""
