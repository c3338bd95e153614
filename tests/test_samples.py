"""The sample logs are what their generator writes, and hold what their README promises."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from logattr.attribution.noise import WATCHER_DAYS, WATCHER_LISTS
from logattr.databases.embedded import find_embedded
from logattr.enrichment import Sources, open_sources, tag_addresses
from logattr.networks.providers import providers
from logattr.pipeline import attribute, read_log

if TYPE_CHECKING:
    import pandas as pd

SAMPLES = Path(__file__).parents[1] / "sample_logs"
CASE = SAMPLES / "cloud-storage-access.log"
WORLD = runpy.run_path(str(SAMPLES / "world.py"))
README = (SAMPLES / "README.md").read_text()
FOUR = set(WORLD["FOUR"].values())

pytestmark = pytest.mark.skipif(find_embedded() is None, reason="logattr[embedded] is not installed")


@pytest.fixture(scope="module")
def sources() -> Sources:
    return open_sources(environ={})


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return read_log(CASE)


@pytest.fixture(scope="module")
def clients(events: pd.DataFrame, sources: Sources) -> pd.DataFrame:
    return attribute(events, ["Liaoning", "Spain"], sources=sources).set_index("client")


def tags(sources: Sources, *texts: str) -> list[dict[str, Any]]:
    return tag_addresses(texts, sources).to_pylist()


def test_the_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-B", "-W", "error", str(SAMPLES / "generate.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(written) == sorted(path.name for path in SAMPLES.glob("*.log"))
    for name, data in written.items():
        assert data == (SAMPLES / name).read_bytes(), f"{name} differs: run python sample_logs/generate.py"


def test_the_readme_says_first_that_all_is_invented() -> None:
    assert "all of it is invented" in README.splitlines()[0].lower()
    assert "accuse nobody" in README


def test_the_readme_names_every_file_and_every_member_of_the_cast() -> None:
    cast = [
        *WORLD["DRAWN"],
        *FOUR,
        *WORLD["EXITS"],
        *WORLD["ANONYMISED"],
        *WORLD["WATCHERS"],
        *WORLD["GOOGLEBOT"],
    ]
    cast += [
        *WORLD["SCANNERS"].values(),
        *WORLD["CDN"],
        *WORLD["HOSTING"],
        *WORLD["WORKPLACES"],
        WORLD["MAPPED"],
    ]
    cast += [
        WORLD["BINGBOT"],
        WORLD["PRETENDER"],
        WORLD["BACKUP"],
        WORLD["HEALTH_CHECK"],
        *WORLD["VISITORS_V6"],
    ]
    scanner_blocks = {block for block, (_, _, address) in WORLD["DRAWN"].items() if address not in FOUR}
    wanted = [name for name in cast if name not in scanner_blocks]
    assert [
        name for name in (*wanted, *(path.name for path in SAMPLES.glob("*.log"))) if name not in README
    ] == []


# --- the case -------------------------------------------------------------------------------------


def test_the_case_has_its_size() -> None:
    data = CASE.read_bytes()
    lines = data.count(b"\n") + 1
    assert 20_000 <= lines <= 24_000
    assert f"{lines:,} lines" in README
    assert len(data) < 4_000_000


def test_the_case_spans_every_day_of_january_by_both_clocks(events: pd.DataFrame) -> None:
    month = [f"2024-01-{day:02}" for day in range(1, 32)]
    for zone in ("UTC", "Asia/Tokyo"):
        assert sorted(set(events["time"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d"))) == month
    assert events["time"].is_monotonic_increasing


def test_every_line_of_the_case_is_accounted_for(events: pd.DataFrame) -> None:
    (about,) = events.attrs["logattr"]
    assert about["lines"] == about["events"] + about["rejects"] + about["blank"] == 20_606
    assert (about["rejects"], about["blank"]) == (2, 1)
    assert set(events["format"]) == {"combined"}


@pytest.mark.parametrize(
    "part",
    [
        rb'"\x16\x03\x01" 400',
        rb'"\x16\x03\x01\x02',
        b'"-" 408 - ',
        b'"" 400 0 ',
        rb"(\"the quoted one\")",
        b"\x1b[31mred\x07",
        b"<script>alert(1)</script>",
        rb"\xd0\xa1\xd0\xba",
        b"\n\n",
        b"\n--- disk full",
    ],
)
def test_the_case_has_the_broken_and_odd_lines(part: bytes) -> None:
    assert part in CASE.read_bytes()


def test_the_last_line_of_the_case_is_cut_inside_its_request() -> None:
    last = CASE.read_bytes().rpartition(b"\n")[2]
    assert last
    assert last.count(b'"') == 1


def test_odd_user_agents_are_read_and_a_forged_line_is_none(events: pd.DataFrame) -> None:
    agents = set(events["user_agent"].dropna())
    assert {'Fetcher/1.0 ("the quoted one")', "Wget/1.20 \x1b[31mred\x07", "Скачиватель/1.0"} <= agents
    assert b"203.0.113.66" in CASE.read_bytes()
    assert "203.0.113.66" not in set(events["client_ip"].dropna())


@pytest.mark.parametrize(("block", "wanted"), WORLD["DRAWN"].items(), ids=WORLD["DRAWN"])
def test_single_clients_are_drawn_by_the_rule(
    block: str, wanted: tuple[str, str, str], sources: Sources
) -> None:
    country, subdivision, address = wanted
    region = f"{country}-{subdivision}" if subdivision else None
    for network in ip_network(block).subnets(new_prefix=24):
        (tag,) = tags(sources, str(network[1]))
        if (tag["geo_country"], tag["geo_region"]) == (country, region):
            break
    assert tag["ip"] == address
    assert tag["anon_class"] == "none_found"
    if subdivision == "LN":
        assert tag["geo_accuracy_km"] <= 300


def test_the_go_between_uses_five_addresses_or_more_of_three_vpn_companies(
    events: pd.DataFrame, clients: pd.DataFrame
) -> None:
    found = clients.loc[list(WORLD["EXITS"])]
    assert len(found) >= 5
    assert set(found["anon_class"]) == {"vpn"}
    assert set(found["class"]) == {"anonymised"}
    assert set(found["anon_provider"]) == set(WORLD["GO_BETWEEN"])
    assert len(WORLD["GO_BETWEEN"]) == 3
    networks = {
        row.name: [ip_network(text) for text in row.networks] for row in providers() if row.class_ == "vpn"
    }
    for company, addresses in WORLD["GO_BETWEEN"].items():
        assert all(any(ip_address(one) in network for network in networks[company]) for one in addresses)
    own = events[events["client_ip"].isin(WORLD["EXITS"])]
    local = own["time"].dt.tz_convert("Asia/Shanghai").dt
    assert local.day.nunique() == 31
    assert local.hour.between(8, 19).all()
    assert set(own["user_agent"]) == {WORLD["BROWSER"], WORLD["UPLOADER"]}
    assert {"read", "write", "list"} == set(own["action"])


def test_exactly_the_four_are_highlighted(clients: pd.DataFrame) -> None:
    assert set(clients.index[clients["highlighted"]]) == FOUR
    names = WORLD["FOUR"]
    in_liaoning = clients.loc[[names["liaoning_1"], names["liaoning_2"]]]
    assert set(zip(in_liaoning["class"], in_liaoning["place"], in_liaoning["place_level"], strict=True)) == {
        ("matched", "CN-LN", "region")
    }
    assert clients.loc[names["spain"], ["class", "geo_country"]].tolist() == ["matched", "ES"]
    third = clients.loc[names["china_without_province"]]
    assert (third["class"], third["place_match"], third["geo_country"]) == ("possible", "undetermined", "CN")


def test_each_of_the_four_worked_in_the_folders_of_the_go_between(
    events: pd.DataFrame, clients: pd.DataFrame
) -> None:
    done = events[events["action"].isin(["read", "write"]) & events["status"].between(200, 299)]
    folder = done["path"].str.rpartition("/")[0]
    shared = set(folder[done["client_ip"].isin(WORLD["EXITS"])])
    for address in FOUR:
        own = folder[done["client_ip"] == address]
        assert len(own) >= 3
        assert set(own) & shared
        assert set(own) <= shared
        assert clients.loc[address, "requests"] <= 36
        assert clients.loc[address, "days_active"] <= 4


def test_nobody_else_in_china_or_spain_goes_without_another_class(clients: pd.DataFrame) -> None:
    others = clients[clients["geo_country"].isin(["CN", "ES"]) & ~clients.index.isin(list(FOUR))]
    assert set(others["class"]) == {"anonymised", "infrastructure", "scanner"}


def test_ordinary_visitors_are_where_their_blocks_are(clients: pd.DataFrame) -> None:
    for country in sorted(set(WORLD["VISITORS"].values())):
        visitors = [address for address, home in WORLD["VISITORS"].items() if home == country]
        assert set(clients.loc[visitors, "geo_country"]) == {country}
        assert set(clients.loc[visitors, "class"]) == {"outside"}


ROLES = {
    "scanner": WORLD["SCANNERS"].values(),
    "watcher": WORLD["WATCHERS"],
    "robot": (*WORLD["GOOGLEBOT"], WORLD["BINGBOT"]),
    "infrastructure": (*WORLD["CDN"], *WORLD["HOSTING"]),
    "anonymised": (*WORLD["EXITS"], *WORLD["ANONYMISED"]),
    "local": (*WORLD["WORKPLACES"], WORLD["HEALTH_CHECK"], WORLD["WORKPLACE_V6"]),
    "no_address": (WORLD["BACKUP"],),
    "unlocated": ("2630::1",),
}


@pytest.mark.parametrize(("class_", "members"), ROLES.items(), ids=ROLES)
def test_every_role_is_counted_in_its_class(class_: str, members: Any, clients: pd.DataFrame) -> None:
    assert set(clients.index[clients["class"] == class_]) == set(members)


def test_scanners_are_five_or_more_and_reach_no_content(events: pd.DataFrame, clients: pd.DataFrame) -> None:
    scanners = clients[clients["class"] == "scanner"]
    assert len(scanners) >= 5
    assert {"CN", "ES"} < set(scanners["geo_country"])
    assert (scanners[["reads", "writes"]] == 0).all(axis=None)
    odd = events[events["client_ip"].isin(scanners.index) & (events["path"] != "/")]
    assert odd["status"].isin([400, 404]).all()
    assert odd.groupby("client_ip").size().min() >= 3


def test_watchers_list_again_and_again_and_download_nothing(clients: pd.DataFrame) -> None:
    watchers = clients[clients["class"] == "watcher"]
    assert len(watchers) == 2
    assert (watchers["lists"] >= WATCHER_LISTS).all()
    assert (watchers["days_active"] >= WATCHER_DAYS).all()
    assert (watchers["lists"] == watchers["requests"]).all()
    assert not set(watchers["geo_country"]) & {"CN", "ES"}


def test_hosting_is_known_as_hosting_and_never_as_a_vpn(clients: pd.DataFrame) -> None:
    assert set(clients.loc[list(WORLD["HOSTING"]), "anon_class"]) == {"hosting"}


def test_who_only_says_to_be_a_robot_is_none(events: pd.DataFrame, clients: pd.DataFrame) -> None:
    own = events[events["client_ip"] == WORLD["PRETENDER"]]
    assert own["user_agent"].str.contains("Googlebot").all()
    assert clients.loc[WORLD["PRETENDER"], "class"] == "outside"


# --- the small samples ----------------------------------------------------------------------------

FORMATS = {
    "apache-common.log": {"common"},
    "apache-vhost-combined.log": {"vhost_combined"},
    "apache-vhost-common.log": {"vhost_common"},
    "apache-combinedio.log": {"combinedio"},
    "apache-mixed.log": {"combined", "common", "vhost_combined"},
    "nginx-combined.log": {"combined"},  # which reads nginx's lines the same way
    "nginx-main.log": {"nginx_main"},
    "s3-access.log": {"s3"},
}
# The two strings that README.md shows, by the file that they are for.
CUSTOM = dict(
    zip(
        ("custom-logformat.log", "custom-log-format-nginx.log"),
        re.findall(r"^```\n((?:%v|\$remote).*)\n```$", README, re.MULTILINE),
        strict=True,
    )
)


def test_every_small_sample_is_tested() -> None:
    assert {*FORMATS, *CUSTOM, CASE.name} == {path.name for path in SAMPLES.glob("*.log")}


@pytest.mark.parametrize(("name", "formats"), FORMATS.items(), ids=FORMATS)
def test_a_small_sample_is_detected_and_read_whole(name: str, formats: set[str]) -> None:
    frame = read_log(SAMPLES / name)
    (about,) = frame.attrs["logattr"]
    assert 10 <= about["lines"] <= 40
    assert (about["events"], about["rejects"], about["blank"]) == (about["lines"], 0, 0)
    assert set(frame["format"]) == formats
    assert frame["time"].notna().all()
    assert frame["time_zone_known"].all()


@pytest.mark.parametrize(("name", "format_"), CUSTOM.items(), ids=CUSTOM)
def test_a_custom_sample_is_read_whole_with_the_string_of_the_readme(name: str, format_: str) -> None:
    frame = read_log(SAMPLES / name, format=format_)
    (about,) = frame.attrs["logattr"]
    assert 10 <= about["lines"] <= 40
    assert (about["events"], about["rejects"]) == (about["lines"], 0)
    assert str(frame["time"].iloc[0].date()) == "2024-01-10"
    for column in ("client_ip", "method", "path", "status", "duration_ms", "user_agent", "host", "forwarded"):
        assert frame[column].notna().all(), column


def test_the_client_behind_the_proxy_is_named_when_the_proxy_is_trusted() -> None:
    alone = read_log(SAMPLES / "nginx-main.log")
    assert set(alone["client_ip"]) == {"10.20.0.2"}
    trusting = read_log(SAMPLES / "nginx-main.log", trusted_proxies=["10.20.0.2"])
    assert {"203.0.113.9", WORLD["FOUR"]["spain"]} <= set(trusting["client_ip"])


def s3_fields(line: str) -> int:
    """Number of fields of a line, with the requester's blanks and a quoted text counted as one."""
    line = line.replace("CloudFront Origin Access Identity E", "_")
    line = re.sub(r'"[^"]*"home cinema"[^"]*"|"[^"]*"|\[[^]]*\]', "Q", line)
    return len(line.split(" "))


def test_the_s3_sample_has_rows_of_every_length_and_oddity() -> None:
    lines = (SAMPLES / "s3-access.log").read_text().splitlines()
    assert {s3_fields(line) for line in lines} == {17, 18, 24, 25, 26, 27, 29}
    frame = read_log(SAMPLES / "s3-access.log")
    assert frame["user"].str.contains("Access Identity E1A2", na=False).any()
    assert 'player "home cinema" 2.0' in set(frame["user_agent"])
    assert set(frame.loc[frame["client_ip"].isna(), "operation"]) == {
        "S3.EXPIRE.OBJECT",
        "BATCH.DELETE.OBJECT",
    }
    assert frame["extra"].str.contains("later-field another").any()
