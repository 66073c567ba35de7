"""What there is to say of a watched job, for lines and for the live view."""

from datetime import timedelta

from pulumi_ctune.core import amounts, job_states
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.insight.series import Curve
from pulumi_ctune.insight.watching import View

_LONGEST = 2_000  # characters


def state_words(view: View) -> str:
    """`running: tuning`, `failed`, with the service's reason where there is one."""
    job = view.job
    words, detail = job_states.words(job.state), job_states.words(job.detail)
    if not job_states.is_final(job.state) and detail not in ("", "unspecified"):
        words += f": {detail}"
    if job.error and job.error.message:
        words += f": {one_line(job.error.message, _LONGEST)}"
    return words


def time_words(view: View) -> str:
    """`12m so far, about 8m left ±2m`; of a job that has ended how long it took."""
    seconds = view.row.elapsed_s
    so_far = amounts.duration(timedelta(seconds=seconds)) if seconds is not None else ""
    if not view.row.is_going:
        return f"took {so_far}" if so_far else ""
    parts = [f"{so_far} so far"] if so_far else []
    if view.expected and (left := view.expected.left(view.row.now)):
        parts.append(f"about {amounts.duration(left)} left ±{amounts.duration(view.expected.doubt)}")
    return ", ".join(parts)


def value_words(curve: Curve) -> str:
    """`loss, evaluation 0.52 at step 80 (best 0.5 at step 40)`."""
    last, best = curve.last, curve.best
    if last is None:
        return curve.label
    words = f"{curve.label} {last.value:.4g} at step {last.step:,}"
    return f"{words} (best {best.value:.4g} at step {best.step:,})" if best and best.step != last.step else words


def state_line(view: View) -> str:
    """All that one line can tell, the most telling first."""
    headline = view.series.headline
    tokens = view.row.tokens
    parts = [
        state_words(view),
        str(view.row.counted or ""),
        value_words(headline) if headline else "",
        time_words(view),
        f"{amounts.count(tokens)} tokens" if tokens else "",
        f"made {view.job.tuned_model_name}" if view.has_succeeded else "",
    ]
    return ", ".join(filter(None, parts))


def hint_lines(view: View) -> list[str]:
    return [f"hint: {one_line(hint.text, _LONGEST)}" for hint in view.hints]
