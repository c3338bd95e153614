"""The forms in which operators publish their networks are read, dated, and never half understood."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logattr.errors import ListError
from logattr.networks import lists
from logattr.networks.lists import load_list

DOCUMENTS = {
    "aws": (
        {
            "createDate": "2026-08-21-07-37-05",
            "prefixes": [{"ip_prefix": "192.0.2.0/25", "region": "eu-west-1", "service": "EC2"}],
            "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/33", "region": "eu-west-1", "service": "EC2"}],
        },
        ["192.0.2.0/25", "2001:db8::/33"],
        "EC2 eu-west-1",
        date(2026, 8, 21),
    ),
    "google": (
        {
            "creationTime": "2026-08-20T14:46:45.000000",
            "prefixes": [
                {"ipv4Prefix": "192.0.2.0/24", "service": "Cloud", "scope": "x"},
                {"ipv6Prefix": "2001:db8::/32"},
            ],
        },
        ["192.0.2.0/24", "2001:db8::/32"],
        "Cloud x",
        date(2026, 8, 20),
    ),
    "azure": (
        {
            "changeNumber": 1,
            "cloud": "Public",
            "values": [{"name": "Sql", "properties": {"addressPrefixes": ["192.0.2.4/30"]}}],
        },
        ["192.0.2.4/30"],
        "Sql",
        None,
    ),
    "oracle": (
        {
            "last_updated_timestamp": "2026-07-27T06:55:33",
            "regions": [{"region": "mx", "cidrs": [{"cidr": "192.0.2.0/24", "tags": ["OCI"]}]}],
        },
        ["192.0.2.0/24"],
        "OCI mx",
        date(2026, 7, 27),
    ),
    "fastly": ({"addresses": ["192.0.2.0/24"], "ipv6_addresses": []}, ["192.0.2.0/24"], "", None),
    "zscaler": (
        {"cloudName": "zscaler.net", "hubPrefixes": ["192.0.2.0/24", "2001:db8::/32"]},
        ["192.0.2.0/24", "2001:db8::/32"],
        "zscaler.net",
        None,
    ),
    "misp without attributes": (
        {"name": "x", "description": "y", "list": ["192.0.2.0/24"], "version": 20260811, "type": "cidr"},
        ["192.0.2.0/24"],
        "",
        date(2026, 8, 11),
    ),
    "misp": (
        {
            "list": ["192.0.2.0/24", "192.0.2.7"],
            "matching_attributes": [],
            "version": 20260811,
            "type": "cidr",
        },
        ["192.0.2.0/24", "192.0.2.7/32"],
        "",
        date(2026, 8, 11),
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_json_document_is_read_with_its_labels_and_its_date(tmp_path, name):
    document, networks, label, day = DOCUMENTS[name]
    path = tmp_path / "list.json"
    path.write_text(json.dumps(document))

    found = load_list("hosting", path)

    assert networks == list(found.values)
    assert label == found.labels[0]
    assert day == found.date
    assert found.bad_count == 0


LINES = {
    "tor": (
        "@type tordnsel 1.0\nDownloaded 2024-01-16 17:02:00\nExitNode 00AA\nPublished 2024-01-15 13:20:49\n"
        "LastStatus 2024-01-15 14:03:15\nExitAddress 192.0.2.9 2024-01-15 14:11:38\n"
        "ExitAddress 192.0.2.10 2024-01-14 14:11:38\n",
        ["192.0.2.9/32", "192.0.2.10/32"],
        date(2024, 1, 15),
    ),
    "ranges with names": ("192.0.2.0,192.0.2.127,Example Ltd,https://example.org\n", ["192.0.2.0/25"], None),
    "geofeed": (
        "# RFC 8805\n192.0.2.0/24,ES,ES-MD,Madrid,\n2001:db8::/32,CN,CN-LN,,\n",
        ["192.0.2.0/24", "2001:db8::/32"],
        None,
    ),
    "ipset": (
        "create relay hash:net\nadd relay 192.0.2.0/26\nadd relay 192.0.2.64\n",
        ["192.0.2.0/26", "192.0.2.64/32"],
        None,
    ),
    "netset": (
        "#\n# example_netset\n# This File Date   : Thu Feb  1 03:00:00 UTC 2024\n#\n192.0.2.0/26\n",
        ["192.0.2.0/26"],
        date(2024, 2, 1),
    ),
    "ranges with titles": (
        "start_ip,end_ip,country code\n192.0.2.0,192.0.2.127,ES\n",
        ["192.0.2.0/25"],
        None,
    ),
    "networks with titles": ('"Network","Name"\n192.0.2.0/25,x\n', ["192.0.2.0/25"], None),
    "quoted geofeed": (
        '"192.0.2.0/24","ES","ES-MD","Madrid",""\n"2001:db8::/32","CN"\n"198.51.100.7"\n',
        ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"],
        None,
    ),
    "quoted ranges": ('"192.0.2.0","192.0.2.127","Example, Ltd"\n', ["192.0.2.0/25"], None),
    "quoted networks with titles": ('"network","name"\n"192.0.2.0/25","x"\n', ["192.0.2.0/25"], None),
    "quoted AS numbers": ('"AS64496","Example, Ltd"\n"AS64497",""\n', ["AS64496", "AS64497"], None),
    "ranges by semicolons": (
        '192.0.2.0;192.0.2.127;Example\n"198.51.100.0";"198.51.100.255";"Example"\n203.0.113.7 ; a comment\n',
        ["192.0.2.0/25", "198.51.100.0/24", "203.0.113.7/32"],
        None,
    ),
    "ranges by tabs": (
        "# as of 2024-02-01\n192.0.2.0\t192.0.2.127\t64496\tES\tEXAMPLE\n"
        "2001:db8::\t2001:db8::ffff\t0\tNone\n",
        ["192.0.2.0/25", "2001:db8::/112"],
        date(2024, 2, 1),
    ),
    "networks by tabs": (
        "192.0.2.0/25\tExample VPN\n192.0.2.128\t\n",
        ["192.0.2.0/25", "192.0.2.128/32"],
        None,
    ),
    "drop": (
        "; Spamhaus DROP List 2024/02/01 - (c) 2024\n; https://www.spamhaus.org/drop/drop.txt\n"
        "; Last-Modified: Thu, 01 Feb 2024 03:00:00 GMT\n192.0.2.0/24 ; SBL1\n",
        ["192.0.2.0/24"],
        date(2024, 2, 1),
    ),
    "json lines with their day": (
        '{"cidr":"192.0.2.0/24","sblid":"SBL1"}\n{"type":"metadata","timestamp":1706745600,"records":1}\n',
        ["192.0.2.0/24"],
        date(2024, 2, 1),
    ),
    "json lines that begin with their day": (
        '{"type": "metadata", "timestamp": 1706745600}\n{ "asn": 64496, "asname": "X" }',
        ["AS64496"],
        date(2024, 2, 1),
    ),
    "one json line": ('{"cidr":"192.0.2.0/24"}', ["192.0.2.0/24"], None),
    "json lines with no time": (
        '{"cidr":"192.0.2.0/24"}\n{"type":"metadata","timestamp":"soon"}\n{"type":"metadata","timestamp":1e99}\n',
        ["192.0.2.0/24"],
        None,
    ),
    "a typesetter's dash": ("192.0.2.0\u2013192.0.2.127\n", ["192.0.2.0/25"], None),
    "json lines": (
        '{"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"arin"}\n{"type":"metadata","timestamp":1,"size":2}\n',
        ["192.0.2.0/24"],
        None,
    ),
    "json lines of AS numbers": (
        '{"asn":64496,"rir":"arin","asname":"EX","cc":"US"}\n{"asn":64497}\n',
        ["AS64496", "AS64497"],
        None,
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_of_a_published_form_are_read_without_bad_lines(tmp_path, name):
    text, values, day = LINES[name]
    path = tmp_path / "list.txt"
    path.write_text(text)

    found = load_list("vpn", path)

    assert values == list(found.values)
    assert day == found.date
    assert found.bad_count == 0


EXITS = (
    "@type tordnsel 1.0\nDownloaded 2024-01-16 17:02:00\n"
    "ExitNode 00AA\nPublished 2024-01-15 13:20:49\nLastStatus 2024-01-16 14:03:15\n"
    "ExitAddress 192.0.2.9 2024-01-14 14:11:38\nExitAddress 192.0.2.10 2024-01-15 14:11:38\n"
    "ExitNode 00BB\nPublished 2024-01-15 13:20:49\nLastStatus 2024-01-15 14:03:15\n"
    "ExitAddress 192.0.2.9 2024-01-12 14:11:38\n"
)


def test_tor_exits_are_given_with_the_days_on_which_they_were_seen(tmp_path):
    path = tmp_path / "exit-addresses"
    path.write_text(EXITS)

    found = load_list("tor_exit", path)

    assert list(found.values) == ["192.0.2.9/32", "192.0.2.10/32"]
    assert found.seen == ((date(2024, 1, 12), date(2024, 1, 16)), (date(2024, 1, 15), date(2024, 1, 16)))
    assert found.labels == ("", "")  # a time is no provider
    assert found.date == date(2024, 1, 15)


def test_lines_that_no_exit_list_has_are_counted(tmp_path):
    path = tmp_path / "exit-addresses"
    path.write_text(
        EXITS + "ExitAddress\nnonsense Published 2024-01-15\nExitAddress 999.0.2.9 2024-01-12 14:11:38\n"
    )

    found = load_list("tor_exit", path)

    assert found.bad_count == 3
    assert {line.text for line in found.bad} == {"ExitAddress", "nonsense Published 2024-01-15", "999.0.2.9"}
    assert found.entries == 2


def month(files, kind="xz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{kind}") as archive:
        for name, text in files.items():
            item = tarfile.TarInfo(name)
            item.size = len(text)
            archive.addfile(item, io.BytesIO(text.encode()))
    return buffer.getvalue()


def block(address, day, hour=0):
    times = f"LastStatus {day} {hour:02}:00:00\nExitAddress {address} {day} 01:02:03\n"
    return f"@type tordnsel 1.0\nExitNode A\n{times}"


MONTH = {
    "exit-list-2024-01/03/2024-01-03-00-02-00": block("192.0.2.1", "2024-01-03"),
    "exit-list-2024-01/03/2024-01-03-01-02-00": block("192.0.2.2", "2024-01-03", 1),
    "exit-list-2024-01/29/2024-01-29-00-02-00": block("192.0.2.1", "2024-01-29"),
    "exit-list-2024-01/README": "not a list",
}


@pytest.mark.parametrize("kind", ["xz", "gz", "bz2", ""])
def test_a_month_of_tors_archive_is_a_list_with_first_and_last_day(tmp_path, kind):
    path = tmp_path / "exit-list-2024-01.tar.xz"
    path.write_bytes(month(MONTH, kind))

    found = load_list("tor_exit", path)

    assert list(found.values) == ["192.0.2.1/32", "192.0.2.2/32"]
    assert found.seen == ((date(2024, 1, 3), date(2024, 1, 29)), (date(2024, 1, 3), date(2024, 1, 3)))
    assert (found.date, found.bad_count, found.kind) == (date(2024, 1, 29), 0, "networks")


def test_a_cut_archive_of_exits_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "exit-list-2024-01.tar.xz"
    whole = month({name: text * 2000 for name, text in MONTH.items()})
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(
        ListError, match=r"exit-list-2024-01\.tar\.xz begins as xz but cannot be decompressed"
    ):
        load_list("tor_exit", path)


@pytest.mark.parametrize("kind", ["xz", "gz", "bz2"])
def test_an_archive_that_unpacks_without_end_is_refused(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(lists, "_MOST_UNPACKED", 1_000_000)
    path = tmp_path / "exit-list-2024-01.tar.xz"
    path.write_bytes(month({"exit-list-2024-01/03/2024-01-03-00-02-00": "\0" * 30_000_000}, kind))

    with pytest.raises(ListError, match="unpacks to far more than it should"):
        load_list("tor_exit", path)


@pytest.mark.parametrize(
    ("pack", "ending"),
    [(bz2.compress, "bz2"), (lzma.compress, "xz"), (gzip.compress, "gz")],
)
def test_a_packed_list_is_the_list(tmp_path, pack, ending):
    path = tmp_path / f"vpn.txt.{ending}"
    path.write_bytes(pack(b"192.0.2.0/24\n"))

    assert list(load_list("vpn", path).values) == ["192.0.2.0/24"]


def test_an_archive_with_one_list_is_the_list_and_with_more_is_none(tmp_path):
    one, two, zipped = (tmp_path / name for name in ("one.tar.gz", "two.tar.gz", "one.zip"))
    one.write_bytes(month({"a/vpn.txt": "192.0.2.0/24\n"}, "gz"))
    two.write_bytes(month({"a.txt": "192.0.2.0/24\n", "b.txt": "192.0.2.0/24\n"}, "gz"))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("vpn.txt", "192.0.2.0/24\n")

    assert list(load_list("vpn", one).values) == list(load_list("vpn", zipped).values) == ["192.0.2.0/24"]
    with pytest.raises(ListError, match="holds several files"):
        load_list("vpn", two)


@pytest.mark.parametrize("start", [b"\xfd7zXZ\0", b"BZh9", b"PK\x03\x04", b"\x1f\x8b"])
@given(data=st.binary(max_size=200))
def test_no_packed_bytes_raise_anything_but_a_list_error(tmp_path_factory, start, data):
    path = tmp_path_factory.mktemp("list") / "list"
    path.write_bytes(start + data)
    with pytest.raises(ListError):
        load_list("vpn", path)


def test_only_the_first_line_can_be_titles(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("network,name\nterms, conditions\n192.0.2.0/24\n")

    found = load_list("vpn", path)

    assert [line.text for line in found.bad] == ["terms, conditions"]


@pytest.mark.parametrize("comment", ["\t# Example", "\t; Example", "; Example", "\t// Example", "\tExample"])
def test_what_stands_behind_a_network_is_its_label(tmp_path, comment):
    path = tmp_path / "list.txt"
    path.write_text(f"192.0.2.0/24{comment}\n")
    assert load_list("vpn", path).labels == ("Example",)


def test_labels_say_who_and_where(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("192.0.2.0/24,ES,ES-MD,Madrid,\n")

    assert load_list("relay", path).labels == ("ES,ES-MD,Madrid",)


@pytest.mark.parametrize(
    "text",
    [
        '{"some": "object"}',
        '{"prefixes": 7}',
        '{"values": [{}], "cloud": "Public"}',
        '{"list": null, "matching_attributes": []}',
    ],
)
def test_a_json_object_of_no_known_shape_is_an_error_that_shows_it(tmp_path, text):
    path = tmp_path / "list.json"
    path.write_text(text)

    with pytest.raises(ListError) as caught:
        load_list("vpn", path)

    assert "list.json" in str(caught.value)


# entries as counted by the README of the lists; cloud and crawler lists state their day
REAL = {
    "aws/ip-ranges.json": (10659 + 6158, date(2026, 8, 21)),
    "google/cloud.json": (997 + 95, date(2026, 8, 21)),
    "google/googlebot.json": (169 + 146, date(2026, 8, 20)),
    "azure/ServiceTags_Public.json": (60927, None),
    "oracle/public_ip_ranges.json": (1102, date(2026, 7, 27)),
    "fastly/public-ip-list.json": (21, None),
    "cloudflare/cloudflare.json": (22, None),
    "misp-warninglists/vpn-ipv4/list.json": (42426, date(2026, 8, 11)),
    "misp-warninglists/icloud-private-relay/list.json": (13747, date(2026, 8, 11)),
    "tor/exit-addresses": (44, date(2017, 7, 17)),
    "ipcat/datacenters.csv": (3429, None),
    "apple-private-relay/ipv4-ranges.ipset": (3290, None),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_list_gives_all_its_entries(shared, name):
    entries, day = REAL[name]

    found = load_list("hosting", shared / "data" / "lists" / name)

    assert (entries, day, 0) == (found.entries, found.date, found.bad_count)
