"""The logs and lists that are measured on, by name; generate.py writes them.

Nothing heavy is imported here: the process that starts all others stays small, because the kernel counts
what a parent holds into the peak memory of its children.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ADDRESSES", "DATASETS", "LISTS", "SEED", "VERSION", "Dataset", "Facts"]

VERSION = 2  # of what is written; a change here makes everything anew
SEED = 20240110
#: How many are looked up where addresses alone are measured.
ADDRESSES = 1_000_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """One log: its layout, how many lines and distinct clients; ``of``: the log that it is packed from."""

    file: str
    layout: str
    lines: int
    clients: int
    of: str | None = None

    def quick(self) -> Dataset:
        """The same in small, for the tests."""
        lines = max(1_000, self.lines // 500)
        return Dataset(self.file, self.layout, lines, min(self.clients, lines // 2), self.of)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a log; ``lines`` counts ``headers``, ``rejects`` are the lines that are cut off."""

    version: int
    seed: int
    layout: str
    lines: int
    clients: int
    headers: int
    rejects: int
    bytes: int

    @classmethod
    def read(cls, log: Path) -> Facts:
        """Those that stand beside a log."""
        return cls(**json.loads(log.with_name(f"{log.name}.facts.json").read_text(encoding="utf-8")))


DATASETS = {
    "small": Dataset("small.log", "combined", 1_000, 300),
    "combined": Dataset("combined.log", "combined", 2_000_000, 15_000),
    "combined_gz": Dataset("combined.log.gz", "combined", 2_000_000, 15_000, of="combined"),
    "clients": Dataset("clients.log", "combined", 2_000_000, 1_000_000),
    "large": Dataset("large.log", "combined", 20_000_000, 15_000),
    "iis": Dataset("iis.log", "iis", 1_000_000, 15_000),
    "s3": Dataset("s3.log", "s3", 1_000_000, 15_000),
    "json": Dataset("nginx.jsonl", "json", 1_000_000, 15_000),
}
#: Class of each list and how many networks it has; a tenth of the clients stand in some.
LISTS = {"tor_exit": 40_000, "vpn": 40_000, "proxy": 40_000, "relay": 40_000, "hosting": 40_000}
