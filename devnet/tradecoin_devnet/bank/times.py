"""Bank time: UTC stamps to the millisecond, and the account's zone for what a day is."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradecoin_devnet.bank.refusals import invalid

MILLISECOND = timedelta(milliseconds=1)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def stamp(moment: datetime) -> str:
    """Write an aware time as UTC with milliseconds, so that text order is time order."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def moment_of(text: str) -> datetime:
    """Read a stamp of the bank's own."""
    return datetime.fromisoformat(text)


def given_moment(text: object) -> datetime:
    """Read an aware ISO 8601 time from a request; Refused when it is naive or no time."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(f"a time is ISO 8601 with its offset, as in 2026-09-30T12:00:00Z, not {text!r}")
    return moment


def given_date(text: object) -> date:
    """Read an ISO 8601 date from a request; Refused when it is none."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else _no_date(text)
    except ValueError:
        return _no_date(text)


def _no_date(text: object) -> date:
    raise invalid(f"a date is YYYY-MM-DD, not {text!r}")


def given_duration(value: object) -> timedelta:
    """Read a wait: whole days as a number, or an ISO 8601 duration of days, hours, minutes and seconds."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 36500:
        return timedelta(days=value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise invalid(f"a wait is a number of days or a duration such as P3D or PT2H, not {value!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def zone_named(name: object) -> tzinfo:
    """Return the time zone of that IANA name; Refused when there is none."""
    try:
        return ZoneInfo(name) if isinstance(name, str) else _no_zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _no_zone(name)


def _no_zone(name: object) -> tzinfo:
    raise invalid(f"{name!r} is not the name of a time zone")


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a local day, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the local date of a moment."""
    return moment.astimezone(zone).date()


def day_end_after(moment: datetime, zone: tzinfo) -> datetime:
    """Return the first local midnight that is later than `moment`, in UTC."""
    return day_start(local_day(moment, zone) + timedelta(days=1), zone)
