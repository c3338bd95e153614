"""The sentences of verdicts: what a source says, what speaks against it, and what is missing."""

from __future__ import annotations

import json
from typing import Any

from logattr.attribution.disputes import possible_places
from logattr.attribution.facts import Facts
from logattr.networks.signals import CLASSES as SIGNALS
from logattr.networks.signals import negative_sentence

__all__ = [
    "COARSE_KM",
    "ENGAGED_ACTIONS",
    "coarse",
    "disputes",
    "doubts",
    "engagement",
    "evidence",
    "evidence_now",
    "finer",
    "negative",
    "pieces",
    "place",
    "place_now",
    "support",
    "unlocated",
    "unsettled",
]

ENGAGED_ACTIONS = 3
# Vendors give a radius up to 1000 km when they know no more than the country (MaxMind, accuracy_radius);
# a province of 300 km across cannot be told by such a circle.
COARSE_KM = 300.0
_STALE_DAYS = 180


def finer(facts: Facts, row: int) -> tuple[str, str]:
    """What a possible client lacks, and what would settle it."""
    database = facts["geo_db"][row]
    if facts.contradicted[row] or facts.outvoted[row]:
        return "agreement of the databases about the place", "a database that is known to be right here"
    if facts["geo_region"][row] is None:
        return f"the region: {database} knows the country only", "a database that knows the region"
    return f"the province or county: {database} knows the region only", "a database that knows more levels"


def place(facts: Facts, row: int) -> str:
    """Where the database places the client, and what that means for the places asked for."""
    levels = [
        facts[f"geo_{level}_name"][row] or facts[f"geo_{level}"][row]
        for level in ("subregion", "region", "country")
    ]
    where = ", ".join(text for text in levels if text) or "no place"
    built = facts["geo_db_build"][row]
    source = f"{facts['geo_db'][row]}{f' of {built}' if built else ''}"
    return f"{source} places it in {where}{_answer(facts, row)}"


def _answer(facts: Facts, row: int) -> str:
    match, code = facts.match[row], facts.place[row]
    if match == "in" and code in facts.places:
        return f": in {facts.places[code].name}"
    if match == "out" and facts.asked:
        return ": outside the places asked for"
    if match != "undetermined" or code not in facts.places:
        return ""
    location = [facts[name][row] for name in ("geo_country", "geo_region", "geo_subregion")]
    codes = possible_places(facts.asked, *location)
    if facts.outvoted[row]:
        codes = (code,)
    elif facts.contradicted[row]:
        codes = tuple(one.place for one in facts.others(row) if one.match == "in" and one.place)
    return f": possibly in {' or '.join(facts.places[one].name for one in dict.fromkeys(codes))}"


def unlocated(facts: Facts, row: int) -> str:
    """What little is known of a client that no database places in a country."""
    database, registered = facts["geo_db"][row], facts["geo_registered_country"][row]
    if registered:
        return f"{database} knows only that its network is registered in {registered}; that is no location"
    if facts["geo_continent"][row]:
        return f"{database} knows the continent only ({facts['geo_continent'][row]})"
    return "no database has a country for the address"


def pieces(facts: Facts, row: int) -> list[dict[str, Any]]:
    """The pieces of evidence for the class, the deciding one first; other classes support others."""
    every = json.loads(facts["anon_evidence"][row] or "[]")
    return [piece for piece in every if piece["class"] == facts["anon_class"][row]]


def evidence(facts: Facts, row: int) -> str:
    """What shows an anonymiser or a hosting network: class, provider, sources and the entry that matched."""
    own = pieces(facts, row)
    first, provider = own[0], facts["anon_provider"][row]
    sources = dict.fromkeys(
        f"{piece['source']}{f' of {date}' if (date := piece['date']) else ''}" for piece in own
    )
    entry = {"exact": "this very address", "range": f"network {first['network']}"}.get(
        first["strength"], f"{first['value']} as a whole"
    )
    named = f" ({provider})" if provider else ""
    days = dict.fromkeys(day for day in (first.get("first_seen"), first.get("last_seen")) if day)
    seen = f", seen {' to '.join(days)}" if days else ""
    return f"{SIGNALS[first['class']].label}{named}, by {', '.join(sources)}: {entry}{seen}"


