"""What a first paid `pulumi up` needs, looked at and not touched: `examination.examine` is the door.

Every look is bounded in time and ends in findings, whatever happens to it: a thing is right, wrong, or cannot be known.
"""
