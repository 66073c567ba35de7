"""A stand-in for the part of Vertex AI that tunes Gemini models, and for the Cloud Storage that its datasets lie in.

    app.Emulator                the stand-in: a WSGI app over a state directory, with its controls
    transport.EmbeddedTransport to it in process, for httpx2 and so for google-genai
    server.running, server.bind to it over HTTP

Below `app` each area of the API has a module with its `ROUTES`; `service` says what they share. State lies in one
SQLite file and time is a number, so nothing runs between two requests.
"""
