"""Counting clients, labelling noise, and the ladder of verdicts."""

from __future__ import annotations

import datetime
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logattr.attribution.classes import CLASSES, GRADES, HIGHLIGHTED
from logattr.attribution.clients import _KEEP, NO_CLIENT, ClientTable, client_key
from logattr.attribution.findings import clients_table, parse_networks
from logattr.attribution.noise import (
    SCANNER_PROBES,
    WATCHER_DAYS,
    WATCHER_LISTS,
    are_background,
    are_probes,
    is_background,
    is_probe,
)
from logattr.attribution.sentences import COARSE_KM, ENGAGED_ACTIONS
from logattr.attribution.sessions import SESSION_GAP, Sessions
from logattr.columns import CLIENTS, EVENTS, schema
from logattr.databases.mmdb import open_database
from logattr.databases.schemas import recognise
from logattr.enrichment import Sources
from logattr.errors import OptionError
from logattr.networks.lists import load_list
from logattr.places import resolve_many

START = datetime.datetime(2024, 1, 10, tzinfo=datetime.UTC)
MINUTE, DAY = 60 * 1_000_000, 86_400 * 1_000_000
START_US = int(START.timestamp()) * 1_000_000


def table(*events: dict[str, Any]) -> pa.Table:
    """Events with the columns given; the others are null."""
    fixed = {"source": "log", "line": 1, "offset": 0, "client_rule": "peer", "format": "combined"}
    return pa.Table.from_pylist([fixed | one for one in events], schema=schema(EVENTS))


def get(
    path: str = "/films/a.mov", *, ip: str = "81.32.0.1", at: float | None = 0, **more: Any
) -> dict[str, Any]:
    """A GET that was answered with 200, some minutes after the start."""
    time = None if at is None else START_US + int(at * MINUTE)
    action = "list" if path.endswith("/") else "read"
    event = {"client_ip": ip, "client_raw": ip, "method": "GET", "target": path, "path": path}
    return event | {"status": 200, "action": action, "time": time} | more


