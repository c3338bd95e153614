"""The formats that are read, by name; declarations only.

The order is the order in which formats of one family are tried on a line: the special before the general.
"""

from __future__ import annotations

from logattr.formats import aws, clf, json_cloud, json_servers, nginx
from logattr.formats.model import Format

__all__ = ["FORMATS", "Format"]

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        *clf.FORMATS,
        *nginx.FORMATS,
        *aws.FORMATS,
        *json_cloud.FORMATS,
        *json_servers.FORMATS,
        *clf.FALLBACKS,
        *json_servers.FALLBACKS,
    )
}
