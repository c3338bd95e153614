"""The ladder of verdicts: a class, a grade from 0 to 6, and the reasons for and against.

Grades say how far the *data* support "this client was in a place asked for and nothing shows that it
hid". They are no likelihoods; words of likelihood belong to the analyst (ICD 203).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.classes import HIGHLIGHTED
from logattr.attribution.noise import SCANNER_PROBES, WATCHER_DAYS, WATCHER_LISTS
from logattr.networks.signals import CLASSES as SIGNALS
from logattr.networks.signals import negative_sentence
from logattr.places import Membership, Place

__all__ = ["COARSE_KM", "ENGAGED_ACTIONS", "Verdicts", "judge"]

ENGAGED_ACTIONS = 3
# Vendors give a radius up to 1000 km when they know no more than the country (MaxMind, accuracy_radius);
# a province of 300 km across cannot be told by such a circle.
COARSE_KM = 300.0
_STALE_DAYS = 180


@dataclass(slots=True)
class Verdicts:
    """Parallel lists, one entry per client, for the verdict columns of ``columns.CLIENTS``."""

    noise: list[str | None]
    noise_reason: list[str | None]
    class_: list[str]
    grade: list[int]
    reasons: list[list[str]] = field(default_factory=list)
    counter_reasons: list[list[str]] = field(default_factory=list)
    missing: list[list[str]] = field(default_factory=list)
    would_change: list[list[str]] = field(default_factory=list)

    def arrays(self) -> dict[str, pa.Array]:
        """The columns as Arrow arrays."""
        text, texts = pa.string(), pa.list_(pa.string())
        return {
            "noise": pa.array(self.noise, text),
            "noise_reason": pa.array(self.noise_reason, text),
            "class": pa.array(self.class_, text),
            "grade": pa.array(self.grade, pa.int8()),
            "highlighted": pa.array([name in HIGHLIGHTED for name in self.class_]),
            "reasons": pa.array(self.reasons, texts),
            "counter_reasons": pa.array(self.counter_reasons, texts),
            "missing": pa.array(self.missing, texts),
            "would_change": pa.array(self.would_change, texts),
        }


def judge(
    counts: dict[str, NDArray[np.int64]],
    users: Sequence[Sequence[str]],
    is_address: NDArray[np.bool_],
    is_self: NDArray[np.bool_],
    addresses: pa.Table,
    places: Sequence[Place],
    membership: Membership,
) -> Verdicts:
    """Put every client in one class and give it a grade with reasons.

    Parameters
    ----------
    counts
        Counters of ``attribution.clients`` by name, one entry per client.
    users
        Users seen per client.
    is_address, is_self
        Whether the client is named by an address, and whether the observers named it as their own.
    addresses
        One row per client, ``columns.ADDRESSES``.
    places, membership
        What was asked for, and the three-valued answer per client.
    """
    facts = _Facts(counts, users, addresses, places, membership)
    noise, noise_reason = _labels(facts, is_self)
    classes = _classes(facts, noise, is_address)
    verdicts = Verdicts(noise, noise_reason, classes, [])
    for row, name in enumerate(classes):
        grade, reasons, against, missing, change = _verdict(facts, row, name, noise_reason[row])
        verdicts.grade.append(grade)
        verdicts.reasons.append(reasons)
        verdicts.counter_reasons.append(against)
        verdicts.missing.append(missing)
        verdicts.would_change.append(change)
    return verdicts


class _Facts:
    """What the verdicts are made from, as plain columns."""

    def __init__(
        self,
        counts: dict[str, NDArray[np.int64]],
        users: Sequence[Sequence[str]],
        addresses: pa.Table,
        places: Sequence[Place],
        membership: Membership,
    ) -> None:
        self.counts = counts
        self.users = users
        self.places = {place.code: place for place in places}
        self.match = list(membership.match)
        self.place = list(membership.place)
        self.level = list(membership.level)
        self.address: dict[str, list[Any]] = {
            name: addresses[name].to_pylist() for name in addresses.column_names
        }

    def count(self, name: str, row: int) -> int:
        return int(self.counts[name][row])

    def __getitem__(self, name: str) -> list[Any]:
        return self.address[name]


def _labels(facts: _Facts, is_self: NDArray[np.bool_]) -> tuple[list[str | None], list[str | None]]:
    """Observer, robot, scanner or watcher, and why; null for everybody else."""
    counts = facts.counts
    labels: list[str | None] = [None] * len(is_self)
    reasons: list[str | None] = [None] * len(is_self)
    odd = counts["probes"] + counts["no_request"]
    scanners = (odd >= SCANNER_PROBES) & (counts["content"] == 0)
    fetched = counts["reads"] + counts["writes"] + counts["deletes"] + counts["logins"]
    watchers = (counts["lists"] >= WATCHER_LISTS) & (counts["days_active"] >= WATCHER_DAYS) & (fetched == 0)
    for row in np.flatnonzero(watchers).tolist():
        labels[row] = "watcher"
        reasons[row] = (
            f"{facts.count('lists', row)} listings on {facts.count('days_active', row)} days, nothing read, "
            "written or deleted"
        )
    for row in np.flatnonzero(scanners).tolist():
        labels[row] = "scanner"
        reasons[row] = (
            f"{facts.count('probes', row)} requests for known probe paths and {facts.count('no_request', row)} "
            "that are no HTTP request, and no content reached"
        )
    for row, evidence in enumerate(facts["anon_class"]):
        if evidence == "robot":
            labels[row] = "robot"
            reasons[row] = f"in the networks of {facts['anon_provider'][row] or 'a crawler operator'}"
    for row in np.flatnonzero(is_self).tolist():
        labels[row], reasons[row] = "observer", "named with --self"
    return labels, reasons


def _classes(facts: _Facts, noise: Sequence[str | None], is_address: NDArray[np.bool_]) -> list[str]:
    classes = []
    for row, label in enumerate(noise):
        signal = SIGNALS.get(facts["anon_class"][row])
        if not is_address[row]:
            name = "no_address"
        elif facts["geo_status"][row] == "not_global":
            name = "observer" if label == "observer" else "local"
        elif label is not None:
            name = label
        elif signal is not None and signal.group == "anonymiser":
            name = "anonymised"
        elif signal is not None and signal.group == "infrastructure":
            name = "infrastructure"
        elif not facts.places:
            name = "outside" if facts["geo_country"][row] else "unlocated"
        elif facts.match[row] == "out":
            name = "outside"
        elif facts["geo_country"][row] is None:
            name = "unlocated"
        elif facts["anon_class"][row] == "not_assessed":
            name = "not_assessed"
        else:
            name = "matched" if facts.match[row] == "in" else "possible"
        classes.append(name)
    return classes


_Verdict = tuple[int, list[str], list[str], list[str], list[str]]


def _verdict(facts: _Facts, row: int, name: str, noise_reason: str | None) -> _Verdict:
    if name in HIGHLIGHTED:
        return _highlighted(facts, row, name)
    if name == "anonymised":
        return 1, [_evidence_sentence(facts, row)], [], [], ["if the evidence is out of date or wrong"]
    if name == "infrastructure":
        return 2, [_evidence_sentence(facts, row)], [], [], ["if a source shows a VPN in this network"]
    if name == "unlocated":
        return (
            3,
            ["no database has a country for the address"],
            [],
            ["a place"],
            ["a database that covers it"],
        )
    if name == "not_assessed":
        return (
            3,
            [_place_sentence(facts, row)],
            [],
            ["any source of anonymiser evidence"],
            ["--list vpn=FILE"],
        )
    reason = noise_reason
    if reason is None and name == "outside":
        reason = _place_sentence(facts, row)
    if reason is None and name == "local":
        reason = f"{facts['ip_scope'][row]} address space"
    return 0, [reason or "the log names no address for it"], [], [], []


def _highlighted(facts: _Facts, row: int, name: str) -> _Verdict:
    checked, newest = facts["anon_sources_checked"][row], facts["anon_newest_source"][row]
    reasons = [_place_sentence(facts, row), negative_sentence(checked, newest, checked)]
    against, missing, change = _doubts(facts, row)
    engaged = _engagement(facts, row)
    if name == "possible":
        missing.insert(0, f"the region: {facts['geo_db'][row]} knows the country only")
        change.insert(0, "a database that knows the region")
        return 3, reasons + engaged, against, missing, change
    coarse = _coarse(facts, row)
    if coarse:
        return 4, reasons + engaged, [*coarse, *against], missing, change
    return (6 if engaged else 5), reasons + engaged, against, missing, change


def _place_sentence(facts: _Facts, row: int) -> str:
    known = [facts["geo_country_name"][row], facts["geo_region_name"][row], facts["geo_subregion_name"][row]]
    where = ", ".join(text for text in reversed(known) if text) or "no place"
    built = facts["geo_db_build"][row]
    source = f"{facts['geo_db'][row]}{f' of {built}' if built else ''}"
    place = facts.places.get(facts.place[row] or "")
    verdict = {"in": "in", "out": "outside", "undetermined": "possibly in"}.get(facts.match[row] or "", "")
    question = f": {verdict} {place.name}" if place and verdict else ""
    return f"{source} places it in {where}{question}"


def _evidence_sentence(facts: _Facts, row: int) -> str:
    evidence = json.loads(facts["anon_evidence"][row] or "[]")
    signal = SIGNALS[facts["anon_class"][row]]
    provider = facts["anon_provider"][row]
    sources = sorted({item["source"] for item in evidence})
    return f"{signal.label}{f' ({provider})' if provider else ''}, by {', '.join(sources)}"


def _doubts(facts: _Facts, row: int) -> tuple[list[str], list[str], list[str]]:
    """What speaks against, what is missing, and what would change the verdict on a highlighted client."""
    against, missing, change = [], [], []
    age, country = facts["geo_db_age_days"][row], facts["geo_country"][row]
    registered = facts["geo_registered_country"][row]
    if age is not None and abs(age) > _STALE_DAYS:
        relation = "older" if age > 0 else "newer"
        against.append(
            f"{facts['geo_db'][row]} is {abs(age):,} days {relation} than the last event; places change"
        )
        change.append("a database of the time of the events")
    if registered is not None and registered != country:
        against.append(f"the network is registered in {registered}, not {country}")
    if facts["geo_is_anycast"][row]:
        against.append("the network is announced from many places")
    if facts["geo_sources_n"][row] < 2:
        against.append("one database only (single family)")
        missing.append("a second, independent database")
    if facts["as_number"][row] is None:
        missing.append("the network's holder (no database of AS numbers has it)")
    missing.append("sight of residential proxies and private VPNs: no list shows them")
    change.append("a hit in another list of VPN, proxy or hosting networks")
    return against, missing, change


def _engagement(facts: _Facts, row: int) -> list[str]:
    """Sentences that say how the client engaged with the content; empty when it did not."""
    done = {name: facts.count(name, row) for name in ("reads", "writes", "deletes", "logins")}
    sentences = []
    if facts.users[row]:
        sentences.append(f"authenticated as {', '.join(facts.users[row][:3])}")
    if done["logins"] or done["reads"] + done["writes"] + done["deletes"] >= ENGAGED_ACTIONS:
        spelled = ", ".join(f"{count} {name}" for name, count in done.items() if count)
        sentences.append(f"engaged with the content: {spelled}")
    # A scanner that happens on a page has read it, but reached no content.
    return sentences if facts.count("content", row) or facts.users[row] or done["logins"] else []


def _coarse(facts: _Facts, row: int) -> list[str]:
    """Why the place is coarse or disputed, for a client that matched; empty when it is neither."""
    found = []
    radius = facts["geo_accuracy_km"][row]
    if facts.level[row] != "country" and radius is not None and radius > COARSE_KM:
        found.append(f"the vendor's radius is {radius:.0f} km: too coarse for a {facts.level[row]}")
    sources = facts["geo_sources_n"][row]
    agree = facts["geo_country_agree" if facts.level[row] == "country" else "geo_region_agree"][row]
    if agree is not None and sources > 1 and agree < sources:
        found.append(f"only {agree} of {sources} databases say so: {facts['geo_alternatives'][row]}")
    return found
