"""Moments as people read them."""

from datetime import UTC, datetime

_UNITS = ((3_600, "h"), (60, "min"), (1, "s"))
_NEAR = 2 * 86_400


def date(moment: float) -> str:
    """The moment in UTC to the second, for example "2026-11-23 15:22:10Z"."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def relative(moment: float, now: float) -> str:
    """The moment as seen from `now`, for example "3 min ago" or "in 11 h"; the date when it is days away.

    Args:
        moment: Seconds since the epoch.
        now: Seconds since the epoch.
    """
    distance = abs(moment - now)
    if distance >= _NEAR:
        return date(moment)
    if distance < 1:
        return "now"
    amount = next(f"{distance / seconds:.0f} {unit}" for seconds, unit in _UNITS if distance >= seconds)
    return f"in {amount}" if moment > now else f"{amount} ago"


def both(moment: float, now: float) -> str:
    """Date and distance, for example "2026-11-23 15:22:10Z (3 min ago)"."""
    near = relative(moment, now)
    return near if near == date(moment) else f"{date(moment)} ({near})"
