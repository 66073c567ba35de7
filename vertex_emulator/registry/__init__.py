"""The Model Registry and what serves its models: versions, aliases and checkpoints, endpoints and deployments.

Knows nothing of tuning jobs but the names of the labels they set: jobs call `models.register_tuned_version` and
`endpoints.deploy_tuned`. Changes that take their time go through `operations`.

    models            the collection `models`: get, list, patch, delete; what a job registers
    versions          versions and aliases
    copies            `models:copy`
    model_records     models as they are stored, and as the API shows a version
    endpoints         the collection `endpoints`; what a job makes for each checkpoint
    deployments       `:deployModel`, `:undeployModel`
    endpoint_records  endpoints as they are stored, and their traffic split
    generate          what a tuned endpoint or a base model answers
    lessons           what tuned versions have learnt, and so answer
    iam               access policies of both collections
    filter_fields     what their lists are filtered by
    operations        long-running operations
"""
