"""The input `deletion_policy`: what a delete does with what a resource has made. Imports nothing."""

ABANDON, DELETE, PREVENT = DELETION_POLICIES = ("ABANDON", "DELETE", "PREVENT")
"""What `deletion_policy` may be; without one it is the first."""
