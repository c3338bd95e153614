"""What the records of vendors' databases look like: one readable module per family."""

from __future__ import annotations

from logattr.databases.vendors import flat, ipinfo, maxmind
from logattr.databases.vendors.layout import Layout

__all__ = ["LAYOUTS"]

#: Every layout, the most telling first: a database has the first that fits.
LAYOUTS: tuple[Layout, ...] = (*maxmind.LAYOUTS, *ipinfo.LAYOUTS, *flat.LAYOUTS)
