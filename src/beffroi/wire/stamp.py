"""Time stamps without a date, given one by when they arrived. Everything is UTC.

What is received was true before: a stamp may be ahead of its arrival by `AHEAD_S` at most (clocks differ).
"""

from datetime import UTC, datetime

AHEAD_S = 3600.0
DAY_S = 86_400.0


def of_day(second_of_day_s: float, received_at_s: float) -> float:
    """The moment with this second of the day that lies in the 24 h up to `received_at_s + AHEAD_S`."""
    latest_s = received_at_s + AHEAD_S
    return latest_s - (latest_s - second_of_day_s) % DAY_S


def of_month(day: int, second_of_day_s: float, received_at_s: float) -> float:
    """The last moment with this day of the month and second of the day up to `received_at_s + AHEAD_S`.

    Raises ValueError if there is no such day.
    """
    latest_s = received_at_s + AHEAD_S
    month = datetime.fromtimestamp(latest_s, UTC)
    year, number = month.year, month.month
    for _ in range(3):  # a day that one month lacks, the month before it has
        try:
            moment_s = datetime(year, number, day, tzinfo=UTC).timestamp() + second_of_day_s
        except ValueError:
            moment_s = latest_s + DAY_S
        if moment_s <= latest_s:
            return moment_s
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
    raise ValueError(f"no day {day} of a month")
