import datetime
import gzip
import json
import re
import tracemalloc
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logattr.addresses import parse
from logattr.errors import ListError, OptionError
from logattr.networks import entries, lists
from logattr.networks.lists import load_list, parse_list_option
from logattr.networks.plain import read_plain
from logattr.networks.quotes import Quotes

REAL = Path(__file__).parents[1] / "../shared/data/lists"
needs_real_lists = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside the checkout")


@pytest.fixture
def write(tmp_path):
    def _write(content, name="list.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


NETWORK_TEXTS = {
    "cidr": ("192.0.2.0/24\n2001:db8::/32\n", ["192.0.2.0/24", "2001:db8::/32"]),
    "bare addresses": ("192.0.2.7\n2001:db8::1\n", ["192.0.2.7/32", "2001:db8::1/128"]),
    "full-length IPv6": ("2001:0db8:0000:0000:0000:0000:0000:0001\n", ["2001:db8::1/128"]),
    "range that is no network": ("192.0.2.3-192.0.2.9\n", ["192.0.2.3-192.0.2.9"]),
    "range that is a network": ("192.0.2.0 - 192.0.2.255\n", ["192.0.2.0/24"]),
    "IPv6 range": ("2001:db8::-2001:db8::ffff\n", ["2001:db8::/112"]),
    "comments": ("# a\n; b\n// c\n\n192.0.2.0/24 # d\n", ["192.0.2.0/24"]),
    "byte order mark": ("\ufeff192.0.2.0/24\n", ["192.0.2.0/24"]),
    "UTF-16": ("192.0.2.0/24\n".encode("utf-16"), ["192.0.2.0/24"]),
    "zero-width characters": ("\u200b192.0.2.0/\u200d24\u2060\n", ["192.0.2.0/24"]),
    "CRLF": ("192.0.2.0/24\r\n198.51.100.0/24\r\n", ["192.0.2.0/24", "198.51.100.0/24"]),
    "old Mac line ends": ("192.0.2.0/24\r198.51.100.0/24\r", ["192.0.2.0/24", "198.51.100.0/24"]),
    "no line end": ("192.0.2.0/24", ["192.0.2.0/24"]),
    "gzip": (gzip.compress(b"192.0.2.0/24\n"), ["192.0.2.0/24"]),
    "JSON": ('["192.0.2.0/24", "192.0.2.7"]', ["192.0.2.0/24", "192.0.2.7/32"]),
    "doubles": ("192.0.2.0/24\n192.0.2.0/24\n", ["192.0.2.0/24"]),
}


@pytest.mark.parametrize(("content", "values"), NETWORK_TEXTS.values(), ids=NETWORK_TEXTS)
def test_networks_are_read_from_every_known_form(write, content, values):
    found = load_list("vpn", write(content))
    assert (found.kind, list(found.values), found.bad_count, found.mended) == ("networks", values, 0, 0)
    assert found.classes == ("vpn",) * len(values)


AS_TEXTS = {
    "AS with comment": ("# ours\nAS64496 # Example\nAS64497\n", {64496: "Example", 64497: ""}),
    "tab before the comment": ("AS64496\t# Example\n", {64496: "Example"}),
    "a comment with a mark inside": ("AS64496 # Example # - b\n", {64496: "Example # - b"}),
    "bare numbers after the first": ("AS64496\n64497 # b\n", {64496: "", 64497: "b"}),
    "CSV": ('ASN,Entity\n64496,"Example, NL"\n', {64496: "Example, NL"}),
    "CSV with a blank before the quote": ('ASN,Entity\n64496, "Example, NL"\n', {64496: "Example, NL"}),
    "CSV with doubled quotes": ('ASN,Entity\n64496,"An ""Example"""\n', {64496: 'An "Example"'}),
    "CSV with a link": (
        'ASN,Entity\n64496,"see http://example.com/#a, GB"\n',
        {64496: "see http://example.com/#a, GB"},
    ),
    "CSV with a quoted number": ('ASN,Entity\n"64496","b"\n', {64496: "b"}),
    "name without a mark": ("AS64496 Example Ltd\n", {64496: "Example Ltd"}),
    "header only": ("asn\n64496\n", {64496: ""}),
    "JSON texts": ('["64496", "64497"]', {64496: "", 64497: ""}),
    "JSON numbers": ("[64497, 64496]", {64496: "", 64497: ""}),
    "doubles keep the first name": ("AS64496 # a\nAS64496 # b\n", {64496: "a"}),
}


@pytest.mark.parametrize(("content", "labels"), AS_TEXTS.values(), ids=AS_TEXTS)
def test_as_numbers_are_read_from_every_known_form(write, content, labels):
    found = load_list("hosting", write(content))
    assert (found.kind, found.intervals, found.bad_count) == ("as_numbers", None, 0)
    assert dict(zip(found.as_numbers.tolist(), found.labels, strict=True)) == labels
    assert list(found.values) == [f"AS{number}" for number in sorted(labels)]


BAD_LINES = {
    "prefix 0": "0.0.0.0/0",
    "prefix 0 with host bits": "10.0.0.1/0",
    "IPv6 prefix 0": "::/0",
    "a range of everything": "0.0.0.0-255.255.255.255",
    "octal": "010.0.0.1",
    "short": "10.1",
    "netmask": "192.0.2.0/255.255.255.0",
    "prefix too long": "192.0.2.0/33",
    "reversed range": "192.0.2.9-192.0.2.3",
    "mixed range": "192.0.2.9-2001:db8::1",
    "zone id": "fe80::1%eth0",
    "host name": "vpn.example.com",
    "two fields": "192.0.2.0/24 198.51.100.0/24",
    "other digits": "١٩٢.0.2.1",
    "an AS number": "AS64496",
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_counted_and_kept_and_stops_nothing(write, line):
    found = load_list("vpn", write(f"192.0.2.0/24\n{line}\n198.51.100.0/24\n"))
    assert list(found.values) == ["192.0.2.0/24", "198.51.100.0/24"]
    assert [(bad.line, bad.text) for bad in found.bad] == [(2, line)]
    assert found.bad_count == 1
    assert any("line 2" in warning for warning in found.warnings)


@pytest.mark.parametrize("line", ["AS0", "AS4294967296", "AS-1", "64496.1", "no"])
def test_what_is_no_as_number_is_a_bad_line(write, line):
    found = load_list("vpn", write(f"AS64496\n{line}\n"))
    assert (found.as_numbers.tolist(), found.bad[0].text) == ([64496], line)


def test_only_the_first_twenty_bad_lines_are_kept(write):
    found = load_list("vpn", write("192.0.2.0/24\n" + "?\n" * 50))
    assert (found.bad_count, len(found.bad), found.bad[-1].line) == (50, 20, 21)


def test_an_overlong_line_is_bad_and_its_text_is_cut(write):
    found = load_list("vpn", write("1" * 10_000 + "\n192.0.2.0/24\n"))
    assert (found.bad[0].text, list(found.values)) == ("1" * 200, ["192.0.2.0/24"])


def test_lines_without_end_take_a_few_times_the_memory_that_they_have():
    data = "\n".join(["192.0.2.0/24", *["x" * 2**20] * 16, "198.51.100.0/24"]).encode()
    tracemalloc.start()
    found = entries.read_entries(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.count, found.bad_count) == (2, 16)
    assert most < 8 * len(data)


def test_networks_are_read_in_parts_and_others_keep_their_numbers(monkeypatch):
    monkeypatch.setattr(entries, "_PART", 20)
    rows = [f"192.0.2.{number}" if number % 3 else f"no {number}" for number in range(60)]
    found = entries.read_entries("\r\n".join(rows).encode())
    plain = Quotes(found.plain.first, found.plain.last)
    assert {row.partition("/")[0] for row in plain} | {"192.0.2.1"} == {row for row in rows if "n" not in row}
    assert [(bad.line, bad.text) for bad in found.bad] == [(n + 1, f"no {n}") for n in range(0, 60, 3)]
    assert found.count == 40


def test_millions_of_empty_lines_take_a_few_times_the_memory_that_they_have():
    data = b"192.0.2.0/24\n" + b"\n" * 2**24 + b"198.51.100.0/24"
    tracemalloc.start()
    found = entries.read_entries(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.count, found.bad_count) == (2, 0)
    assert most < 16 * len(data)


def test_a_list_of_too_many_lines_is_refused(write, monkeypatch):
    monkeypatch.setattr(entries, "MAX_LINES", 3)
    assert load_list("vpn", write("\n\r\n192.0.2.0/24\r\n")).entries == 1
    with pytest.raises(ListError, match="more than 3 lines"):
        load_list("vpn", write("\n\r\n\r192.0.2.0/24\n"))


def test_comments_without_end_are_not_kept():
    found = entries.read_entries(b"# date 2024-02-01\n" + b"# more\n" * 5000 + b"192.0.2.0/24\n")
    assert len(found.header) == entries.KEPT_HEADER
    assert (found.header[0], found.count) == ("date 2024-02-01", 1)


def test_the_mark_of_a_comment_is_looked_for_in_one_pass():
    """With blanks around it in the expression, each place of a line of blanks was tried to its end."""
    assert entries._split_comment("192.0.2.1 \t # \t ours ") == ("192.0.2.1", "ours")
    assert re.search(r"[*+]", entries._COMMENT.pattern) is None


def test_host_bits_are_cleared_and_counted(write):
    found = load_list("vpn", write("10.0.0.1/8\n192.0.2.0/24\n2001:db8::1/32\n"))
    assert list(found.values) == ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"]
    assert (found.mended, found.bad_count) == (2, 0)
    assert any("host bits" in warning for warning in found.warnings)


def test_labels_exactness_and_rows_belong_together(write):
    found = load_list("vpn", write("198.51.100.7 # one\n192.0.2.0/24 # net\n192.0.2.8/32\n"))
    rows = found.intervals.match(parse(["192.0.2.1", "192.0.2.8", "198.51.100.7", "198.51.100.8"])).tolist()
    assert [
        None if row < 0 else (found.values[row], found.labels[row], bool(found.exact[row])) for row in rows
    ] == [
        ("192.0.2.0/24", "net", False),
        ("192.0.2.8/32", "", True),
        ("198.51.100.7/32", "one", True),
        None,
    ]


# ------------------------------------------------------------------ dates and identity

DATES = {
    "keyword": ("list.txt", "# Date: 2024-02-01\n", "2024-02-01"),
    "last update": ("list.txt", "; Last update 2024-02-01T03:00:00Z\n", "2024-02-01"),
    "keyword before others": ("list.txt", "# since 2019-01-01\n# Updated: 2024-02-01\n", "2024-02-01"),
    "the only day": ("list.txt", "# 2024-02-01\n", "2024-02-01"),
    "FireHOL": ("list.txt", "# This File Date   : Thu Feb  1 03:00:00 UTC 2024\n", "2024-02-01"),
    "header before file name": ("2020-01-01.txt", "# Date: 2024-02-01\n", "2024-02-01"),
    "file name": ("vpn-2024-02-01.txt", "", "2024-02-01"),
    "folder": ("2024-02-01/ipv4.txt", "", "2024-02-01"),
    "file name without hyphens": ("ServiceTags_Public_20240201.json.txt", "", "2024-02-01"),
    "the second number of a name": ("vpn-20241399-20240201.txt", "", "2024-02-01"),
    "a longer number": ("vpn-202402011.txt", "", None),
    "slashes": ("list.txt", "# List 2024/02/01\n", "2024-02-01"),
    "part of an address": ("list.txt", "# Updated: https://lists.example/2019/05/03/vpn\n", None),
    "as servers write it": ("list.txt", "; Last-Modified: Thu, 01 Feb 2024 03:00:00 GMT\n", "2024-02-01"),
    "a number in the header": ("list.txt", "# entries: 20240201\n", None),
    "two days without a word": ("list.txt", "# 2019-01-01\n# 2024-02-01\n", None),
    "no day of the calendar": ("vpn-2024-13-40.txt", "", None),
    "nothing": ("list.txt", "# a list\n", None),
    "comment after the entries began": ("list.txt", "198.51.100.0/24\n# Date: 2024-02-01\n", None),
}


@pytest.mark.parametrize(("name", "header", "day"), DATES.values(), ids=DATES)
def test_the_date_comes_from_the_header_or_a_name(write, name, header, day):
    found = load_list("vpn", write(header + "192.0.2.0/24\n", name))
    assert (found.date and found.date.isoformat()) == day
    assert any("has no date" in warning for warning in found.warnings) == (day is None)


def test_an_explicit_date_name_and_lineage_win(write):
    path = write("# Date: 2024-02-01\n192.0.2.0/24\n", "2023-01-01.txt")
    day = datetime.date(2022, 5, 6)
    found = load_list("vpn", path, date=day, name="ours", lineage="x4bnet")
    assert (found.date, found.name, found.lineage) == (day, "ours", "x4bnet")


def test_two_copies_of_one_list_are_one_lineage_even_when_one_is_compressed(write):
    plain = load_list("vpn", write(b"192.0.2.0/24\n", "a.txt"))
    copy = load_list("vpn", write(b"192.0.2.0/24\n", "b.txt"))
    packed = load_list("vpn", write(gzip.compress(b"192.0.2.0/24\n"), "c.gz"))
    other = load_list("vpn", write(b"192.0.2.0/25\n", "d.txt"))
    assert plain.lineage == copy.lineage == packed.lineage != other.lineage
    assert plain.lineage == f"sha256:{plain.sha256[:12]}"
    assert packed.sha256 != plain.sha256


# ------------------------------------------------------------------ errors

UNREADABLE = {
    "empty": (b"", "is empty"),
    "only comments": (b"# nothing\n", "nothing in the list"),
    "prose": (b"hello\nworld\n", "line 1 is 'hello'"),
    "binary": (bytes(range(256)) * 20, "nothing in the list"),
    "HTML": (b"<!doctype html><title>404</title>", "nothing in the list"),
    "a database": (b"\0" * 100 + b"\xab\xcd\xefMaxMind.com\xe0", "MaxMind database"),
    "broken gzip": (gzip.compress(b"192.0.2.0/24\n" * 1000)[:-30], "cannot be decompressed"),
    "no gzip after its mark": (b"\x1f\x8bnope", "cannot be decompressed"),
    "JSON object": (b'{"a": ["192.0.2.0/24"]}', "nothing in the list"),
    "broken JSON": (b'["192.0.2.0/24",', "no JSON: .* line 1 column 17"),
    "deep JSON": (b"[" * 200_000, "nothing in the list"),
    "JSON of objects": (b'[{"ip": "192.0.2.1"}, null, true]', "nothing in the list"),
    "only everything": (b"0.0.0.0/0\n", "nothing in the list"),
    "NUL bytes": (b"\0" * 1000, "nothing in the list"),
    "a netmask behind a semicolon": (b"192.0.2.0;255.255.255.0\n", "255.255.255.0 looks like a netmask"),
    "a netmask behind a comma": (b"192.0.2.0,255.255.255.0\n", "255.255.255.0 looks like a netmask"),
    "the length in its own column": (b"192.0.2.0\t24\tES\n", "line 1 is '192.0.2.0.*24.*ES'"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_list_in_which_nothing_is_understood_is_an_error_with_advice(write, content, message):
    with pytest.raises(ListError, match=message) as caught:
        load_list("vpn", write(content))
    assert caught.value.expected


def test_missing_files_and_folders_are_errors(tmp_path):
    for path in (tmp_path / "missing.txt", tmp_path, Path("nul\0byte")):
        with pytest.raises(ListError, match="cannot be read"):
            load_list("vpn", path)


def test_a_file_that_is_too_large_is_refused_before_it_fills_memory(write, monkeypatch):
    monkeypatch.setattr(lists, "MAX_BYTES", 1000)
    bomb = gzip.compress(b"192.0.2.0/24\n" * 100)
    assert len(bomb) < 1000
    for content in (b"192.0.2.0/24\n" * 100, bomb):
        with pytest.raises(ListError, match="too large"):
            load_list("vpn", write(content))


def test_a_list_of_too_many_entries_is_refused(write, monkeypatch):
    monkeypatch.setattr(entries, "MAX_ENTRIES", 10)
    with pytest.raises(ListError, match="more than 10 entries"):
        load_list("vpn", write("192.0.2.0/24\n" * 11))


PIECES = [*["0", "00", "1", "10", "032", "127", "255", "256", "8", "24", "32", "33", ".", "/", "-", "a"], " "]


@given(
    st.lists(st.sampled_from(PIECES), min_size=5, max_size=10).map("".join)
    | st.text("0123456789./", max_size=20)
)
def test_the_quick_way_to_read_a_network_says_what_the_thorough_one_does(text):
    quick = _quick(text)
    if quick is not None:
        assert quick == entries._network(text.rstrip())


def _quick(text):
    """What is read all at once, in the form of one by one."""
    found, others = read_plain(text)
    assert others == ([(0, text.rstrip())] if text.rstrip() and not len(found) else [])
    quotes = Quotes(found.first, found.last)
    return ((4, int(found.first[0]), int(found.last[0])), quotes[0], False) if len(found) else None


QUICK = ["192.0.2.0/24", "192.0.2.7", "0.0.0.1", "255.255.255.255/32", "128.0.0.0/1"]


@pytest.mark.parametrize("text", QUICK)
def test_the_commonest_networks_are_read_the_quick_way(text):
    assert _quick(text) == entries._network(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='0123456789./:-# ASn,"\n[]\ufeff', max_size=300)))
def test_no_content_whatever_raises_anything_but_a_list_error(write, content):
    try:
        found = load_list("vpn", write(content))
    except ListError:
        return
    assert found.entries >= len(found.values) > 0


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), min_size=1, max_size=20))
def test_every_network_in_is_a_network_out(drawn):
    networks = {ip_network((number, prefix), strict=False) for number, prefix in drawn}
    found = entries.read_entries("\n".join(map(str, networks)).encode())
    values = {value for value, _ in found.networks.values()} | set(
        Quotes(found.plain.first, found.plain.last)
    )
    assert values == set(map(str, networks))


