"""When training will be through: the forecast, its doubt, and how both change with the steps that come in."""

from datetime import UTC, datetime, timedelta

import pytest

from pulumi_ctune.core.forecast import Forecast, Forecaster

START = datetime(2026, 11, 1, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def reported(*looks: tuple[float, float], unit: float = 0.1, started: datetime | None = START) -> Forecast | None:
    seen = Forecaster(started)
    for at, done in looks:
        seen.look(minutes(at), done, unit)
    return seen.forecast()


def test_nothing_is_forecast_before_the_first_step() -> None:
    assert reported((5, 0.0), (10, 0.0)) is None


def test_one_look_foretells_with_a_doubt_that_contains_both_extremes() -> None:
    """A job seen once with 2 of 4 epochs may be about to end the third."""
    forecast = reported((60, 0.5), unit=0.25)

    assert forecast is not None
    assert forecast.end - forecast.doubt <= minutes(80)
    assert forecast.end + forecast.doubt >= minutes(120)


def test_doubt_shrinks_as_steps_come_in() -> None:
    """Ten steps of ten minutes each, looked at each minute."""
    looks = [(float(at), at // 10 / 10) for at in range(96)]

    doubts = [forecast.doubt for count in (25, 55, 95) if (forecast := reported(*looks[:count]))]

    assert len(doubts) == 3
    assert doubts == sorted(doubts, reverse=True)


def test_steady_steps_foretell_the_end() -> None:
    forecast = reported(*((float(at), at // 10 / 10) for at in range(56)))

    assert forecast is not None
    assert abs(forecast.end - minutes(100)) <= timedelta(minutes=5)


def test_forecast_moves_on_while_a_step_is_late() -> None:
    """Half of the work took 50 minutes, and then nothing came for 100: it hardly ends within the next half hour."""
    forecast = reported((40, 0.4), (50, 0.5), (150, 0.5))

    assert forecast is not None
    assert forecast.end >= minutes(150 + 30)


def test_pace_is_that_of_the_steps_and_not_of_what_came_before() -> None:
    """An hour in a queue, then a step each minute."""
    forecast = reported(*((60 + at, at / 100) for at in range(31)), unit=0.01)

    assert forecast is not None
    assert abs(forecast.end - minutes(160)) <= timedelta(minutes=8)


@pytest.mark.parametrize("started", [START, None], ids=["started", "start unknown"])
def test_what_is_through_ends_at_once(started: datetime | None) -> None:
    forecast = reported((90, 0.9), (100, 1.0), started=started)

    assert forecast is not None
    assert minutes(90) <= forecast.end <= minutes(100)
