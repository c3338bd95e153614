"""Access logs to an honest answer: who came, from where, and who was not hiding.

In Jupyter and pipelines::

    import logattr

    findings = logattr.investigate("access.log", places=["Liaoning", "Spain"])
    findings.highlighted                     # the clients that no anonymiser evidence explains
    frame = logattr.read_log("access.log")   # every event, as a DataFrame
    logattr.lookup(["203.0.113.9"])          # addresses only

What is imported is loaded when it is first used: ``import logattr`` brings in neither pandas nor pyarrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logattr.errors import (
        DatabaseError,
        FormatError,
        ListError,
        LogattrError,
        OptionError,
        PlaceError,
        SourceError,
    )
    from logattr.formats import FORMATS, Format
    from logattr.investigation import investigate
    from logattr.pipeline import attribute, enrich, lookup, read_log, scan_log
    from logattr.places import Place, resolve
    from logattr.report.findings import Findings

__all__ = [
    "FORMATS",
    "DatabaseError",
    "Findings",
    "Format",
    "FormatError",
    "ListError",
    "LogattrError",
    "OptionError",
    "Place",
    "PlaceError",
    "SourceError",
    "attribute",
    "enrich",
    "investigate",
    "lookup",
    "read_log",
    "resolve",
    "scan_log",
]

_HOMES = {
    **dict.fromkeys(
        (
            "DatabaseError",
            "FormatError",
            "ListError",
            "LogattrError",
            "OptionError",
            "PlaceError",
            "SourceError",
        ),
        "logattr.errors",
    ),
    **dict.fromkeys(("FORMATS", "Format"), "logattr.formats"),
    **dict.fromkeys(("attribute", "enrich", "lookup", "read_log", "scan_log"), "logattr.pipeline"),
    "investigate": "logattr.investigation",
    **dict.fromkeys(("Place", "resolve"), "logattr.places"),
    "Findings": "logattr.report.findings",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        return version("logattr")
    if name not in _HOMES:
        raise AttributeError(f"module 'logattr' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, so that completion shows them before they are loaded."""
    return sorted([*__all__, "__version__"])
