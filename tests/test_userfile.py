"""Formats from files of the user's: read, checked by their samples, refused with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from logattr.cli import main
from logattr.errors import FormatError
from logattr.formats import userfile
from logattr.pipeline import read_log
from logattr.reading.readers import reader_for, syntax_of

TEMPLATE = """
name = "shop"
title = "Shop"
template = '{client} [{time}] "{request}" {status} {bytes_sent}'
time_format = "%d.%m.%Y %H:%M:%S"
escapes = "apache"

[[sample]]
line = '192.0.2.1 [10.01.2024 08:01:02] "GET /a HTTP/1.1" 200 5'
expected = { client_ip = "192.0.2.1", status = 200, time = "2024-01-10T08:01:02Z", path = "/a" }
"""
JSON = """
[json]
requires = ["http.ip", "type = access*"]
client = ["http.fwd", "http.ip"]
time = { path = "when", kind = "timestamp_utc" }
status = "http.status"
nulls = ["n/a"]
extra.level = "level"

[[sample]]
line = '{"http":{"ip":"192.0.2.7","status":200},"type":"access","when":"2024-01-10 08:01:02","level":"n/a"}'
expected = { client_ip = "192.0.2.7", time = 2024-01-10T08:01:02Z, status = 200 }
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="my.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return to_file


def test_a_template_with_a_time_format_reads_a_log(write):
    log = write('192.0.2.9 [11.01.2024 09:00:00] "GET /b HTTP/1.1" 404 -\nnoise\n', "a.log")

    frame = read_log(log, format=write(TEMPLATE))

    assert frame["client_ip"].tolist() == ["192.0.2.9"]
    assert frame["time"].dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2024-01-11 09:00"]
    assert frame["format"].tolist() == ["shop"]
    assert frame.attrs["logattr"][0]["rejects"] == 1


def test_json_paths_read_a_log(write):
    lines = [
        '{"http":{"fwd":"198.51.100.1","ip":"192.0.2.7"},"type":"access","level":"x"}',
        '{"http":{"ip":"192.0.2.7"},"type":"error"}',
    ]

    frame = read_log(write("\n".join(lines), "a.log"), format=write(JSON, "shop.toml"))

    assert frame["client_ip"].tolist() == ["198.51.100.1"]
    assert frame["extra"].tolist() == ['{"level": "x"}']
    assert frame["format"].tolist() == ["shop"]


def test_json_times_may_have_a_format_of_their_own(write):
    text = '[json]\nclient = "ip"\ntime = "t"\n'

    format_ = write(f'time_format = "%d.%m.%Y um %H:%M"\n{text}')
    frame = read_log(write('{"ip":"192.0.2.7","t":"10.01.2024 um 08:01"}', "a.log"), format=format_)

    assert frame["time"].dt.strftime("%H:%M").tolist() == ["08:01"]


