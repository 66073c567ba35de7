"""What there is to know of jobs that were paid for: which there are, how they go, what is odd about them.

Plain Python over the protocol `core.api.Vertex`: commands print it, and so can any other front. `scope` says where to
look and what the saved state holds; the other modules ask.
"""
