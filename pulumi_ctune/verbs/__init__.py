"""Runs the verbs of a kind of resource for a front: settings, client, wait_context, messages, and how a verb fails.

runner         check and diff, and the long verbs with all that they need; knows no resource
long_verb      one long verb under way: its call, its watch, its status line
interruption   Ctrl-C and a lost engine, for those who wait
status         lines on the resource's row and in the diagnostics
running        how many operations are under way
orphan_watch   the process ends when the engine is gone
error_status   an error as the engine takes it, and the state of an operation that failed
saved_state    what the saved state of a stack holds, asked of the CLI
"""
