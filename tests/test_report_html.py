"""The HTML report, read as text; test_report_browser.py shows it to a browser."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import jinja2
import pytest

from logattr.report.html import findings_fragment, findings_html

from .report_fixtures import client_rows, make_findings, with_every_text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "</pre></style></title><!--",
    "\x1b[31m\u202e\u2066\u200b\x00\r\n",
    "&lt;b&gt;",
)
VOID = {"meta", "br", "rect", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collect tags, attributes and text, and check that every tag is closed where it must be."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_the_finding_names_the_clients_and_leads_to_the_evidence_on_each() -> None:
    source = findings_html(make_findings())
    finding = source[source.index('id="finding"') : source.index('id="counts"')]

    named = re.findall(r'<a href="#(client-\d+)">([^<]+)</a>', finding)
    assert [client for _, client in named] == [row["client"] for row in client_rows() if row["highlighted"]]
    assert all(re.search(rf'<h3 id="{target}">{re.escape(client)}</h3>', source) for target, client in named)


def test_both_forms_credit_the_database_as_its_licence_asks() -> None:
    from logattr.databases.embedded import ATTRIBUTION

    (database,) = make_findings().databases
    findings = make_findings(databases=(replace(database, attribution=ATTRIBUTION),))

    assert ATTRIBUTION in Page(findings_html(findings)).text
    assert ATTRIBUTION in Page(findings_fragment(findings)).text


RENDERERS = pytest.mark.parametrize("render", [findings_html, findings_fragment])


def test_the_page_says_question_finding_evidence_and_sources() -> None:
    text = Page(findings_html(make_findings())).text

    for part in (
        "Which clients of this server are placed in Liaoning (CN-LN) or Spain (ES)",
        "2024-01-01 00:00:09 to 2024-01-31 23:59:09 UTC",
        "Spain Spain includes the Canary Islands.",
        "3 of 13 clients (300 of 20,148 events) are placed in Liaoning (CN-LN) or Spain (ES)",
        "1 of 13 clients (12 of 20,148 events) may be there",
        "20,152 lines = 20,148 events + 2 rejected + 2 blank",
        "Grade 6 of 6 no anonymiser evidence, place disputed by no database, and engaged",
        "no anonymiser evidence in 3 sources (newest 2024-01-29)",
        "GeoLite2-City, built 2018-07-03, 2,035 days older than the last event; accuracy radius 50 km",
        "for the network 203.0.113.0/25",
        "in CN-LN, decided at the level of the region",
        "CN-LN undetermined: the data end at the level of the country",
        "AS64496 · Example Province Network · 203.0.113.0/24",
        "What speaks against it The database is 2,035 days older",
        "access.log:1 203.0.113.24 - editor2",
        "scanner (asked for 41 known probe paths)",
        "A slip: someone who usually came through an anonymiser did not.",
        "weak evidence that there was none",
        "CC BY-SA 4.0",
        "d" * 64,
        "e" * 64,
        "a" * 64,
        "182 entries of networks, 0 unreadable; origin logattr",
        "The first 2 of 2 rejected lines",
        r"\x16\x03\x01 handshake",
        "13 clients",
        "trusted_proxies 10.0.0.0/8",
    ):
        assert part in text


def test_every_highlighted_client_and_no_other_has_a_card() -> None:
    page = findings_html(make_findings())

    expected = [row["client"] for row in client_rows() if row["highlighted"]]
    assert re.findall(r'<h3 id="client-\d+">(.*?)</h3>', page) == expected


def test_every_class_is_counted_even_when_it_is_empty_and_the_sums_are_shown() -> None:
    findings = make_findings()
    text = Page(findings_html(findings)).text

    for row in findings.classes:
        assert f"{row.label} {row.meaning} {row.clients:,} {row.requests:,}" in text
    assert "All 13 20,148" in text


def test_the_page_loads_and_runs_nothing() -> None:
    source = findings_html(make_findings())
    page = Page(source)

    assert page.open == []
    assert page.tags.keys().isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form"})
    assert [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "srcset"}] == []
    assert [
        value for name, value in page.attributes if name == "href" and not str(value).startswith("#")
    ] == []
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in source
    assert re.search(r"url\(|@import", source) is None


def test_every_contents_link_leads_somewhere() -> None:
    attributes = Page(findings_html(make_findings())).attributes
    ids = Counter(value for name, value in attributes if name == "id")

    assert {str(value)[1:] for name, value in attributes if name == "href"} <= ids.keys()
    assert {value for name, value in attributes if name == "aria-labelledby"} <= ids.keys()
    assert max(ids.values()) == 1


def test_every_table_has_a_caption_and_headings_with_a_scope() -> None:
    page = Page(findings_html(make_findings()))

    assert page.tags["caption"] == page.tags["table"] == 7
    assert sum(name == "scope" for name, _ in page.attributes) == page.tags["th"]
    assert ("lang", "en") in page.attributes


@RENDERERS
@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_everywhere_changes_no_element(render, payload: str) -> None:
    hostile = Page(render(with_every_text(make_findings(), lambda text: payload + text)))
    harmless = Page(render(with_every_text(make_findings(), lambda text: "x" * len(payload) + text)))

    assert hostile.tags == harmless.tags
    assert Counter(name for name, _ in hostile.attributes) == Counter(name for name, _ in harmless.attributes)
    assert hostile.open == []


@RENDERERS
def test_hostile_text_is_shown_as_it_stands(render) -> None:
    page = Page(render(with_every_text(make_findings(), lambda text: HOSTILE[0] + "{{7*7}}\u202e" + text)))

    assert r"<script>alert(1)</script>{{7*7}}\u202e203.0.113.24" in page.text


@RENDERERS
def test_the_same_findings_give_the_same_page(render) -> None:
    assert render(make_findings()) == render(make_findings())


@RENDERERS
def test_it_never_says_that_somebody_is_no_vpn(render) -> None:
    text = Page(render(make_findings())).text.lower()

    assert "non-vpn" not in text
    assert "is not a vpn" not in text


def test_coordinates_and_cities_are_not_printed() -> None:
    rows = client_rows()
    rows[0] |= {"geo_lat": 41.7922, "geo_lon": 123.4328}
    page = findings_html(make_findings(clients=rows))

    assert "41.79" not in page
    assert "Shenyang" not in page


def test_many_clients_are_cut_at_a_thousand_and_the_rest_is_counted() -> None:
    rows = [client_rows()[9] | {"client": f"198.51.100.{number}"} for number in range(1205)]
    text = Page(findings_html(make_findings(clients=rows))).text

    assert "The first 1,000 of 1,205 clients" in text
    assert "205 clients left out here" in text
    assert "198.51.100.999" in text
    assert "198.51.100.1000" not in text


def test_a_line_of_a_megabyte_is_cut_and_says_so() -> None:
    findings = make_findings()
    rows = [row | {"text": "x" * 1_000_000} for row in findings.lines.to_pylist()]
    page = findings_html(make_findings(lines=findings.lines.from_pylist(rows, schema=findings.lines.schema)))

    assert "(998,000 characters more)" in page
    assert len(page) < 100_000


@RENDERERS
def test_an_empty_result_is_a_page_too(render) -> None:
    empty = make_findings(clients=[], databases=(), lists=(), inputs=(), classes=(), warnings=(), limits=())

    assert "Of 0 clients and 0 events, none is placed in" in Page(render(empty)).text


def test_without_sources_the_page_says_that_none_was_asked() -> None:
    text = Page(findings_html(make_findings(databases=(), lists=()))).text

    assert "None was asked, so anonymisers could not be assessed." in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"anon_class": "not_assessed"}, "not assessed: no source that could show an anonymiser was asked"),
        ({"anon_newest_source": None}, "no anonymiser evidence in 3 sources (newest undated)"),
        ({"anon_sources_checked": 1}, "no anonymiser evidence in 1 source (newest 2024-01-29)"),
        ({"geo_db_age_days": -30}, "30 days newer than the last event"),
        ({"geo_registered_country": "HK"}, "the network is registered in HK"),
        ({"geo_is_anycast": True}, "announced from many places (anycast)"),
        ({"geo_accuracy_km": None}, "the database gives no accuracy radius"),
        ({"as_number": None}, "unknown: no database of networks has the address"),
        (
            {"as_db_build": dt.date(2024, 1, 1), "as_db_age_days": 28},
            "Example-ASN, built 2024-01-01, 28 days older than the last event",
        ),
        (
            {"as_now": '{"number": 64501, "build": "2026-08-22"}'},
            "by the newest database (built 2026-08-22): AS64501",
        ),
        (
            {"facts": '[{"db": "a.mmdb", "isp": "Example", "is_mobile": true, "is_satellite": false}]'},
            "a.mmdb says isp: Example, is mobile",
        ),
        (
            {"as_number": None, "facts": '[{"db": "a.mmdb", "domain": "example.net"}]'},
            "unknown: no database of networks has the address · a.mmdb says domain: example.net",
        ),
        (
            {"place_match": "undetermined", "place": "JP-33", "place_level": "region"},
            "JP-33 undetermined: the data end at the level of the region",
        ),
        (
            {"place_match": "undetermined", "place": "JP-33", "place_agreement": "disputed"},
            "JP-33 undetermined: the databases disagree",
        ),
        ({"geo_db": None}, "no database answered"),
        (
            {"hours": ["Mon 08: 2", "Tue 09: 12"]},
            "Busiest hours of the week, in UTC: Tue 09 (12), Mon 08 (2)",
        ),
        ({"first_seen": None}, "no readable time to 2024-01-29"),
    ],
)
def test_a_card_words_what_is_known_and_what_is_not(changes: dict[str, object], sentence: str) -> None:
    rows = client_rows()
    rows[0] |= changes

    assert sentence in Page(findings_html(make_findings(clients=rows))).text


def test_a_template_that_names_something_unknown_is_an_error() -> None:
    from logattr.report.html import _environment

    with pytest.raises(jinja2.UndefinedError):
        _environment().from_string("{{ nothing }}").render()


def test_another_version_of_jinja_compiles_the_page_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from logattr.report import compiled_page

    findings = make_findings()
    page = findings_html(findings)
    monkeypatch.setattr(compiled_page, "JINJA", "3.1.5")
    monkeypatch.delattr(compiled_page, "root")  # or nothing shows which of the two is used

    assert findings_html(findings) == page


def test_the_fragment_styles_nothing_but_itself() -> None:
    fragment = make_findings()._repr_html_()
    page = Page(fragment)

    assert fragment == findings_fragment(make_findings())
    assert page.tags.keys().isdisjoint({"style", "script", "link", "html", "body"})
    assert {value for name, value in page.attributes if name == "class"} == {"logattr-findings"}
    assert "3 of 13 clients" in page.text


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("paper", ["paper", "sheet", "faint"])
@pytest.mark.parametrize("ink", ["ink", "soft", "accent"])
def test_text_has_the_contrast_of_wcag_aa_in_light_and_dark(theme: int, ink: str, paper: str) -> None:
    css = files("logattr.report").joinpath("templates/report.css").read_text("utf-8")
    colours = dict(re.findall(r"--(\w[\w-]*): (#\w{6});", css.split(":root {")[theme + 1]))
    lighter, darker = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