_LINE = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 33)).map(lambda n: f"{ip_address(n[0])}/{n[1]}"),
    st.integers(0, 2**32 - 1).map(lambda n: str(ip_address(n))),
    st.text(alphabet="0123456789./ #-", max_size=30),
)


@given(st.lists(_LINE, min_size=1, max_size=20))
def test_many_lines_at_once_are_read_as_one_by_one(drawn):
    """Read as the first line that decides what a list holds, each is understood on its own."""
    one_by_one = [entries.read_entries(line.encode()) for line in drawn]
    together = entries.read_entries("\n".join(["192.0.2.0/24", *drawn]).encode())
    expected = {key for one in one_by_one for key in one.networks}
    plain = zip(together.plain.first.tolist(), together.plain.last.tolist(), strict=True)
    assert {*together.networks, *((4, first, last) for first, last in plain)} - {_FIRST} == expected - {
        _FIRST
    }
    assert together.count - 1 == sum(one.count for one in one_by_one)
    assert together.bad_count == sum(one.bad_count for one in one_by_one)
    assert together.mended == sum(one.mended for one in one_by_one)


_FIRST = (4, int(ip_address("192.0.2.0")), int(ip_address("192.0.2.255")))


def test_a_label_is_kept_wherever_its_network_stands_again_without_one(write):
    found = load_list("vpn", write("198.51.100.0/24\n192.0.2.0/24\n192.0.2.0/24 # Example VPN\n"))
    assert found.labels == ("Example VPN", "")
    assert found.entries == 3