def counted(*blocks: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is counted for each client of some blocks."""
    clients = ClientTable()
    for block in blocks:
        clients.add(table(*block))
    columns = {name: array.to_pylist() for name, array in clients.table().items()}
    for name in ("probes", "malformed", "content", "fetched"):
        columns[name] = clients.counter(name).tolist()
    columns["is_address"] = clients.is_address.tolist()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {row["client"]: row for row in rows}


# --- counting -------------------------------------------------------------------------------------

ACTIONS = {"read": "reads", "write": "writes", "list": "lists", "delete": "deletes", "login": "logins"}
event_strategy = st.fixed_dictionaries(
    {
        "client_ip": st.sampled_from(["81.32.0.1", "175.160.0.1", "2a02:9000::1", None]),
        "client_host": st.sampled_from([None, "host.example"]),
        "client_raw": st.sampled_from([None, "?"]),
        "time": st.one_of(
            st.none(),
            st.integers(START_US, START_US + 3 * DAY),
            st.integers(-5, 400).map(lambda number: START_US + number * 15 * MINUTE),
        ),
        "status": st.sampled_from([None, 200, 206, 204, 301, 302, 304, 400, 401, 404, 410, 500]),
        "method": st.sampled_from(["GET", None]),
        "operation": st.sampled_from([None, None, "REST.GET.OBJECT"]),
        "target": st.sampled_from([None, "/a.mov", "/films/", "/", "/.env", "\x16\x03\x01"]),
        "path": st.sampled_from([None, "/a.mov", "/films/", "/", "/.env", "/site.css"]),
        "action": st.sampled_from([None, "other", *ACTIONS]),
        "user": st.sampled_from([None, "ann", "bob"]),
        "user_agent": st.sampled_from([None, "curl/8", "Wget"]),
        "bytes_sent": st.one_of(st.none(), st.integers(0, 10**12)),
        "bytes_received": st.one_of(st.none(), st.integers(0, 10**12)),
    }
)


def obvious(events: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Count the same, event by event."""
    found: dict[str, dict[str, Any]] = {}
    times: dict[str, list[int]] = defaultdict(list)
    tops: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names = (
        "requests ok not_found failed no_request probes malformed content fetched bytes_sent bytes_received"
    )
    for event in events:
        client = event["client_ip"] or event["client_host"] or event["client_raw"] or NO_CLIENT
        row = found.setdefault(client, dict.fromkeys([*names.split(), *ACTIONS.values()], 0))
        row["is_address"] = event["client_ip"] is not None
        status, method = event["status"], event["method"]
        done = 200 <= status < 300 if status else method is None
        garbled = method is None and event["operation"] is None
        content = (
            event["action"] in ACTIONS and not is_probe(event["target"]) and not is_background(event["path"])
        )
        row["requests"] += 1
        row["ok"] += 200 <= (status or 0) < 400
        row["not_found"] += status in {404, 410}
        row["failed"] += (status or 0) >= 400 and status not in {404, 410}
        row["no_request"] += garbled
        row["malformed"] += garbled and (event["target"] is not None or status == 400)
        row["probes"] += is_probe(event["target"]) and not done and status != 302
        row["content"] += content and (done or status == 304)
        row["fetched"] += content and done and event["action"] != "list"
        if done and event["action"] in ACTIONS:
            row[ACTIONS[event["action"]]] += 1
        row["bytes_sent"] += event["bytes_sent"] or 0
        row["bytes_received"] += event["bytes_received"] or 0
        if event["time"] is not None:
            times[client].append(event["time"])
        for column, name in (("path", "paths"), ("user_agent", "user_agents"), ("user", "users")):
            if event[column] is not None and (done or column != "user"):
                tops[client, name][event[column]] += 1
    for client, row in found.items():
        own = sorted(times[client])
        row["sessions"] = sum(b - a > SESSION_GAP for a, b in itertools.pairwise(own)) + bool(own)
        weekly = Counter(
            datetime.datetime.fromtimestamp(at // 1_000_000, datetime.UTC).strftime("%u%a %H") for at in own
        )
        row["hours"] = [f"{hour[1:]}: {count}" for hour, count in sorted(weekly.items())]
        row["days_active"] = len({time // DAY for time in own})
        row["first_seen"], row["last_seen"] = (own[0], own[-1]) if own else (None, None)
        for name in ("paths", "user_agents", "users"):
            row[name] = sorted(tops[client, name], key=lambda text: (-tops[client, name][text], text))
    return found


def as_microseconds(row: dict[str, Any]) -> dict[str, Any]:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    moved = {
        name: row[name] and (row[name] - epoch) // datetime.timedelta(microseconds=1)
        for name in ("first_seen", "last_seen")
    }
    return {name: value for name, value in row.items() if name != "client"} | moved


@given(
    events=st.lists(event_strategy, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    waiting=st.sampled_from([0, 7, 1 << 19]),
)
@settings(deadline=None)
def test_counts_equal_the_obvious_ones_whatever_the_order_and_the_blocks(
    events: list[dict[str, Any]], cuts: list[int], waiting: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logattr.attribution.clients._MERGE_ROWS", waiting)
        compare_with_the_obvious(events, cuts)


def compare_with_the_obvious(events: list[dict[str, Any]], cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    blocks = [events[a:b] for a, b in itertools.pairwise(edges)]
    expected = obvious(events)
    found = counted(*blocks)
    assert list(found) == list(expected)  # in order of the first event
    for client, row in expected.items():
        assert as_microseconds(found[client]) == row


def test_a_block_that_is_older_than_what_was_read_adds_its_sessions() -> None:
    newest_first = [get(at=at) for at in (600, 615)], [get(at=at) for at in (0, 10)], [get(at=300)]
    row = counted(*newest_first)["81.32.0.1"]
    assert row["sessions"] == 3
    assert row["first_seen"] == START
    assert row["last_seen"] == START + datetime.timedelta(minutes=615)


@pytest.mark.parametrize(("gap", "sessions"), [(29.9, 1), (30, 1), (30.1, 2)])
def test_a_session_ends_with_a_gap_of_more_than_thirty_minutes(gap: float, sessions: int) -> None:
    assert counted([get(at=0), get(at=gap)])["81.32.0.1"]["sessions"] == sessions
    assert counted([get(at=0)], [get(at=gap)])["81.32.0.1"]["sessions"] == sessions
    assert counted([get(at=gap)], [get(at=0)])["81.32.0.1"]["sessions"] == sessions


def test_an_event_between_two_sessions_joins_them() -> None:
    assert counted([get(at=0), get(at=60)])["81.32.0.1"]["sessions"] == 2
    assert counted([get(at=0), get(at=60)], [get(at=30)])["81.32.0.1"]["sessions"] == 1


def test_a_session_over_midnight_is_one_session_on_two_days() -> None:
    row = counted([get(at=24 * 60 - 10), get(at=24 * 60 + 10)])["81.32.0.1"]
    assert (row["sessions"], row["days_active"]) == (1, 2)


def test_sessions_stay_right_when_many_runs_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logattr.attribution.parts._MERGE_FROM", 4)
    random = np.random.default_rng(7)
    clients, times = random.integers(0, 5, 2000), random.integers(0, 300 * SESSION_GAP, 2000)
    sessions = Sessions()
    for part in np.array_split(np.arange(2000), 97):
        sessions.add(clients[part], times[part])
    for client in range(5):
        own = np.sort(times[clients == client])
        assert sessions.counts(5)[client] == 1 + (np.diff(own) > SESSION_GAP).sum()
        assert sessions.days(5)[client] == len(np.unique(own // DAY))


def test_events_without_a_time_count_but_make_no_session() -> None:
    row = counted([get(at=None), get(at=None)])["81.32.0.1"]
    assert (row["requests"], row["sessions"], row["days_active"]) == (2, 0, 0)
    assert row["first_seen"] is None


def test_a_client_is_called_by_address_then_host_then_raw_text() -> None:
    events = table(
        get(),
        get(ip=None, client_host="host.example", client_raw="host.example"),
        get(ip=None, client_raw="???"),
        get(ip=None, client_raw=None),
    )
    assert client_key(events).to_pylist() == ["81.32.0.1", "host.example", "???", NO_CLIENT]
    clients = ClientTable()
    clients.add(events)
    assert clients.is_address.tolist() == [True, False, False, False]


@pytest.mark.parametrize("name", ["bytes_sent", "bytes_received"])
def test_a_sum_of_absurd_numbers_neither_wraps_nor_shrinks(name: str) -> None:
    huge, other = 10**18 - 1, "175.160.0.1"
    block = [get(**{name: huge}) for _ in range(11)] + [get(**{name: -5}), get(ip=other, **{name: 7})]

    rows = counted(block, block, [get(**{name: -(10**18)}), get(ip=other, **{name: 2**53 + 1})])

    assert [rows[client][name] for client in ("81.32.0.1", other)] == [2**62, 2**53 + 15]


def test_an_empty_block_changes_nothing() -> None:
    clients = ClientTable()
    clients.add(schema(EVENTS).empty_table())
    assert len(clients) == 0
    assert all(len(column) == 0 for column in clients.table().values())


def test_categories_that_no_row_uses_make_no_clients() -> None:
    events = table(get(), get(ip="175.160.0.1")).filter(pa.array([False, True]))
    assert len(events["client_ip"].chunk(0).dictionary) == 2
    clients = ClientTable()
    clients.add(events)
    assert clients.names == ["175.160.0.1"]


def test_top_lists_are_bounded_and_keep_the_most_frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logattr.attribution.clients._MERGE_ROWS", 1000)
    clients = ClientTable()
    for block in range(20):
        rare = [get(f"/films/{block}-{number}.mov", at=block) for number in range(400)]
        clients.add(table(*rare, *[get("/films/often.mov", at=block)] * 3))
    (paths,) = clients.table()["paths"].to_pylist()
    assert len(paths) == 10
    assert paths[0] == "/films/often.mov"
    assert len(clients._tops["path"]) <= 4 * 10 * _KEEP


@pytest.mark.parametrize(
    ("event", "reads"),
    [
        ({"status": 200}, 1),
        ({"status": 206}, 1),  # a part of a film is read
        ({"status": 304}, 0),  # nothing was sent
        ({"status": 301}, 0),
        ({"status": 404}, 0),
        ({"status": None}, 0),  # an HTTP log without statuses shows no success
        ({"status": None, "method": None, "operation": "get"}, 1),  # what FTP logs was done
        ({"status": None, "operation": "REST.GET.OBJECT", "format": "s3"}, 0),  # it has statuses
        ({"status": None, "operation": "File accessed", "format": "nextcloud_json"}, 1),  # an audit log
        ({"status": 200, "action": "other", "method": "HEAD"}, 0),
    ],
)
def test_what_counts_as_read(event: dict[str, Any], reads: int) -> None:
    assert counted([get(**event)])["81.32.0.1"]["reads"] == reads


@pytest.mark.parametrize(("status", "users"), [(200, ["ann"]), (401, []), (404, []), (None, [])])
def test_a_user_name_counts_only_where_something_was_served(status: int | None, users: list[str]) -> None:
    assert counted([get(user="ann", status=status)])["81.32.0.1"]["users"] == users


# --- probes and background ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "/.env", "/.git/config", "/wp-login.php", "/phpMyAdmin/", "/pma/", "/shell.php", "/shell4.php?x=1",
        "/cmd", "/cgi-bin/luci", "/?x=${jndi:ldap://a}", "/a/../../etc/passwd", "/index.php?s=/index/think",
        "/info.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/HNAP1",
        "/actuator/health", "/mysql/",
    ],
)  # fmt: skip
def test_paths_that_only_scanners_ask_for(target: str) -> None:
    assert is_probe(target)


@pytest.mark.parametrize(
    "target",
    [
        None, "/", "/films/", "/films/scene-12.mov", "/shells/nautilus.mov", "/alfa-romeo.mov",
        "/testimony.pdf", "/cmdline.html", "/information/", "/environment.txt", "/pmarble.png",
    ],
)  # fmt: skip
def test_paths_of_content_are_no_probes(target: str | None) -> None:
    assert not is_probe(target)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", True), ("/index.html", True), ("/favicon.ico", True), ("/robots.txt", True), ("/js/app.js", True),
     ("/films/", False), ("/films/a.mov", False), ("/report.json", False), (None, False), ("", False)],
)  # fmt: skip
def test_what_browsers_fetch_by_themselves_is_no_content(path: str | None, expected: bool) -> None:
    assert is_background(path) is expected


PIECES = ["/", ".", ".env", "WP-LOGIN.php", "cmd", "9", "\u0669", "\u017f", "\u212a", "\n", " ", "k", "s"]
PIECES += ["site.css", "a" * 2041, "test", "?", "/sdk", "\xe9", "union select", "favicon.ico", ".."]


@given(parts=st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), max_size=8))
def test_many_texts_at_once_are_told_as_each_alone(parts: list[str]) -> None:
    texts = pa.array(parts, pa.string())
    assert are_probes(texts).tolist() == [is_probe(text) for text in parts]
    assert are_background(texts).tolist() == [is_background(text) for text in parts]


@pytest.mark.parametrize(
    "text", ["/CMD\u0669", "/te\u017ft", "/sdk\n", "/test\u0663.php", "/pma\u00e9", "/site.c\u017fs"]
)
def test_texts_that_re2_and_python_read_differently_are_told_as_by_python(text: str) -> None:
    assert are_probes(pa.array([text])).tolist() == [is_probe(text)]
    assert are_background(pa.array([text])).tolist() == [is_background(text)]


# --- verdicts -------------------------------------------------------------------------------------


def place(country: str | None = None, *regions: str, km: float | None = 50, **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = dict(more)
    if country:
        record["country"] = {
            "iso_code": country,
            "names": {"en": {"CN": "China", "ES": "Spain"}.get(country)},
        }
        record["country"]["names"] = {k: v for k, v in record["country"]["names"].items() if v}
    if regions:
        record["subdivisions"] = [{"iso_code": code} for code in regions]
    if km is not None:
        record["location"] = {"accuracy_radius": km}
    return record


@pytest.fixture
def judge(write_mmdb: Any, tmp_path: Path) -> Any:
    """Return a function that gives the row of one client: events, databases, lists and places in."""
    numbers = itertools.count()

    def run(
        *records: dict[str, Any],
        events: Sequence[dict[str, Any]] = (get(),),
        lists: dict[str, str] | None = None,
        places: Sequence[str] = ("Liaoning", "Spain"),
        self_networks: Sequence[str] = (),
        **options: Any,
    ) -> dict[str, Any]:
        databases = []
        for record in records:
            name = "abcdefgh"[len(databases)] + ".mmdb"
            path = write_mmdb(
                f"{next(numbers)}{name}", {"81.32.0.0/16": record, "9.9.9.9/32": place("US")}, **options
            )
            databases.append(open_database(path.rename(path.with_name(name))))
        made = []
        for class_, line in (lists if lists is not None else {"vpn": "8.8.4.0/24"}).items():
            path = tmp_path / "lists" / f"{class_}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(line + "\n")
            made.append(load_list(class_, path, date=datetime.date(2024, 1, 31)))
        sources = Sources(tuple((one, recognise(one)) for one in databases), tuple(made))
        clients = ClientTable()
        clients.add(table(*events))
        result = clients_table(clients, resolve_many(places), sources, self_networks)
        assert result.schema == schema(CLIENTS)
        (row,) = result.to_pylist()
        wording_is_honest(row)
        return dict(row)

    return run


FORBIDDEN = re.compile(
    r"is not a vpn|non-vpn|\bcertain|absolute|definite|proof|proves|residential(?![ _]prox)", re.I
)


def sentences(row: dict[str, Any]) -> list[str]:
    lists = (row[name] for name in ("reasons", "counter_reasons", "missing", "would_change"))
    return [*itertools.chain.from_iterable(lists), row["noise_reason"] or ""]


def wording_is_honest(row: dict[str, Any]) -> None:
    for sentence in sentences(row):
        assert not FORBIDDEN.search(sentence), sentence
        assert "None" not in sentence, sentence
    assert row["reasons"], "no verdict without a reason"
    assert row["grade"] in GRADES
    assert row["highlighted"] == (row["class"] in HIGHLIGHTED)


READ = [get(f"/films/{number}.mov", at=number) for number in range(ENGAGED_ACTIONS)]
LOOKED = [get("/"), get("/films/")]
LIAONING = place("CN", "LN")
VPN = {"vpn": "81.32.0.0/24"}
LADDER: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], tuple[str, int]]] = {
    "engaged": ((LIAONING,), {"events": READ}, ("matched", 6)),
    "agreed": ((LIAONING,), {"events": LOOKED}, ("matched", 5)),
    "agreed by two": ((LIAONING, LIAONING), {"events": LOOKED}, ("matched", 5)),
    "user name": ((LIAONING,), {"events": [get(user="ann", status=200)]}, ("matched", 6)),
    "refused user name": ((LIAONING,), {"events": [get(user="ann", status=401)]}, ("matched", 5)),
    "coarse": ((place("CN", "LN", km=500),), {"events": READ}, ("matched", 4)),
    "just not coarse": ((place("CN", "LN", km=COARSE_KM),), {"events": LOOKED}, ("matched", 5)),
    "a coarse country is a country": ((place("ES", "MD", km=500),), {"events": LOOKED}, ("matched", 5)),
    "disputed": ((LIAONING, place("CN", "JL")), {"events": READ}, ("matched", 4)),
    "disputed country": ((LIAONING, place("KR")), {"events": READ}, ("matched", 4)),
    "disputed between two places asked for": ((LIAONING, place("ES")), {"events": READ}, ("matched", 4)),
    "another region of the country asked for": ((place("ES", "MD"), place("ES", "CT")), {}, ("matched", 5)),
    "one knows less": ((LIAONING, place("CN")), {"events": LOOKED}, ("matched", 5)),
    "no region": ((place("CN"),), {"events": READ}, ("possible", 3)),
    "no region, another has it": ((place("CN"), LIAONING), {"events": READ}, ("possible", 3)),
    "another region, disputed": ((place("CN", "JL"), LIAONING), {"events": READ}, ("possible", 3)),
    "another country, disputed": ((place("KR"), LIAONING), {"events": READ}, ("possible", 3)),
    "not assessed": ((LIAONING,), {"lists": {}}, ("not_assessed", 3)),
    "possible and not assessed": ((place("CN"),), {"lists": {}}, ("not_assessed", 3)),
    "registered there": ((place(registered_country={"iso_code": "ES"}),), {}, ("unlocated", 3)),
    "continent": ((place(continent={"code": "EU"}),), {}, ("unlocated", 3)),
    "nothing known": (({},), {}, ("unlocated", 3)),
    "hosting": ((LIAONING,), {"lists": {"hosting": "81.32.0.0/24"}}, ("infrastructure", 2)),
    "cdn": ((LIAONING,), {"lists": {"cdn": "81.32.0.0/24"}}, ("infrastructure", 2)),
    "gateway": ((LIAONING,), {"lists": {"sase": "81.32.0.0/24"}}, ("infrastructure", 2)),
    "anonymised in the place": ((LIAONING,), {"lists": VPN, "events": READ}, ("anonymised", 1)),
    "tor": ((LIAONING,), {"lists": {"tor_exit": "81.32.0.1"}}, ("anonymised", 1)),
    "relay": ((LIAONING,), {"lists": {"relay": "81.32.0.0/24"}}, ("anonymised", 1)),
    "listed as proxy at home": (
        (LIAONING,),
        {"lists": {"residential_proxy": "81.32.0.1"}},
        ("anonymised", 1),
    ),
    "elsewhere": ((place("CN", "JL"),), {"events": READ}, ("outside", 0)),
    "elsewhere, agreed": ((place("CN", "JL"), place("KR")), {}, ("outside", 0)),
    "no place asked for": ((LIAONING,), {"places": ()}, ("outside", 0)),
    "no place asked for, none known": (({},), {"places": ()}, ("unlocated", 3)),
    "local": ((LIAONING,), {"events": [get(ip="10.0.0.1")]}, ("local", 0)),
    "host name": ((LIAONING,), {"events": [get(ip=None, client_host="host.example")]}, ("no_address", 0)),
    "nobody": ((LIAONING,), {"events": [get(ip=None)]}, ("no_address", 0)),
    "observer": ((LIAONING,), {"self_networks": ["81.32.0.0/24"], "events": READ}, ("observer", 0)),
    "local observer": (
        (LIAONING,),
        {"self_networks": ["10.0.0.0/8"], "events": [get(ip="10.0.0.1")]},
        ("observer", 0),
    ),
}


@pytest.mark.parametrize(("records", "options", "expected"), LADDER.values(), ids=LADDER)
def test_the_ladder(
    records: tuple[dict[str, Any], ...], options: dict[str, Any], expected: tuple[str, int], judge: Any
) -> None:
    row = judge(*records, **options)
    assert (row["class"], row["grade"]) == expected


def test_every_class_and_every_grade_is_on_the_ladder() -> None:
    classes = {expected[0] for *_, expected in LADDER.values()}
    assert classes == set(CLASSES) - {"scanner", "watcher", "robot"}  # these have tests of their own below
    assert {expected[1] for *_, expected in LADDER.values()} == set(GRADES)


def test_a_match_says_who_says_so_what_was_asked_and_what_is_missing(judge: Any) -> None:
    row = judge(LIAONING, events=READ)
    assert (row["place_match"], row["place"], row["place_level"]) == ("in", "CN-LN", "region")
    assert row["reasons"] == [
        "a.mmdb of 2024-01-01 places it in CN-LN, China: in Liaoning",
        "no anonymiser evidence in 1 source (newest 2024-01-31)",
        "engaged with the content: 3 reads",
    ]
    assert row["counter_reasons"] == ["one database only (single family)"]
    assert row["missing"] == [
        "a second, independent database",
        "the network's holder (no database of AS numbers has it)",
        "sight of residential proxies and private VPNs: no list shows them",
    ]
    assert row["would_change"] == ["a hit in another list of VPN, proxy or hosting networks"]


def test_a_possible_match_says_which_places_it_may_be_and_what_would_settle_it(judge: Any) -> None:
    row = judge(place("CN"), places=["Jilin", "Liaoning", "Spain"])
    assert row["reasons"][0] == "a.mmdb of 2024-01-01 places it in China: possibly in Jilin or Liaoning"
    assert (row["place_match"], row["place"], row["place_level"]) == ("undetermined", "CN-JL", "country")
    assert row["missing"][0] == "the region: a.mmdb knows the country only"
    assert row["would_change"][0] == "a database that knows the region"


def test_a_record_that_stops_at_the_region_is_not_said_to_know_the_country_only(judge: Any) -> None:
    row = judge(place("ES", "CT"), places=["ES-B"])
    assert row["class"] == "possible"
    assert row["missing"][0] == "the province or county: a.mmdb knows the region only"


def test_another_database_that_fills_the_gap_is_quoted(judge: Any) -> None:
    row = judge(place("CN"), LIAONING)
    assert "b.mmdb places it in CN-LN" in row["reasons"]
    against = judge(place("CN"), place("CN", "JL"))
    assert "b.mmdb places it in CN-JL" in against["counter_reasons"]


def test_a_client_elsewhere_is_possible_when_another_database_puts_it_in_the_place(judge: Any) -> None:
    row = judge(place("CN", "JL"), LIAONING)
    assert (row["place_match"], row["place"], row["place_level"]) == ("undetermined", "CN-LN", "region")
    assert row["reasons"][0] == "a.mmdb of 2024-01-01 places it in CN-JL, China: possibly in Liaoning"
    assert row["counter_reasons"][:2] == [
        "a.mmdb, which is asked first, places it outside",
        "only b.mmdb places it in CN-LN",
    ]
    assert row["missing"][0] == "agreement of the databases about the place"


@pytest.mark.parametrize(
    ("first", "second", "places", "said"),
    [
        (LIAONING, place("CN", "JL"), ["Liaoning"], "b.mmdb places it in CN-JL"),
        (LIAONING, place("KR"), ["Liaoning"], "b.mmdb places it in KR"),
        (place("ES", "CT", "B"), place("ES", "CT", "GI"), ["ES-B"], "b.mmdb places it in ES-GI"),
    ],
)
def test_a_dispute_names_the_other_database(
    first: dict[str, Any], second: dict[str, Any], places: list[str], said: str, judge: Any
) -> None:
    row = judge(first, second, places=places)
    assert row["grade"] == 4
    assert row["counter_reasons"][0] == said


DOUBTS = {
    "registered": (
        place("CN", "LN", registered_country={"iso_code": "HK"}),
        "the network is registered in HK, not CN",
    ),
    "anycast": (place("CN", "LN", traits={"is_anycast": True}), "the network is announced from many places"),
    "coarse": (place("CN", "LN", km=1000), "the vendor's radius is 1000 km: too coarse for a region"),
    "coarse country": (
        place("ES", "MD", km=500),
        "the vendor's radius is 500 km: only the country is to be relied on",
    ),
}


@pytest.mark.parametrize(("record", "said"), DOUBTS.values(), ids=DOUBTS)
def test_what_speaks_against_a_match_is_said(record: dict[str, Any], said: str, judge: Any) -> None:
    assert said in judge(record)["counter_reasons"]
    assert said not in judge(LIAONING)["counter_reasons"]


ACCESS = {
    "mobile": "a mobile network: many share an address",
    "education": "a network of education: many people",
    "government": "a network of a public authority",
}


@pytest.mark.parametrize(("class_", "said"), ACCESS.items(), ids=ACCESS)
def test_how_somebody_gets_online_is_no_anonymiser_and_is_said(class_: str, said: str, judge: Any) -> None:
    row = judge(LIAONING, lists={"vpn": "8.8.4.0/24", class_: "81.32.0.0/16 # Example"})
    plain = judge(LIAONING)
    assert (row["class"], row["grade"]) == (plain["class"], plain["grade"]) == ("matched", row["grade"])
    assert row["anon_class"] == class_
    (reason,) = [one for one in row["counter_reasons"] if one not in plain["counter_reasons"]]
    assert reason.startswith(said)
    assert "(Example)" in reason


@pytest.mark.parametrize(
    "record", [place("CN", "LN", traits={"is_anycast": True}), LIAONING], ids=["anycast", "dish"]
)
def test_a_network_without_a_place_of_its_own_lowers_the_grade_to_coarse(record: Any, judge: Any) -> None:
    lists = {"vpn": "8.8.4.0/24"} | ({"satellite": "81.32.0.0/16"} if record is LIAONING else {})
    row = judge(record, lists=lists)
    assert (row["class"], row["grade"], judge(LIAONING)["grade"] > 4) == ("matched", 4, True)
    assert row["counter_reasons"][0].startswith(
        ("the network is announced from many places", "access by satellite")
    )


def test_evidence_says_when_it_was_seen_where_its_source_does(judge: Any) -> None:
    block = "ExitNode A\nLastStatus 2024-01-29 10:00:00\nExitAddress 81.32.0.1 2024-01-03 10:00:00"
    row = judge(LIAONING, lists={"tor_exit": block})
    assert row["class"] == "anonymised"
    assert "this very address, seen 2024-01-03 to 2024-01-29" in row["reasons"][0]


def test_satellite_alone_does_not_make_an_address_assessed(judge: Any) -> None:
    row = judge(LIAONING, lists={"satellite": "81.32.0.0/16"})
    assert (row["class"], row["anon_class"]) == ("not_assessed", "not_assessed")


def test_a_place_without_a_radius_says_that_it_is_missing(judge: Any) -> None:
    said = "how exact the place is: the database gives no radius"
    assert said in judge(place("CN", "LN", km=None))["missing"]
    assert said not in judge(LIAONING)["missing"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-200, "a.mmdb is 200 days newer than the last event; places change"),
        (200, "a.mmdb is 200 days older than the last event; places change"),
        (100, None),
        (-100, None),
    ],
)
def test_a_database_far_from_the_events_is_doubted(days: int, said: str | None, judge: Any) -> None:
    built = START - datetime.timedelta(days=days)
    row = judge(LIAONING, build_epoch=int(built.timestamp()))
    assert row["geo_db_age_days"] == days
    stale = [text for text in row["counter_reasons"] if "last event" in text]
    assert stale == ([said] if said else [])


