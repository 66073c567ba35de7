"""What a stack has made and nobody needs: `plan` says what that is and `removal` deletes it.

Whatever cannot be told is kept. `protection` has each reason to keep something, `mentions` what states and files name.
"""
