"""Google's side: Vertex AI and Cloud Storage over HTTP, as the core's records.

`client.VertexClient` is the door. Importing it loads neither google-genai nor httpx2: they load with the first call.
"""