def test_hosting_is_never_called_vpn(judge: Any) -> None:
    row = judge(LIAONING, lists={"hosting": "81.32.0.0/24"})
    assert row["reasons"] == ["hosting or cloud, by lists/hosting.txt of 2024-01-31: network 81.32.0.0/24"]
    assert not any("vpn" in sentence.lower() for sentence in sentences(row))


def test_the_sources_of_other_classes_are_not_said_to_show_a_vpn(judge: Any) -> None:
    row = judge(LIAONING, lists={"hosting": "81.32.0.1", **VPN})
    assert row["reasons"][0] == "VPN, by lists/vpn.txt of 2024-01-31: network 81.32.0.0/24"
    assert len(json.loads(row["anon_evidence"])) == 2


def test_a_relay_keeps_its_place_in_the_reasons(judge: Any) -> None:
    row = judge(LIAONING, lists={"relay": "81.32.0.0/24"})
    assert "a.mmdb of 2024-01-01 places it in CN-LN, China: in Liaoning" in row["reasons"]
    assert not any("cannot be told" in sentence for sentence in row["reasons"])
    vpn = judge(LIAONING, lists=VPN)
    assert not any("places it" in sentence for sentence in vpn["reasons"])
    assert any("cannot be told" in sentence for sentence in vpn["reasons"])


