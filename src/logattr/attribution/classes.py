"""The classes a client can be counted in, and the grades of support: one table each.

Every client is in exactly one class, so the counts of the classes add up to all clients and their
requests to all events. The order of the table is the order of the report.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSES", "GRADES", "HIGHLIGHTED", "ClientClass"]


@dataclass(frozen=True, slots=True)
class ClientClass:
    """One class of clients.

    Parameters
    ----------
    name
        The value of the column ``class``.
    label
        What a reader sees.
    meaning
        One sentence that says who is counted here.
    highlighted
        Whether its members are singled out.
    """

    name: str
    label: str
    meaning: str
    highlighted: bool = False


CLASSES: dict[str, ClientClass] = {
    row.name: row
    for row in (
        ClientClass(
            "matched",
            "in a place asked for, no anonymiser evidence",
            "The database places the client in a place asked for, and no source that was asked "
            "shows an anonymiser or a hosting network.",
            highlighted=True,
        ),
        ClientClass(
            "possible",
            "possibly in a place asked for, no anonymiser evidence",
            "The database knows no more than what lies around a place asked for, or another database "
            "contradicts it, and no source that was asked shows an anonymiser or a hosting network.",
            highlighted=True,
        ),
        ClientClass(
            "not_assessed",
            "in or possibly in a place asked for, anonymisers not assessed",
            "No source that could show an anonymiser was asked about this client.",
        ),
        ClientClass("outside", "outside the places asked for", "The database places the client elsewhere."),
        ClientClass(
            "unlocated",
            "no place known",
            "No database has a country for the client, so no place can be confirmed or ruled out.",
        ),
        ClientClass(
            "anonymised",
            "anonymiser evidence",
            "A source shows a VPN, Tor exit, proxy or relay; where the user sat cannot be told, except that "
            "a privacy relay by default keeps its user's region.",
        ),
        ClientClass(
            "infrastructure",
            "hosting, cloud or delivery network",
            "The network belongs to a hosting company, cloud, CDN or corporate gateway; "
            "that is not evidence of a VPN.",
        ),
        ClientClass(
            "scanner",
            "scanner",
            "Asked for known probe paths, or sent what is no HTTP request, and reached no content.",
        ),
        ClientClass("robot", "robot, verified", "A crawler whose address lies in its operator's networks."),
        ClientClass(
            "watcher",
            "watcher",
            "Asked for folders or the front page again and again and fetched no content, as monitors and "
            "researchers do.",
        ),
        ClientClass("observer", "the observers themselves", "Named by the user with --self."),
        ClientClass("local", "not a public address", "Private, loopback, link-local or other special space."),
        ClientClass(
            "no_address", "no address", "The log has a host name, another text or nothing for the client."
        ),
    )
}

HIGHLIGHTED = frozenset(name for name, row in CLASSES.items() if row.highlighted)

GRADES: dict[int, str] = {
    0: "out of scope",
    1: "anonymised",
    2: "infrastructure",
    3: "undetermined: place or anonymiser status",
    4: "no anonymiser evidence, place disputed or coarse",
    5: "no anonymiser evidence, place disputed by no database",
    6: "no anonymiser evidence, place disputed by no database, and engaged: "
    "authenticated, or read, wrote or deleted content",
}
