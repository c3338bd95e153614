"""What the store holds, how old it is and what it is good for; and what the catalogue has beyond it."""

from __future__ import annotations

from collections.abc import Mapping

from logattr.databases.catalog import CatalogSource
from logattr.databases.store import Copy, Store
from logattr.report.catalogue import _aligned

__all__ = ["holdings_text"]


def holdings_text(store: Store, catalog: Mapping[str, CatalogSource]) -> str:
    """Two tables: the copies of the store, and the sources of the catalogue that have none.

    Examples
    --------
    >>> from pathlib import Path
    >>> from logattr.databases.catalog import read_catalog
    >>> catalog = {name: one for name, one in read_catalog().items() if name == "dbip-city-lite"}
    >>> print(holdings_text(Store(Path("no-store")), catalog))  # doctest: +NORMALIZE_WHITESPACE
    store: no-store (empty)
    <BLANKLINE>
    not there; `logattr db update SOURCE` fetches:
    SOURCE          SIZE    CHANGES  KEY  GOOD FOR                  LICENCE
    dbip-city-lite  130 MB  monthly  no   places down to the city   CC BY 4.0
    """
    copies = [copy for name in store.sources() for copy in store.copies(name)]
    parts = [f"store: {store.root}{'' if copies else ' (empty)'}"]
    if copies:
        head = ("SOURCE", "DATE", "AGE", "SIZE", "GOOD FOR", "LICENCE")
        parts.append(_aligned([head, *(_copy_row(copy, store) for copy in copies)]))
    held = {copy.source for copy in copies}
    missing = [source for source in catalog.values() if source.name not in held]
    if missing:
        head = ("SOURCE", "SIZE", "CHANGES", "KEY", "GOOD FOR", "LICENCE")
        parts += ["", "not there; `logattr db update SOURCE` fetches:"]
        parts.append(_aligned([head, *map(_missing_row, missing)]))
    return "\n".join(parts)


def _copy_row(copy: Copy, store: Store) -> tuple[str, ...]:
    age = (store.today - copy.date).days
    about = copy.about
    good_for = f"{about.class_}: {about.about or about.title}" if about.class_ else about.about
    return (
        copy.source,
        str(copy.date),
        f"{age:,} day{'' if age == 1 else 's'}",
        _megabytes(copy.size / 1_000_000),
        good_for,
        about.licence or "not stated",
    )


def _missing_row(source: CatalogSource) -> tuple[str, ...]:
    key = "yes" if source.key_env else "no"
    good_for = f"{source.class_}: {source.about}" if source.class_ else source.about
    return (source.name, _megabytes(source.size_mb), source.cadence, key, good_for, source.licence)


def _megabytes(size: float) -> str:
    return f"{size:,.0f} MB" if size >= 10 else f"{max(size, 0.001):.3g} MB"