def doubts(facts: Facts, row: int) -> tuple[list[str], list[str], list[str]]:
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
    access = SIGNALS.get(facts["anon_class"][row])
    if access is not None and access.group == "access" and access.keeps_geography:
        against.append(f"{access.wording} ({evidence(facts, row)})")
    if facts["geo_city"][row] and facts["geo_default_point"][row] and not coarse(facts, row):
        against.append(
            f"its coordinates are the vendor's point for the whole {facts['geo_default_point'][row]}: "
            "the city is not to be relied on"
        )
    against += place_now(facts, row)
    for one in json.loads(facts["as_alternatives"][row] or "[]"):
        against.append(f"{one['db']} says that AS{one['number']} announces the network")
    radius = facts["geo_accuracy_km"][row]
    if facts.level[row] != "country" and radius is None:
        missing.append("how exact the place is: the database gives no radius")
    elif facts.level[row] == "country" and radius is not None and radius > COARSE_KM:
        against.append(f"the vendor's radius is {radius:.0f} km: only the country is to be relied on")
    if facts["geo_sources_n"][row] < 2:
        against.append("one database only (single family)")
        missing.append("a second, independent database")
    if facts["as_number"][row] is None:
        missing.append("the network's holder (no database of AS numbers has it)")
    missing.append("sight of residential proxies and private VPNs: no list shows them")
    change.append("a hit in another list of VPN, proxy or hosting networks")
    return against, missing, change


def engagement(facts: Facts, row: int) -> list[str]:
    """Sentences that say how the client engaged with the content; empty when it did not."""
    done = {name: facts.count(name, row) for name in ("reads", "writes", "deletes", "logins")}
    sentences = []
    if facts.users[row]:
        sentences.append(f"served under the user name {', '.join(facts.users[row][:3])}")
    # The front page with its pictures and scripts is no content, nor is a probe that was answered.
    if done["logins"] or facts.count("fetched", row) >= ENGAGED_ACTIONS:
        spelled = ", ".join(f"{count:,} {name}" for name, count in done.items() if count)
        sentences.append(f"engaged with the content: {spelled}")
    return sentences


def coarse(facts: Facts, row: int) -> list[str]:
    """Why the place of a client that matched is coarse; empty when it is not."""
    radius, level, found = facts["geo_accuracy_km"][row], facts.level[row], []
    if level != "country" and radius is not None and radius > COARSE_KM:
        found.append(f"the vendor's radius is {radius:.0f} km: too coarse for a {level}")
    if level != "country" and facts["geo_default_point"][row] == "country":
        found.append(f"its coordinates are the vendor's point for the whole country, not for a {level}")
    return found


def unsettled(facts: Facts, row: int) -> list[str]:
    """Why an address of this kind has no place of its own: announced everywhere, or reached by satellite."""
    found = ["the network is announced from many places"] if facts["geo_is_anycast"][row] else []
    access = SIGNALS.get(facts["anon_class"][row])
    if access is not None and access.group == "access" and not access.keeps_geography:
        found.append(f"{access.wording} ({evidence(facts, row)})")
    elif facts["geo_is_satellite"][row]:
        found.append("the connection goes over a satellite: its user may be in another country")
    return found


def place_now(facts: Facts, row: int) -> list[str]:
    """Where the newest copy of the databases places a client, if that is somewhere else."""
    if not facts["geo_now"][row]:
        return []
    said = json.loads(facts["geo_now"][row])
    source = " of ".join(said[key] for key in ("db", "build") if key in said) or "the newest copy"
    where = next((said[key] for key in ("subregion", "region", "country") if key in said), None)
    if where is None:
        return [f"{source}, the newest copy, knows no country for it"]
    return [f"{source}, the newest copy, places it in {', '.join(filter(None, (said.get('city'), where)))}"]


def negative(facts: Facts, row: int) -> str:
    """Say that nothing was found, as of the events and, where newer copies were asked, after those."""
    checked = facts["anon_sources_checked"][row]
    then = negative_sentence(checked, facts["anon_newest_source"][row], checked)
    newest = facts["anon_newest_source_now"][row]
    return f"{then}, nor in the newest copies of those with several" if newest else then


def evidence_now(facts: Facts, row: int) -> list[str]:
    """How the newest copies of the sources differ from those of the events' time."""
    if facts["anon_class_now"][row] is None:
        return []
    if facts.only_now[row]:
        first = pieces(facts, row)[0]
        found = " of ".join(filter(None, (first["source"], first["date"])))
        return [f"found in the newest copies only ({found}), not in those of the time of the events"]
    label = SIGNALS[facts["anon_class_now"][row]].label
    newest = facts["anon_newest_source_now"][row] or "undated"
    return [f"the newest copies of the sources (newest {newest}) say otherwise: {label}"]


def disputes(facts: Facts, row: int) -> list[str]:
    """What other databases say against the answer. One that knows less disputes nothing."""
    if facts.contradicted[row]:
        first = f"{facts['geo_db'][row]}, which is asked first, places it outside"
        others = [one for one in facts.others(row) if one.match == "in"]
        return [first, *(f"only {one.db} places it in {one.where}" for one in others)]
    return [f"{one.db} places it in {one.where}" for one in facts.others(row) if one.match == "out"]


def support(facts: Facts, row: int) -> list[str]:
    """What other databases say for a place that the one asked first leaves open."""
    if facts.match[row] != "undetermined" or facts.contradicted[row]:
        return []
    return [f"{one.db} places it in {one.where}" for one in facts.others(row) if one.match == "in"]