# ------------------------------------------------------------------ the option


@pytest.mark.parametrize(
    ("option", "class_", "path", "day"),
    [
        ("vpn=a.txt", "vpn", "a.txt", None),
        ("tor_exit=a/b.txt@2024-02-01", "tor_exit", "a/b.txt", "2024-02-01"),
        ("relay=x=y@home.txt", "relay", "x=y@home.txt", None),
        ("relay=me@2024-02-01@2024-02-02", "relay", "me@2024-02-01", "2024-02-02"),
    ],
)
def test_a_list_option_is_cut_into_its_parts(option, class_, path, day):
    found = parse_list_option(option)
    assert (found[0], found[1], found[2] and found[2].isoformat()) == (class_, Path(path), day)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("a.txt", "CLASS=PATH"),
        ("vpn=", "CLASS=PATH"),
        ("vpn=@2024-02-01", "CLASS=PATH"),
        ("vpn=a.txt@2024-02-30", "YYYY-MM-DD"),
        ("vnp=a.txt", "Try: vpn"),
        ("VPN=a.txt", "Try: vpn"),
        ("zzzzzz=a.txt", "one of tor_exit, vpn"),
        ("none_found=a.txt", "an answer and not evidence"),
    ],
)
def test_a_wrong_list_option_says_what_is_right(option, message):
    with pytest.raises(OptionError, match=message):
        parse_list_option(option)


