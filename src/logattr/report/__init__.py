"""Findings as text, HTML, JSON and CSV.

This module holds the words that all reports share, so that none of them says more than another;
each form has its own module. Nothing here escapes anything: that is done where text leaves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logattr.attribution.classes import CLASSES, GRADES
from logattr.networks.classes import CLASSES as SIGNALS
from logattr.report.copies import each_answer, now, place_now
from logattr.report.selection import equal_rows, first_rows, plain_rows, sums_by

if TYPE_CHECKING:
    import datetime

    from logattr.report.findings import Findings, InputSummary

__all__ = [
    "Card",
    "SetAside",
    "account",
    "age",
    "anonymiser",
    "answer",
    "busiest",
    "cards",
    "counted",
    "grade_meaning",
    "headline",
    "lines_account",
    "moment",
    "network",
    "period",
    "place",
    "place_notes",
    "place_short",
    "places_asked",
    "question",
    "set_aside",
]

_STRENGTHS = {"exact": "the address itself", "range": "its network", "as_only": "its autonomous system only"}


@dataclass(frozen=True, slots=True)
class Card:
    """The evidence on one highlighted client, in words; every part may hold text from the log."""

    client: str
    grade: int
    grade_meaning: str
    class_label: str
    place: str
    place_notes: tuple[str, ...]
    anonymiser: str
    network: str
    seen: str
    hours: str
    activity: str
    volume: str
    user_agents: tuple[str, ...]
    users: tuple[str, ...]
    paths: tuple[str, ...]
    reasons: tuple[str, ...]
    counter_reasons: tuple[str, ...]
    missing: tuple[str, ...]
    would_change: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Clients of one class that are, or could be, in a place asked for and are not singled out."""

    label: str
    clients_in: int
    requests_in: int
    clients_undetermined: int
    requests_undetermined: int


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "client"), counted(20148, "event"), counted(2, "address"), counted(0, "entry")
    ('1 client', '20,148 events', '2 addresses', '0 entries')
    """
    if number != 1:
        y = noun[-1] == "y" and noun[-2] not in "aeiou"
        noun = f"{noun[:-1]}ies" if y else f"{noun}{'es' if noun.endswith('s') else 's'}"
    return f"{number:,} {noun}"


def moment(time: datetime.datetime | None) -> str:
    """Write a time to the second, or say that there is none.

    Examples
    --------
    >>> import datetime
    >>> moment(datetime.datetime(814, 1, 2, 3, 4, 5)), moment(None)
    ('0814-01-02 03:04:05', 'no readable time')
    """
    # Not strftime: its %Y writes the year 814 with three digits on some systems.
    return "no readable time" if time is None else time.replace(tzinfo=None).isoformat(" ", "seconds")


def places_asked(findings: Findings) -> str:
    """Name the places of the question: ``Liaoning (CN-LN) or Spain (ES)``."""
    return " or ".join(f"{place.name} ({place.code})" for place in findings.places)


def question(findings: Findings) -> str:
    """Put the question that the findings answer."""
    if not findings.places:
        return "Which clients came to this server, and from where?"
    return (
        f"Which clients of this server are placed in {places_asked(findings)}, "
        "and for which of them does no source show an anonymiser?"
    )


def period(findings: Findings) -> str:
    """Name the first and the last event of all inputs."""
    firsts = [summary.first_time for summary in findings.inputs if summary.first_time]
    lasts = [summary.last_time for summary in findings.inputs if summary.last_time]
    if not firsts or not lasts:
        return "no event has a readable time"
    return f"{moment(min(firsts))} to {moment(max(lasts))} UTC"


def headline(findings: Findings) -> str:
    """Say what was found in one paragraph, every number with its denominator."""
    clients = findings.clients.num_rows
    events = sum(summary.events for summary in findings.inputs)
    everything = f"{counted(clients, 'client')} and {counted(events, 'event')}"
    if not findings.places:
        return f"The log holds {everything}. No place was asked for, so no client is singled out."
    places = places_asked(findings)
    numbers = sums_by(findings.clients, ("class",))
    matched, matched_requests = numbers.get(("matched",), (0, 0))
    possible, possible_requests = numbers.get(("possible",), (0, 0))
    if not matched:
        text = f"Of {everything}, none is placed in {places} without anonymiser or hosting evidence."
    else:
        verb = "is" if matched == 1 else "are"
        text = (
            f"{matched:,} of {counted(clients, 'client')} "
            f"({matched_requests:,} of {counted(events, 'event')}) {verb} placed in {places} "
            "by the databases, and no source that was asked shows an anonymiser or a hosting network there."
        )
    if possible:
        text += (
            f" {possible:,} of {counted(clients, 'client')} "
            f"({possible_requests:,} of {counted(events, 'event')}) may be there: "
            "the databases do not know the region, or disagree, and no anonymiser or hosting network shows."
        )
    return text


def account(lines: int, events: int, rejects: int, blank: int) -> str:
    """Show that every line is accounted for.

    Examples
    --------
    >>> account(9, 7, 1, 1)
    '9 lines = 7 events + 1 rejected + 1 blank'
    """
    return f"{counted(lines, 'line')} = {counted(events, 'event')} + {rejects:,} rejected + {blank:,} blank"


def lines_account(summary: InputSummary) -> str:
    """Show that every line of an input is accounted for."""
    return account(summary.lines, summary.events, summary.rejects, summary.blank)


def age(days: int | None) -> str:
    """Say how old a source was at the last event.

    Examples
    --------
    >>> age(2021), age(-30), age(None)
    ('2,021 days older than the last event', '30 days newer than the last event', 'age unknown')
    """
    if days is None:
        return "age unknown"
    if days == 0:
        return "of the day of the last event"
    return f"{counted(abs(days), 'day')} {'older' if days > 0 else 'newer'} than the last event"


def place(row: dict[str, Any]) -> str:
    """Name the place that the database gives, finest level first, with ISO codes."""
    if row["geo_country"] is None:
        return "no place known"
    levels = [
        (row["geo_subregion_name"], row["geo_subregion"]),
        (row["geo_region_name"], row["geo_region"]),
        (row["geo_country_name"], row["geo_country"]),
    ]
    return ", ".join(f"{name} ({code})" if name else code for name, code in levels if code)


def place_short(row: dict[str, Any]) -> str:
    """Name the place without codes, as tables have room for it."""
    levels = (row[f"geo_{level}_name"] or row[f"geo_{level}"] for level in ("subregion", "region", "country"))
    return ", ".join(dict.fromkeys(filter(None, levels))) or "no place known"


def place_notes(row: dict[str, Any]) -> tuple[str, ...]:
    """Say what stands behind the place: database, precision, network, agreement, registration."""
    if row["geo_db"] is None:
        return ("no database answered",)
    notes = [_database(row, "geo")]
    if row["geo_accuracy_km"] is None:
        notes.append("the database gives no accuracy radius")
    else:
        notes.append(f"accuracy radius {row['geo_accuracy_km']:g} km (67 % confidence, says the vendor)")
    if row["geo_network"]:
        notes.append(f"for the network {row['geo_network']}")
    if row["geo_region"] is None and row["geo_country"]:
        notes.append("the database does not say which region")
    if row["place_match"] == "in":
        notes.append(f"in {row['place']}, decided at the level of the {row['place_level']}")
    if row["place_match"] == "undetermined" and row["place"]:
        ends = f"the data end at the level of the {row['place_level'] or 'network'}"
        disputed = row["place_agreement"] == "disputed"
        notes.append(f"{row['place']} undetermined: {'the databases disagree' if disputed else ends}")
    notes.append(_agreement(row))
    registered = row["geo_registered_country"]
    if registered and registered != row["geo_country"]:
        notes.append(f"the network is registered in {registered}")
    if row["geo_is_anycast"]:
        notes.append("announced from many places (anycast)")
    return (*notes, *_other_answers(row))


def _database(row: dict[str, Any], prefix: str) -> str:
    """Name the database that answered about the place or the network, with its age at the event."""
    built = row[f"{prefix}_db_build"]
    build = f"built {built}" if built else "build date unknown"
    return f"{row[f'{prefix}_db']}, {build}, {age(row[f'{prefix}_db_age_days'])}"


_MOST_ANSWERS = 10
_COPIES = {
    "only": "the only copy of it, so this is the answer as of the events and of today",
    "before": "the copy nearest before the event",
    "after": "the earliest copy, which is later than the event",
    "newest": "the newest copy: the event has no day",
}


def _other_answers(row: dict[str, Any]) -> tuple[str, ...]:
    """Which copy answered, points that stand for an area, distances, and what the newest copy says."""
    notes = [_COPIES[row["geo_copy"]]] if row["geo_copy"] else []
    if row["geo_default_point"]:
        notes.append(f"its coordinates are the vendor's point for the whole {row['geo_default_point']}")
    if row["geo_is_satellite"]:
        notes.append("over a satellite: the user may be far away")
    notes += [each_answer(said) for said in json.loads(row["geo_answers"] or "[]")][:_MOST_ANSWERS]
    return (*notes, *filter(None, (place_now(row["geo_now"]),)))


def _agreement(row: dict[str, Any]) -> str:
    """How many databases give the level that decided; below the region only the region is compared."""
    finer = row["place_match"] == "in" and row["place_level"] in {"region", "subregion"}
    level, agree = ("region", row["geo_region_agree"]) if finer else ("country", row["geo_country_agree"])
    return f"this {level} is given by {agree or 0} of {counted(row['geo_sources_n'], 'vendor')} asked"


def answer(row: dict[str, Any]) -> str:
    """Say in two words what the place of a client means for the places asked for.

    Examples
    --------
    >>> answer({"place_match": "in", "place": "ES"}), answer({"place_match": "out", "place": None})
    ('in ES', '')
    """
    word = {"in": "in", "undetermined": "possibly in"}.get(row["place_match"] or "")
    return f"{word} {row['place']}" if word and row["place"] else ""


def anonymiser(row: dict[str, Any]) -> str:
    """Say what is known about anonymisers; a negative is never more than "no evidence in N sources".

    Where the newest copies of the sources say something else than those of the events' time, both stand.
    """
    _, today = now(row)
    return f"as of the events: {_anonymiser(row)}; {today}" if today else _anonymiser(row)


def _anonymiser(row: dict[str, Any]) -> str:
    sources = counted(row["anon_sources_checked"], "source")
    newest = f"newest {row['anon_newest_source'] or 'undated'}"
    if row["anon_class"] == "not_assessed":
        return "not assessed: no source that could show an anonymiser was asked"
    signal = SIGNALS.get(row["anon_class"])
    if signal is not None and signal.group in {"neither", "access"}:
        provider = f" ({row['anon_provider']})" if row["anon_provider"] else ""
        access = f"; {signal.label}{provider}" if signal.group == "access" else ""
        return f"no anonymiser evidence in {sources} ({newest}){access}"
    kind = signal.label if signal else row["anon_class"]
    provider = f" ({row['anon_provider']})" if row["anon_provider"] else ""
    strength = _STRENGTHS.get(row["anon_strength"], row["anon_strength"] or "strength not given")
    return f"{kind}{provider}, evidence on {strength}; {sources} asked ({newest})"


def network(row: dict[str, Any]) -> str:
    """Name the holder of the network; a holder is not a user."""
    told = list(filter(None, map(_facts, json.loads(row["facts"] or "[]"))))
    if row["as_number"] is None:
        return " · ".join(["unknown: no database of networks has the address", *told])
    parts = [f"AS{row['as_number']}", row["as_org"], row["as_network"]]
    parts += [_database(row, "as")] if row["as_db"] else []
    others = json.loads(row["as_alternatives"] or "[]")
    parts += [f"{one['db']} says AS{one['number']} {one['org'] or ''}".rstrip() for one in others]
    if row["as_now"]:
        later = json.loads(row["as_now"])
        number = f"AS{later['number']}" if "number" in later else "unknown"
        built = f" (built {later['build']})" if "build" in later else ""
        parts.append(f"by the newest database{built}: {number}")
    return " · ".join(part for part in (*parts, *told) if part)


def _facts(said: dict[str, Any]) -> str:
    """One entry of ``facts`` in words, without what it denies."""
    words = [
        name.replace("_", " ") if value is True else f"{name.replace('_', ' ')}: {value}"
        for name, value in said.items()
        if name not in {"db", "build"} and value is not False
    ]
    return f"{said['db']} says {', '.join(words)}" if words else ""


def grade_meaning(grade: int) -> str:
    """Say what a grade means, without sending the reader to another grade."""
    return GRADES.get(grade, "a grade that this version does not know")


def cards(findings: Findings, *, limit: int) -> tuple[Card, ...]:
    """Put the evidence on the first ``limit`` highlighted clients into words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    highlighted = equal_rows(findings.clients, "highlighted", value=True)
    rows = plain_rows(first_rows(findings.clients, highlighted, limit))
    labels = {row.name: row.label for row in findings.classes}
    lines: dict[str, list[tuple[str, str]]] = {row["client"]: [] for row in rows}
    of_these = pc.is_in(findings.lines["client"], value_set=pa.array(list(lines), pa.string()))
    for line in plain_rows(findings.lines.filter(of_these).select(["client", "source", "line", "text"])):
        lines[line["client"]].append((f"{line['source']}:{line['line']}", line["text"]))
    return tuple(_card(row, labels, tuple(lines[row["client"]])) for row in rows)


