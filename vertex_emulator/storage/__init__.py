"""Cloud Storage as far as datasets need it: buckets, objects with generations and checksums, uploads.

Knows nothing of Vertex AI. The rest of the emulator reads and writes through `objects.content_at` and
`objects.put_object`.

    json_api  paths and answers
    uploads   simple, multipart and resumable uploads
    objects   buckets and objects: records, generations, preconditions
    preload   files below the state directory that are objects without an upload
    crc32c    the checksum
"""