def test_a_registered_country_is_named_but_no_location(judge: Any) -> None:
    row = judge(place(registered_country={"iso_code": "ES"}))
    assert row["reasons"] == ["a.mmdb knows only that its network is registered in ES; that is no location"]
    assert (row["place_match"], row["place"], row["place_level"]) == ("undetermined", None, None)


def test_nothing_is_said_about_places_when_none_was_asked_for(judge: Any) -> None:
    row = judge(LIAONING, places=())
    assert (row["place_match"], row["place"], row["place_level"]) == (None, None, None)
    assert row["reasons"] == ["a.mmdb of 2024-01-01 places it in CN-LN, China"]


def test_a_visit_to_the_front_page_is_no_engagement(judge: Any) -> None:
    page = [get(path) for path in ("/", "/site.css", "/app.js", "/favicon.ico", "/robots.txt", "/index.html")]
    row = judge(LIAONING, events=page)
    assert row["reads"] >= ENGAGED_ACTIONS
    assert row["grade"] == 5


@pytest.mark.parametrize(("reads", "grade"), [(ENGAGED_ACTIONS - 1, 5), (ENGAGED_ACTIONS, 6)])
def test_engagement_has_a_threshold(reads: int, grade: int, judge: Any) -> None:
    assert judge(LIAONING, events=READ[:1] * reads)["grade"] == grade


