"""Fixtures that write small address databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from .mmdb_writer import write


@pytest.fixture
def write_mmdb(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes ``{network: record}`` as a database and gives its path.

    ``write_mmdb("city.mmdb", {"192.0.2.0/24": {...}}, database_type="GeoLite2-City")``
    """

    def write_database(
        name: str, networks: Mapping[str, Any], *, database_type: str = "Test", **options: Any
    ) -> Path:
        return write(tmp_path / name, networks, database_type=database_type, **options)

    return write_database
