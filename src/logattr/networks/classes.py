"""The classes of evidence about an address, strongest meaning first, and how close evidence can be.

Hosting is not VPN; a relay keeps the geography of its user; absence of evidence is a class of its own.
How somebody gets online (by satellite, by phone, at a university) hides nobody: those classes say nothing
for or against an anonymiser, and are an address's class only where sources that could know one have none.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACCESS", "CLASSES", "LIST_CLASSES", "STRENGTHS", "Signal"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One class of evidence.

    Parameters
    ----------
    name
        Value of the column ``anon_class``.
    label
        What a reader sees.
    meaning
        What a hit says, and what it does not.
    group
        ``anonymiser``, ``infrastructure``, ``access`` or ``neither``.
    keeps_geography
        Whether the place of the address still says something about the place of its user.
    wording
        Default sentence for a report.
    """

    name: str
    label: str
    meaning: str
    group: str
    keeps_geography: bool
    wording: str


#: Every value of ``anon_class``, strongest meaning first.
CLASSES: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal(
            "tor_exit",
            "Tor exit",
            "Traffic leaves the Tor network here, if the list is of the log's time.",
            "anonymiser",
            False,
            "a Tor exit; where the user sat cannot be told",
        ),
        Signal(
            "vpn",
            "VPN",
            "Network of a VPN company, or listed as one.",
            "anonymiser",
            False,
            "a VPN network; where the user sat cannot be told",
        ),
        Signal(
            "proxy",
            "proxy",
            "Open or commercial proxy.",
            "anonymiser",
            False,
            "a proxy; where the user sat cannot be told",
        ),
        Signal(
            "residential_proxy",
            "residential proxy",
            "Somebody's home or phone, rented out as an exit. Most are on no list.",
            "anonymiser",
            False,
            "a residential proxy; where the user sat cannot be told",
        ),
        Signal(
            "relay",
            "privacy relay",
            "Relay such as iCloud Private Relay, which hides the address and, by default, keeps the region.",
            "anonymiser",
            True,
            "a privacy relay; by default it keeps the user's region",
        ),
        Signal(
            "sase",
            "corporate gateway",
            "Secure web gateway of a company's staff. The user may sit elsewhere; hiding is not its purpose.",
            "infrastructure",
            False,
            "a corporate gateway; its user may sit elsewhere",
        ),
        Signal(
            "robot",
            "verified robot",
            "Network that the operator of a crawler publishes for it.",
            "infrastructure",
            False,
            "a crawler's published network",
        ),
        Signal(
            "cdn",
            "delivery network",
            "Delivery network. As a client it is a cache, a warm-up or a log that missed the real client.",
            "infrastructure",
            False,
            "a delivery network; the real client may be behind it",
        ),
        Signal(
            "hosting",
            "hosting or cloud",
            "Data centre or cloud: a server, not a person at home. That alone is no evidence of a VPN.",
            "infrastructure",
            False,
            "a hosting network; that alone is no evidence of a VPN",
        ),
        Signal(
            "satellite",
            "satellite access",
            "Access by satellite. The place is that of a ground station or an office, not of the dish.",
            "access",
            False,
            "access by satellite: its place is that of a ground station, which may be in another country",
        ),
        Signal(
            "mobile",
            "mobile network",
            "Network of a mobile carrier. Many people share its addresses, and a region is a guess.",
            "access",
            True,
            "a mobile network: many share an address, and its region is that of a gateway",
        ),
        Signal(
            "education",
            "education",
            "Network of a university, college or school.",
            "access",
            True,
            "a network of education: many people, and guests among them, share it",
        ),
        Signal(
            "government",
            "government",
            "Network of a public authority or of armed forces. It may be used abroad.",
            "access",
            True,
            "a network of a public authority, which may be used in another place",
        ),
        Signal(
            "none_found",
            "no anonymiser evidence",
            "The sources asked have nothing on it. They are never complete.",
            "neither",
            True,
            "no anonymiser evidence in the sources asked",
        ),
        Signal(
            "not_assessed",
            "not assessed",
            "No source was asked that could have known it.",
            "neither",
            True,
            "not assessed for anonymisers",
        ),
    )
}

#: Classes that an entry of a list can have.
LIST_CLASSES: tuple[str, ...] = tuple(name for name in CLASSES if name not in ("none_found", "not_assessed"))

#: Classes of how somebody gets online: neither hiding nor a server.
ACCESS: frozenset[str] = frozenset(name for name, signal in CLASSES.items() if signal.group == "access")

#: How closely evidence names an address, closest first: the address, its network, its AS or holder.
STRENGTHS: tuple[str, ...] = ("exact", "range", "as_only")