# --- noise ----------------------------------------------------------------------------------------

TLS = get(status=400) | {"target": r"\x16\x03\x01", "method": None, "path": None, "action": None}
EMPTY = TLS | {"target": None}
TIMED_OUT = EMPTY | {"status": 408}
PROBE = get("/.env", status=404)
NOISE: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "probes": ([PROBE] * SCANNER_PROBES, "scanner"),
    "too few": ([PROBE] * (SCANNER_PROBES - 1), None),
    "garbage": ([TLS] * SCANNER_PROBES, "scanner"),
    "empty requests that were refused": ([EMPTY] * SCANNER_PROBES, "scanner"),
    "connections opened in advance": ([TIMED_OUT] * 10, None),
    "together": ([PROBE, TLS, EMPTY], "scanner"),
    "a lucky front page": ([PROBE, PROBE, PROBE, get("/"), get("/favicon.ico")], "scanner"),
    "a lucky index": ([PROBE, PROBE, PROBE, get("/index.html")], "scanner"),
    "redirected to https": ([PROBE | {"status": 301}] * 3 + [get("/a", status=301)], "scanner"),
    "content": ([PROBE, PROBE, PROBE, get()], None),
    "content from before": ([PROBE, PROBE, PROBE, get(status=304)], None),
    "a folder": ([PROBE, PROBE, PROBE, get("/films/")], None),
    "only errors": ([get(status=404)] * 50, None),
    "an administrator of a blog": (
        [get("/wp-login.php", status=302)] * 5 + [get("/wp-admin/", status=200)] * 5,
        None,
    ),
    "a log without requests": ([EMPTY | {"status": 200}] * 50, None),
    "HEAD reaches nothing": ([PROBE, PROBE, PROBE, get(method="HEAD", action="other")], "scanner"),
}


