"""How long it takes to tag addresses, and how much memory, beside what one would write with other libraries.

    python benchmarks/enrichment.py [--ipv4 N] [--ipv6 N] [--city DATABASE.mmdb | --made] [--profile]

One million distinct IPv4 and 200,000 IPv6 addresses are asked of a City database, one of AS numbers, one of
anonymisers, and five lists of 40,000 networks. The City database is the embedded one when it is installed
(real, with 120,000 records that these addresses hit), else one made here; the other two and the lists are
made here. The others (maxminddb, geoip2, pytricia, py-radix, netaddr, as far as installed) are asked on a
part of the addresses; their time is scaled to all of them, and the table says so. They only fetch records
or prefixes: no columns, no evidence, no agreement.
"""

from __future__ import annotations

import argparse
import importlib
import ipaddress
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # as the command line has it

from logattr.addresses import Addresses, canonical, parse
from logattr.databases.embedded import find_embedded
from logattr.enrichment import Sources, open_sources, tag_addresses
from logattr.networks.intervals import Intervals, Range
from tests.mmdb_writer import write

LISTS, NETWORKS = 5, 40_000
_RANDOM = np.random.default_rng(1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--ipv4", type=int, default=1_000_000)
    options.add_argument("--ipv6", type=int, default=200_000)
    options.add_argument("--city", type=Path, default=find_embedded())
    options.add_argument("--made", action="store_true", help="make the City database here, too")
    options.add_argument("--sample", type=int, default=20_000, help="addresses that the others are asked")
    options.add_argument("--profile", action="store_true", help="show where the time goes, and stop")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        databases, lists, networks = make(Path(folder), None if given.made else given.city)
        texts = addresses(given.ipv4, given.ipv6)
        opened = open_sources(databases, lists, environ={"LOGATTR_DATA": folder})
        # Without the embedded database, unless it is the one of these.
        asked = tuple(one for one in opened.databases if one[0].path in databases)
        sources = Sources(asked, opened.lists)
        if given.profile:
            profile(texts, sources)
            return
        tag_addresses(texts[:1000], sources)  # imports, and what is opened at the first use
        wall, own = time.perf_counter(), time.process_time()
        table = tag_addresses(texts, sources)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        memory = peak_megabytes()
        hits = sum(name not in {"none_found", "not_assessed"} for name in table["anon_class"].to_pylist())
        print(f"{len(texts):,} addresses, {hits:,} with evidence; City: {databases[0].name}\n")
        print(f"{'seconds of processor':34}{'':9}{'to this':>9}")
        print(f"{'tag_addresses':34}{own:9.2f}{'':9}  {wall:.2f} s by the clock, {memory:,.0f} MB at most")
        for name, seconds, note in others(texts, databases, networks, given.sample):
            print(f"{name:34}{seconds:9.2f}{seconds / own:9.1f}  {note}")


def addresses(four: int, six: int) -> list[str]:
    """Distinct addresses where unicast addresses are, the same ones every time."""
    low = np.unique(_RANDOM.integers(1 << 24, 224 << 24, four + four // 50 + 10, dtype=np.uint64))
    _RANDOM.shuffle(low)
    low = low[:four]
    high = _RANDOM.integers(0x2001 << 48, 0x2C00 << 48, six, dtype=np.uint64)
    tail = _RANDOM.integers(0, 1 << 63, six, dtype=np.uint64)
    columns = (
        Addresses(np.zeros_like(low), low, np.full(len(low), 4, np.int8)),
        Addresses(high, tail, np.full(six, 6, np.int8)),
    )
    return [text for column in columns for text in canonical(column) if text]


def make(folder: Path, city: Path | None) -> tuple[list[Path], list[str], list[list[str]]]:
    """Three databases, the options of five lists, and the networks of these."""
    places = city or write(folder / "city.mmdb", dict(records(40_000, place)), database_type="GeoLite2-City")
    numbers = write(folder / "asn.mmdb", dict(records(40_000, holder)), database_type="GeoLite2-ASN")
    flags = write(folder / "anon.mmdb", dict(records(20_000, flag)), database_type="GeoIP2-Anonymous-IP")
    networks = [[network for network, _ in records(NETWORKS, flag)] for _ in range(LISTS)]
    classes = ("vpn", "hosting", "proxy", "relay", "tor_exit")
    options = []
    for number, (class_, some) in enumerate(zip(classes, networks, strict=True)):
        path = folder / f"list{number}.txt"
        path.write_text("\n".join(some))
        options.append(f"{class_}={path}@2024-01-01")
    return [places, numbers, flags], options, networks


def records(count: int, record: Callable[[int], Any]) -> Iterator[tuple[str, Any]]:
    """Random networks, one in ten of IPv6, each with a record."""
    starts = _RANDOM.integers(1 << 16, 224 << 16, count).tolist()
    lengths = _RANDOM.integers(20, 29, count).tolist()
    for number, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        if number % 10 == 9:
            base = (0x2001 << 112) + (start << 88)
            yield str(ipaddress.ip_network((base, 40), strict=False)), record(number)
        else:
            yield str(ipaddress.ip_network((start << 8, length), strict=False)), record(number)


def place(number: int) -> dict[str, Any]:
    return {
        "city": {"geoname_id": number, "names": {"en": f"City {number // 3}", "de": f"Stadt {number // 3}"}},
        "country": {"iso_code": "ES", "names": {"en": "Spain", "de": "Spanien"}},
        "location": {"latitude": 36 + number % 70 / 10, "longitude": -6.5, "accuracy_radius": 20},
        "subdivisions": [{"iso_code": "MD", "names": {"en": "Madrid"}}],
    }


def holder(number: int) -> dict[str, Any]:
    return {
        "autonomous_system_number": 64_512 + number % 20_000,
        "autonomous_system_organization": f"Holder {number % 20_000}",
    }


def flag(number: int) -> dict[str, Any]:
    kind = ("is_anonymous_vpn", "is_hosting_provider", "is_public_proxy")[number % 3]
    return {"is_anonymous": True, kind: True}


def others(
    texts: list[str], databases: list[Path], networks: list[list[str]], sample: int
) -> Iterator[tuple[str, float, str]]:
    asked = texts[:: max(1, len(texts) // sample)]
    scale, objects = len(texts) / len(asked), [ipaddress.ip_address(text) for text in asked]
    note = f"on {len(asked):,} addresses, times {scale:.0f}"

    def timed(action: Callable[[], Any]) -> float:
        start = time.process_time()
        action()
        return (time.process_time() - start) * scale

    readers = [maxminddb.open_database(path) for path in databases]
    yield (
        "maxminddb get, 3 databases",
        timed(lambda: [deque(map(reader.get, objects), maxlen=0) for reader in readers]),
        note,
    )
    if geoip2 := module("geoip2.database"):
        with geoip2.Reader(databases[0]) as reader:
            yield "geoip2 city, 1 database", timed(lambda: geoip2_city(reader, asked)), note
    four = [[text for text in some if ":" not in text] for some in networks]
    v4 = [text for text in asked if ":" not in text]
    yield "this: membership in 5 lists", *own_membership(texts, networks)
    if pytricia := module("pytricia"):
        tries = [pytricia.PyTricia(32) for _ in four]
        for tree, some in zip(tries, four, strict=True):
            for text in some:
                tree.insert(text, text)
        yield "pytricia, 5 lists", timed(lambda: [[tree.get(text) for text in v4] for tree in tries]), note
    if radix := module("radix"):
        trees = [radix.Radix() for _ in four]
        for tree, some in zip(trees, four, strict=True):
            for text in some:
                tree.add(text)
        yield (
            "py-radix, 5 lists",
            timed(lambda: [[tree.search_best(text) for text in v4] for tree in trees]),
            note,
        )
    if netaddr := module("netaddr"):
        sets = [netaddr.IPSet(some) for some in four]
        few = v4[: max(1, len(v4) // 20)]
        seconds = timed(lambda: [[netaddr.IPAddress(text) in one for text in few] for one in sets])
        yield "netaddr IPSet, 5 lists", seconds * len(v4) / len(few), f"on {len(few):,} addresses"


def own_membership(texts: list[str], networks: list[list[str]]) -> tuple[float, str]:
    built = []
    for some in networks:
        ranges = [(ipaddress.ip_network(text), row) for row, text in enumerate(some)]
        built.append(
            Intervals.build(Range(int(one[0]), int(one[-1]), one.version, row) for one, row in ranges)
        )
    column = parse(texts)
    start = time.process_time()
    for one in built:
        one.match(column)
    return time.process_time() - start, "all addresses, parsed before"


def geoip2_city(reader: Any, texts: list[str]) -> None:
    from geoip2.errors import AddressNotFoundError

    for text in texts:
        try:
            reader.city(text)
        except AddressNotFoundError:
            continue


def module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"({name} is not installed)", file=sys.stderr)
        return None


def peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss may be the parent's
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def profile(texts: list[str], sources: Sources) -> None:
    import cProfile
    import pstats

    profiler = cProfile.Profile()
    profiler.runcall(tag_addresses, texts, sources)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    main()
