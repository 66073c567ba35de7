"""An emulator of the part of Vertex AI that tunes Gemini models, and of the Cloud Storage that its datasets lie in.

State lies in one SQLite file and time is a number, so nothing runs between two requests. Each package is an area of
the API; the modules here bring requests to the areas and hold what these share. `tuning` and `evaluation` use
`registry` and `storage`, which know no other area; of the modules here only `app` knows the areas.

    app              the emulator: a WSGI app over a state directory, with its controls in Python
    transport        to it in process, for httpx2 and so for google-genai
    server           to it over HTTP
    control          its controls over HTTP
    status_page      the page at `/`

    evaluation       evaluation runs, their rows and metrics
    tuning           tuning jobs, from the dataset to the training series
    registry         models, endpoints and what is deployed where; operations, access policies, content generation
    storage          Cloud Storage: buckets, objects, uploads
    oauth            a token endpoint

    service          what an area is: handlers and their call, lists by page, timestamps
    wsgi             requests, answers, errors, routes
    schema           bodies checked against Google's discovery document
    names            resource names
    list_filter      the filter of a list
    resource_fields  masks, labels, display names, etags
    store            the SQLite file
    clock            the machine's time, moved forward by callers
    settings         durations, limits, switches
    faults           which requests fail, and how
    job_course       how a job goes that is not to go the usual way
    evaluation_course  the same of an evaluation run
    json_orders      these three as JSON
    request_log      what was asked
    snippets         Python out of requests, where that is allowed
    grants           roles on projects, and how long they take to arrive
    plain_text       foreign text as logs may hold it
"""