def test_an_unknown_class_is_refused_before_the_file_is_opened():
    with pytest.raises(OptionError, match="Try: hosting"):
        load_list("hostng", "missing.txt")


# ------------------------------------------------------------------ real lists

REAL_FILES = {
    "x4bnet/2026-08-22/output/vpn/ipv4.txt": ("networks", 10862),
    "x4bnet/2026-08-22/output/vpn/ipv6.txt": ("networks", 498),
    "x4bnet/2026-08-22/output/datacenter/ipv4.txt": ("networks", 42566),
    "x4bnet/2026-08-22/output/datacenter/ipv6.txt": ("networks", 8752),
    "x4bnet/2024-02-01/output/vpn/ipv4.txt": ("networks", 2846),
    "x4bnet/2026-08-22/input/vpn/ASN.txt": ("as_numbers", 15),
    "x4bnet/2026-08-22/input/datacenter/ASN.txt": ("as_numbers", 906),
    "x4bnet/2024-02-01/input/datacenter/ASN.txt": ("as_numbers", 792),
    "bad-asn-list/bad-asn-list.csv": ("as_numbers", 742),
    "ipset/datacenter_asns.json": ("as_numbers", 724),
    "protonvpn/protonvpn_ips.txt": ("networks", 2424),
    "protonvpn/protonvpn_ips.json": ("networks", 2424),
    "tor/tor-exit-nodes.lst": ("networks", 1746),
    "tor/tor-nodes.lst": ("networks", 8054),
    "apple-private-relay/ip-ranges.txt": ("networks", 13745),
    "cloudflare/cloudflare.json": ("networks", 22),
    "ipranges/protonvpn/ipv4_merged.txt": ("networks", 672),
    "ipranges/openai/ipv4.txt": ("networks", 254),
}


