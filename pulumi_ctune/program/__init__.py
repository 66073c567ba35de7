"""What a Python program writes and reads: resources, typed inputs, the lookup, and what they take from the stack."""