@pytest.mark.parametrize(
    ("template", "syntax"),
    [
        ('%h %l %u %t "%r" %>s %b', "apache"),
        ("$remote_addr $status", "nginx"),
        ("{client} [{time}]", "template"),
        ("%{X-Forwarded-For}i %h", "apache"),
    ],
)
def test_the_language_of_a_template_shows_in_it(write, template, syntax):
    assert syntax_of(template) == syntax
    assert reader_for(write(f"template = '{template}'")).format.syntax == syntax


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("template = ", "my.toml: .*TOML in UTF-8"),
        ("colour = 1", "my.toml: colour: an unknown key; expected one of name"),
        ("name = 1\ntemplate = '{client}'", "my.toml: name: 1; expected a text"),
        ("name = 'x'", r"my.toml: template: missing; expected either template or \[json\]"),
        ("template = '{client}'\n[json]\nclient = 'a'", r"template: given beside \[json\]"),
        ("template = '{client}{user}'", "my.toml: template: nothing separates"),
        ("template = '%Q'", "my.toml: template: "),
        ("template = 'x'", "my.toml: template: .*neither a known name nor"),
        ("template = '{client}'\nescapes = 'perl'", "my.toml: escapes: 'perl'; expected one of apache"),
        ("template = '{client}'\nsyntax = 'perl'", "my.toml: syntax: 'perl'"),
        ("template = '{client}'\nactions = 'x'", "my.toml: actions: 'x'"),
        ("template = '{client}'\ntime_format = '%Y'", r"my.toml: time_format: the template has no \{time\}"),
        ("template = '{client} [{time}]'\ntime_format = '%Q'", "my.toml: template: the strftime conversion"),
        ("json = 1", "my.toml: json: 1; expected a table"),
        ("[json]\ncolour = 'a'", "my.toml: json: row 1 .*colour"),
        ("[json]\nclient = 5", "my.toml: json.client: 5; expected a path, or a list"),
        ("[json]\nclient = []", "my.toml: json.client: "),
        ("[json]\nclient = { path = 'a' }", "my.toml: json.client: a table; expected path and kind"),
        ("[json]\nclient = { path = 'a', kind = 'b' }", "my.toml: json: row 1 .*expected a kind"),
        ('[json]\nclient = "a\\nb"', "my.toml: json.client: "),
        ("[json]\n'a b' = 'c'", "a name with blanks"),
        ("[json]\nextra = 'c'", "my.toml: json: 'c'; expected a table"),
        ("template = '{client}'\n[[sample]]\nline = 1", "my.toml: sample 1: no line"),
        ("template = '{client}'\n[sample]\nline = 'a'", "two brackets"),
        ("template = '{client}'\n[[sample]]\nline = 'a'\nexpect = {}", "sample 1: the keys line, expect"),
        (
            "template = '{client} {status}'\n[[sample]]\nline = 'a'",
            "sample 1: the line is not read: my: no client",
        ),
        ("template = '{client}'\n[[sample]]\nline = ' '", "sample 1: the line is not read: it is blank"),
        (
            "template = '{client}'\n[[sample]]\nline = '192.0.2.1'\nexpected = { colour = 1 }",
            "sample 1: the column 'colour'",
        ),
        (
            "template = '{client}'\n[[sample]]\nline = '192.0.2.1'\nexpected = { client_ip = '192.0.2.2' }",
            "sample 1: client_ip is read as '192.0.2.1'; expected '192.0.2.2'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(write, text, message):
    with pytest.raises(FormatError, match=message):
        reader_for(write(text))


def test_files_that_cannot_be_read_are_refused(tmp_path, monkeypatch):
    with pytest.raises(FormatError, match=r"none\.toml: cannot be read"):
        reader_for(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(FormatError, match=r"folder\.toml: cannot be read"):
        reader_for(str(tmp_path / "folder.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match="TOML in UTF-8"):
        reader_for(str(tmp_path / "bytes.toml"))
    monkeypatch.setattr(userfile, "_MOST_BYTES", 10)
    (tmp_path / "long.toml").write_text("name = 'a long name'")
    with pytest.raises(FormatError, match="more than"):
        reader_for(str(tmp_path / "long.toml"))


def run(*arguments, **options):
    return CliRunner().invoke(main, list(arguments), **options)


def test_checking_shows_how_lines_parse_and_why_others_do_not(write):
    log = write('192.0.2.9 [11.01.2024 09:00:00] "GET /b HTTP/1.1" 404 -\n\x1b[31mnoise\n', "a.log")

    done = run("formats", "--check", write(TEMPLATE), log)

    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert any(line.split() == ["client_ip", "192.0.2.9"] for line in lines)
    columns = {
        line.index(line.split()[1]) for line in lines if line.split()[:1] in (["status"], ["client_ip"])
    }
    assert len(columns) == 1
    assert "\x1b" not in done.output
    assert "  not read: shop: no client at the start of the line" in lines
    assert lines[-1] == "1 of the first 2 lines are read as shop"


def test_checking_works_with_names_and_standard_input():
    done = run(
        "formats",
        "--check",
        "common",
        "-",
        input=b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1',
    )

    assert done.exit_code == 0
    assert "1 of the first 1 lines are read as common" in done.output


def test_an_empty_log_has_nothing_to_check():
    assert "no line in this log" in run("formats", "--check", "common", "-", input=b"").output


def test_checking_needs_a_log_and_a_format_that_is_one(write):
    assert run("formats", "--check", "common").exit_code == 2
    done = run("formats", "--check", write("template = 'x'"), "-")
    assert done.exit_code == 2
    assert "--check: " in done.output
    assert "my.toml: template" in done.output


def test_parse_takes_a_file_as_format_and_refuses_a_wrong_one(write):
    log = write('192.0.2.9 [11.01.2024 09:00:00] "GET /b HTTP/1.1" 404 -\n', "a.log")

    out = write("", "out.jsonl")
    done = run("parse", log, "--format", write(TEMPLATE), "-o", out)

    assert done.exit_code == 0
    assert '"client_ip": "192.0.2.9"' in Path(out).read_text(encoding="utf-8")
    assert run("parse", log, "--format", write("colour = 1")).exit_code == 2
