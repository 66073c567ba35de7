"""The program of the stages with another `deletion_policy` on both jobs, as an editor would write it."""

_PLACE = "opts=child,\n        )\n        self.{}"  # the last arguments of each job


def with_policy(program: str, policy: str) -> str:
    """The text of `stacks/tuning.py` with the policy on each job of the chain."""
    for following in ("rft", "release"):
        place = _PLACE.format(following)
        assert program.count(place) == 1
        program = program.replace(place, f'deletion_policy="{policy}", {place}')
    return program