def busiest(hours: Sequence[str], most: int = 5) -> str:
    """The hours of the week (column ``hours`` of clients) with most events; nothing where there are none.

    Examples
    --------
    >>> busiest(["Mon 08: 2", "Tue 09: 12", "Sun 23: 2"], most=2)
    'Tue 09 (12), Mon 08 (2), and 1 more'
    """
    split = [hour.split(": ") for hour in hours]
    ordered = sorted(split, key=lambda pair: -int(pair[1]))  # of equals the first in the week stays first
    shown = [f"{hour} ({count})" for hour, count in ordered[:most]]
    return ", ".join([*shown, f"and {len(ordered) - most} more"] if len(ordered) > most else shown)


def _card(row: dict[str, Any], labels: dict[str, str], lines: tuple[tuple[str, str], ...]) -> Card:
    days, sessions = counted(row["days_active"], "day"), counted(row["sessions"], "session")
    verbs = ("read", "write", "list", "delete", "login")
    done = ", ".join(counted(row[f"{verb}s"], "log-in" if verb == "login" else verb) for verb in verbs)
    return Card(
        client=row["client"],
        grade=row["grade"],
        grade_meaning=grade_meaning(row["grade"]),
        class_label=labels.get(row["class"], row["class"]),
        place=place(row),
        place_notes=place_notes(row),
        anonymiser=anonymiser(row),
        network=network(row),
        seen=f"{moment(row['first_seen'])} to {moment(row['last_seen'])} UTC, {sessions} on {days}",
        hours=busiest(row["hours"]),
        activity=f"{counted(row['requests'], 'request')}; successful: {done}",
        volume=(
            f"{row['bytes_sent']:,} bytes sent, {row['bytes_received']:,} received; "
            f"{row['not_found']:,} not found, {row['failed']:,} failed otherwise"
        ),
        lines=lines,
        **{
            name: tuple(row[name] or ())
            for name in (
                "user_agents",
                "users",
                "paths",
                "reasons",
                "counter_reasons",
                "missing",
                "would_change",
            )
        },
    )


def set_aside(findings: Findings) -> tuple[SetAside, ...]:
    """Count, class by class, who is or could be in a place asked for and is not singled out."""
    if not findings.places:
        return ()
    rest = ~equal_rows(findings.clients, "highlighted", value=True)
    numbers = sums_by(findings.clients, ("class", "place_match"), rest)
    labels = {name: row.label for name, row in CLASSES.items()}
    labels |= {row.name: row.label for row in findings.classes}
    rows = (
        SetAside(label, *numbers.get((name, "in"), (0, 0)), *numbers.get((name, "undetermined"), (0, 0)))
        for name, label in labels.items()
    )
    return tuple(row for row in rows if row.clients_in or row.clients_undetermined)
