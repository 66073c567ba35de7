"""Where a running job stands at a moment: phase, share of the training done, and the moments of single steps.

Pure arithmetic on seconds; nothing runs in between. A running job processes its dataset, waits for capacity, trains and
is post-processed; a pause, where one is ordered, lies in the middle.
"""

from dataclasses import dataclass

_DATASET_UNTIL = 0.1
_CAPACITY_UNTIL = 0.15
_TRAINING_UNTIL = 0.9
_MIDDLE = 0.5


@dataclass(frozen=True)
class Timeline:
    """A job's running time: `starts` is the first moment of RUNNING, `running_s` its length without `paused_s`."""

    starts: float
    running_s: float
    paused_s: float = 0.0
    never_ends: bool = False

    def moment(self, share: float) -> float:
        """When this share of the running time is over."""
        return self.starts + share * self.running_s + (self.paused_s if share > _MIDDLE else 0.0)

    @property
    def dataset_read(self) -> float:
        """When the dataset has been processed; a broken one ends the job here."""
        return self.moment(_DATASET_UNTIL)

    def step_moment(self, step: int, steps: int) -> float:
        """When a training step is done."""
        return self.moment(_CAPACITY_UNTIL + (_TRAINING_UNTIL - _CAPACITY_UNTIL) * step / steps)

    def is_paused(self, now: float) -> bool:
        return self.moment(_MIDDLE) <= now < self.moment(_MIDDLE) + self.paused_s

    def steps_done(self, now: float, steps: int) -> int:
        """Training steps done by then."""
        trained = (self._share(now) - _CAPACITY_UNTIL) / (_TRAINING_UNTIL - _CAPACITY_UNTIL)
        # The moment of a step, computed forwards, must count as done, whatever the last bit of a division says.
        return min(steps, max(0, int(trained * steps + 1e-6)))

    def phase(self, now: float) -> str:
        """The `tuningJobState` of a running job."""
        share = self._share(now)
        for until, phase in (
            (_DATASET_UNTIL, "TUNING_JOB_STATE_PROCESSING_DATASET"),
            (_CAPACITY_UNTIL, "TUNING_JOB_STATE_WAITING_FOR_CAPACITY"),
            (_TRAINING_UNTIL, "TUNING_JOB_STATE_TUNING"),
        ):
            if share < until:
                return phase
        return "TUNING_JOB_STATE_POST_PROCESSING"

    def phase_began(self, now: float) -> float:
        """When the phase of this moment began."""
        share = self._share(now)
        begun = (0.0, *(until for until in (_DATASET_UNTIL, _CAPACITY_UNTIL, _TRAINING_UNTIL) if until <= share))
        return self.moment(begun[-1])

    def _share(self, now: float) -> float:
        elapsed = now - self.starts
        half = _MIDDLE * self.running_s
        if elapsed > half:
            elapsed = half if self.never_ends else max(half, elapsed - self.paused_s)
        return min(1.0, elapsed / self.running_s) if self.running_s > 0 else 1.0
