"""The ladder of verdicts: a class, a grade from 0 to 6, and the reasons for and against.

Grades say how far the *data* support "this client was in a place asked for and nothing shows that it
hid". They are no likelihoods; words of likelihood belong to the analyst (ICD 203).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution import sentences
from logattr.attribution.classes import HIGHLIGHTED
from logattr.attribution.facts import Facts
from logattr.attribution.noise import labels
from logattr.networks.signals import CLASSES as SIGNALS
from logattr.places import Membership, Place

__all__ = ["Verdicts", "classify", "judge"]


@dataclass(slots=True)
class Verdicts:
    """Parallel lists, one entry per client, for the verdict columns of ``columns.CLIENTS``."""

    noise: list[str | None]
    noise_reason: list[str | None]
    class_: list[str]
    place_match: list[str | None]
    place: list[str | None]
    place_level: list[str | None]
    place_agreement: list[str | None]
    grade: list[int] = field(default_factory=list)
    reasons: list[list[str]] = field(default_factory=list)
    counter_reasons: list[list[str]] = field(default_factory=list)
    missing: list[list[str]] = field(default_factory=list)
    would_change: list[list[str]] = field(default_factory=list)

    def arrays(self) -> dict[str, pa.Array]:
        """The columns as Arrow arrays."""
        text, texts = pa.string(), pa.list_(pa.dictionary(pa.int32(), pa.string()))
        return {
            "noise": pa.array(self.noise, text),
            "noise_reason": pa.array(self.noise_reason, text),
            "class": pa.array(self.class_, text),
            "place_match": pa.array(self.place_match, text),
            "place": pa.array(self.place, text),
            "place_level": pa.array(self.place_level, text),
            "place_agreement": pa.array(self.place_agreement, text),
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
    *,
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
        What was asked for, and the three-valued answer per client. An "out" becomes "undetermined"
        where another database says "in"; what no database can place has no ``place``.
    """
    facts = Facts(counts, users, addresses, places, membership)
    noise, noise_reason = labels(facts, is_self)
    classes = classify(facts, noise, is_address)
    verdicts = Verdicts(noise, noise_reason, classes, facts.match, facts.place, facts.level, facts.agreement)
    for row, name in enumerate(classes):
        grade, reasons, against, missing, change = _verdict(facts, row, name, noise_reason[row])
        verdicts.grade.append(grade)
        verdicts.reasons.append(reasons)
        verdicts.counter_reasons.append(against)
        verdicts.missing.append(missing)
        verdicts.would_change.append(change)
    return verdicts


def classify(facts: Facts, noise: Sequence[str | None], is_address: NDArray[np.bool_]) -> list[str]:
    """The class of every client."""
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


def _verdict(facts: Facts, row: int, name: str, noise_reason: str | None) -> _Verdict:
    if name in HIGHLIGHTED:
        return _highlighted(facts, row, name)
    if name == "anonymised":
        return _anonymised(facts, row)
    if name == "infrastructure":
        change = ["evidence of an anonymiser in this network"]
        return 2, [sentences.evidence(facts, row)], sentences.evidence_now(facts, row), [], change
    if name == "unlocated":
        return 3, [sentences.unlocated(facts, row)], [], ["a place"], ["a database that knows its place"]
    if name == "not_assessed":
        reasons = [
            sentences.place(facts, row),
            "not assessed: no source of anonymiser evidence covers the address",
        ]
        return 3, reasons, [], ["any source of anonymiser evidence"], ["--list vpn=FILE"]
    reasons = [noise_reason] if noise_reason else []
    if name == "outside":
        reasons = [sentences.place(facts, row) if facts["geo_country"][row] else "no place was asked for"]
        reasons += sentences.place_now(facts, row)
    elif name == "local":
        reasons = [f"{facts['ip_scope'][row]} address space", *reasons]
    elif name == "no_address":
        reasons = ["the log names no address for it", *reasons]
    return 0, reasons, [], [], []


def _anonymised(facts: Facts, row: int) -> _Verdict:
    signal = SIGNALS[facts["anon_class"][row]]
    reasons = [sentences.evidence(facts, row), signal.wording]
    against = sentences.evidence_now(facts, row)
    if signal.keeps_geography and facts["geo_country"][row]:
        reasons.append(sentences.place(facts, row))
    if sentences.pieces(facts, row)[0]["strength"] == "as_only":
        against.append("known by the holder of its network only: not every address of a holder is an exit")
    return 1, reasons, against, [], ["evidence that is out of date, or wrong about this address"]


def _highlighted(facts: Facts, row: int, name: str) -> _Verdict:
    reasons = [sentences.place(facts, row), sentences.negative(facts, row)]
    against, missing, change = sentences.doubts(facts, row)
    engaged = sentences.engagement(facts, row)
    against_it = sentences.unsettled(facts, row) + sentences.disputes(facts, row)
    if name == "possible":
        lacking, source = sentences.finer(facts, row)
        missing.insert(0, lacking)
        change.insert(0, source)
        reasons += sentences.support(facts, row)
        against_it += sentences.coarse(facts, row)
        return 3, reasons + engaged, [*against_it, *against], missing, change
    weak = sentences.coarse(facts, row) + against_it
    if weak:
        return 4, reasons + engaged, [*weak, *against], missing, change
    return (6 if engaged else 5), reasons + engaged, against, missing, change