@pytest.mark.parametrize(("events", "label"), NOISE.values(), ids=NOISE)
def test_scanners_are_known_by_probes_and_by_reaching_no_content(
    events: list[dict[str, Any]], label: str | None, judge: Any
) -> None:
    row = judge(LIAONING, events=events)
    assert row["noise"] == label
    assert (row["noise_reason"] is None) == (label is None)
    if label:
        assert (row["class"], row["grade"], row["highlighted"]) == ("scanner", 0, False)
        assert row["reasons"] == [row["noise_reason"]]


def watching(lists: int, days: int, *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [*(get("/films/", at=24 * 60 * (number % days)) for number in range(lists)), *more]


WATCHING = {
    "watcher": (watching(WATCHER_LISTS, WATCHER_DAYS), "watcher"),
    "with a favicon": (watching(WATCHER_LISTS, WATCHER_DAYS, get("/favicon.ico")), "watcher"),
    "too few": (watching(WATCHER_LISTS - 1, WATCHER_DAYS), None),
    "too short": (watching(WATCHER_LISTS, WATCHER_DAYS - 1), None),
    "reads": (watching(WATCHER_LISTS, WATCHER_DAYS, get()), None),
    "writes": (watching(WATCHER_LISTS, WATCHER_DAYS, get(action="write", method="PUT")), None),
}


@pytest.mark.parametrize(("events", "label"), WATCHING.values(), ids=WATCHING)
def test_watchers_list_often_on_many_days_and_fetch_nothing(
    events: list[dict[str, Any]], label: str | None, judge: Any
) -> None:
    row = judge(LIAONING, events=events)
    assert row["noise"] == label
    assert row["class"] == (label or "matched")


ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def test_a_robot_is_known_by_its_network_never_by_its_word(judge: Any) -> None:
    events = [one | {"user_agent": ROBOT} for one in READ]
    pretender = judge(LIAONING, events=events)
    assert (pretender["noise"], pretender["class"], pretender["grade"]) == (None, "matched", 6)
    robot = judge(LIAONING, events=events, lists={"robot": "81.32.0.0/24"})
    assert (robot["noise"], robot["class"], robot["grade"]) == ("robot", "robot", 0)


def test_observers_stand_before_every_other_label(judge: Any) -> None:
    for events, lists in (
        ([PROBE] * 9, None),
        (watching(99, 9), None),
        (READ, {"robot": "81.32.0.1"}),
        (READ, VPN),
    ):
        row = judge(LIAONING, events=events, lists=lists, self_networks=["81.32.0.1"])
        assert (row["noise"], row["class"], row["noise_reason"]) == (
            "observer",
            "observer",
            "named with --self",
        )


def test_a_local_or_nameless_scanner_says_both(judge: Any) -> None:
    local = judge(LIAONING, events=[PROBE | {"client_ip": "10.0.0.1"}] * 3)
    assert (local["class"], local["noise"]) == ("local", "scanner")
    assert local["reasons"] == ["private address space", local["noise_reason"]]
    nameless = judge(LIAONING, events=[PROBE | {"client_ip": None, "client_host": "h.example"}] * 3)
    assert nameless["reasons"] == ["the log names no address for it", nameless["noise_reason"]]


@pytest.mark.parametrize("text", ["", "x", "10.0.0.0/33", "10.0.0.1-10.0.0.9", "::/129"])
def test_a_network_of_the_observers_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="the network"):
        parse_networks([text])