@needs_real_lists
@pytest.mark.parametrize(("name", "expected"), REAL_FILES.items(), ids=REAL_FILES)
def test_real_lists_are_read_whole(name, expected):
    found = load_list("hosting", REAL / name)
    assert (found.kind, found.entries, found.bad, found.mended) == (*expected, (), 0)


@needs_real_lists
def test_addresses_covered_by_the_real_vpn_lists_are_as_many_as_their_publisher_says():
    for day, millions in (("2024-02-01", 1.06), ("2026-08-22", 3.14)):
        found = load_list("vpn", REAL / f"x4bnet/{day}/output/vpn/ipv4.txt")
        assert found.intervals.address_count(4) / 1e6 == pytest.approx(millions, abs=0.005)


@needs_real_lists
def test_the_quirks_of_the_real_as_list_are_read_right():
    found = load_list("hosting", REAL / "bad-asn-list/bad-asn-list.csv")
    labels = dict(zip(found.as_numbers.tolist(), found.labels, strict=True))
    assert labels[198375] == "INULOGIC SARL, FR"
    assert labels[51447] == "RootLayer Web Services Ltd, NL"
    assert labels[15497] == 'COLOCALL Internet Data Center "ColoCALL", UA'
    assert len(labels) == 742 - 19


@needs_real_lists
def test_text_and_json_of_one_list_hold_the_same_networks():
    plain = load_list("vpn", REAL / "protonvpn/protonvpn_ips.txt")
    assert list(plain.values) == list(load_list("vpn", REAL / "protonvpn/protonvpn_ips.json").values)
    assert set(json.loads((REAL / "protonvpn/protonvpn_ips.json").read_text())) == {
        value.partition("/")[0] for value in plain.values
    }
