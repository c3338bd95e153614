"""The database that comes with ``logattr[embedded]``: GeoLite2 City of 2018-07-03.

It is the last city-level data of MaxMind under a Creative Commons licence that installs with pip:
real, and old. Networks change hands; a verdict that rests on it says so.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

__all__ = ["ATTRIBUTION", "LICENCE", "find_embedded"]

_PACKAGE = "_maxminddb_geolite2"  # installed by maxminddb-geolite2
_FILE = "GeoLite2-City.mmdb"

#: Licence of the embedded database.
LICENCE = "GeoLite2 City, build of 2018-07-03, (c) MaxMind, Inc.; CC BY-SA 4.0"
#: Text that the licence asks to show with results.
ATTRIBUTION = "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com"


def find_embedded() -> Path | None:
    """Path of the embedded database, None when ``logattr[embedded]`` is not installed.

    The package that carries it is found, not imported: it has nothing to run.

    Examples
    --------
    >>> path = find_embedded()
    >>> path is None or path.suffix == ".mmdb"
    True
    """
    try:
        spec = importlib.util.find_spec(_PACKAGE)
    except ValueError:  # something of that name was put into sys.modules by hand
        return None
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    return None
