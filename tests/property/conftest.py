"""The profile `ci` of hypothesis, and what makes every run play the same sequences.

Each shard has a seed, its number; `summary` tells what the sequences covered. The four shards play 260 sequences;
`CTUNE_SEQUENCES=260` makes each of them play so many.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

# pytest looks into test modules only by itself
pytest.register_assert_rewrite(f"{__package__}.promises", f"{__package__}.job_rules", f"{__package__}.disturbed_runs")

settings.register_profile(
    "ci",
    max_examples=int(os.environ.get("CTUNE_SEQUENCES", "65")),
    stateful_step_count=16,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate],  # shrinking takes minutes: drop this line to have it
)


@pytest.fixture(autouse=True)
def _draw_by_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis also draws constants that it reads out of all code of this repository that the process has imported:
    an edit anywhere, or another test in the same process, would change the sequences. There is no setting for it.
    """
    monkeypatch.setattr(providers, "_get_local_constants", Constants)
    providers.CONSTANTS_CACHE.cache.clear()
