"""What Google Cloud tells about a project: its number, services, quotas, permissions, keys. Only read.

As documented; nothing of it is recorded. Everything is there and allowed, but for what `withheld` has and for faults.
"""