def test_no_word_that_claims_too_much_stands_in_the_tables() -> None:
    for text in [*(one.label + one.meaning for one in CLASSES.values()), *GRADES.values()]:
        assert not FORBIDDEN.search(text), text


def test_rows_are_ordered_highlighted_first_then_by_class_grade_and_requests(write_mmdb: Any) -> None:
    path = write_mmdb(
        "c.mmdb", {"81.32.0.0/16": LIAONING, "81.33.0.0/16": place("CN"), "8.0.0.0/8": place("US")}
    )
    database = open_database(path)
    events = [
        get(ip=ip) for ip in ("8.8.8.8", "10.0.0.1", "81.33.0.1", "81.32.0.2", "81.32.0.1", "81.32.0.1")
    ]
    clients = ClientTable()
    clients.add(table(*events, *(one | {"client_ip": "81.32.0.9"} for one in READ)))
    sources = Sources(((database, recognise(database)),), (load_list("vpn", _empty_list(path.parent)),))
    rows = clients_table(clients, resolve_many(["Liaoning"]), sources)
    assert list(zip(rows["client"].to_pylist(), rows["class"].to_pylist(), strict=True)) == [
        ("81.32.0.9", "matched"),
        ("81.32.0.1", "matched"),
        ("81.32.0.2", "matched"),
        ("81.33.0.1", "possible"),
        ("8.8.8.8", "outside"),
        ("10.0.0.1", "local"),
    ]


def _empty_list(folder: Path) -> Path:
    path = folder / "list.txt"
    path.write_text("8.8.4.0/24\n")
    return path
