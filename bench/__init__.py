"""`make bench`: what the package costs and saves, each number beside a baseline of the same run.

Not a test: nothing is asserted, and numbers of different machines or days do not compare. The baselines:

    jobs      64 jobs in one host: the same provider on a bare host
    waits     500 waits in one host: the same host before the first job
    endings   how late the end of a job is noticed: the loop of Google's sample, in simulated time
    imports   `import pulumi_ctune`: `import pulumi`
    checks    a Check: that of a dynamic resource without properties
    previews  20 tuning jobs that did not change: 20 dynamic resources without properties
"""
