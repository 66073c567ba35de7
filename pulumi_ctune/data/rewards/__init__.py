"""Rewards tried on this machine, before a reinforcement tuning job pays for them.

`config` reads a reward in either spelling, `trial` scores answers: by comparing texts (`string_match`), or by running
the snippet in a process of its own (`code`, `worker`). `cases` makes answers where nobody gave any, `traps` says what
would make a job useless. What only the service can score is left to whoever has its validator. Knows neither HTTP nor
Pulumi.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
"""
