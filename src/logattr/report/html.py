"""Findings as one HTML page without scripts or outside requests, and as a fragment for notebooks."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from logattr.attribution.classes import GRADES, HIGHLIGHTED
from logattr.columns import CLIENTS
from logattr.report import (
    age,
    anonymiser,
    answer,
    cards,
    counted,
    grade_meaning,
    headline,
    lines_account,
    moment,
    network,
    period,
    place,
    place_short,
    places_asked,
    question,
    set_aside,
)
from logattr.report.copies import changes
from logattr.report.escape import shorten, terminal_text
from logattr.report.selection import equal_rows, first_rows, plain_rows

if TYPE_CHECKING:
    import jinja2

    from logattr.report.findings import Findings

__all__ = ["findings_fragment", "findings_html"]

# What a page can hold and a person can read; the page says how much is left out.
MAX_CARDS = 200
MAX_CLIENTS = 1000
# What compact tables have no room for.
_LEFT_TO_CARDS = frozenset(column.name for column in CLIENTS if column.type == "texts") | {
    "anon_evidence",
    "anon_evidence_now",
    "geo_alternatives",
    "geo_answers",
}
MAX_REJECTS = 20
MAX_CHARACTERS = 2000
MAX_FRAGMENT_ROWS = 10
_PAGE = "report.html.jinja"


def findings_html(findings: Findings) -> str:
    """Render the report as one self-contained page: light, dark, phone and paper, no scripts.

    Every value is escaped for HTML, and its control and direction-changing characters are made visible.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        An HTML document; the same findings give the same bytes.
    """
    clients = findings.clients
    highlighted = equal_rows(clients, "highlighted", value=True)
    aside = equal_rows(clients, "place_match", "in") & ~highlighted
    return _page().render(
        **_common(findings),
        places=places_asked(findings),
        period=period(findings),
        cards=cards(findings, limit=MAX_CARDS),
        highlighted=int(highlighted.sum()),
        singled_out=_client_rows(findings, first_rows(clients, highlighted, MAX_CLIENTS)),
        highlighted_classes=HIGHLIGHTED,
        set_aside=set_aside(findings),
        changes=changes(findings),
        set_aside_clients=_client_rows(findings, first_rows(clients, aside, MAX_CLIENTS)),
        set_aside_total=int(aside.sum()),
        clients=_client_rows(findings, clients.slice(0, MAX_CLIENTS)),
        clients_total=clients.num_rows,
        grades=[(grade, grade_meaning(grade)) for grade in sorted(GRADES)],
        rejects=findings.rejects.slice(0, MAX_REJECTS).to_pylist(),
        rejects_total=sum(summary.rejects for summary in findings.inputs),
        options=sorted((name, _option(value)) for name, value in findings.options.items()),
    )


def findings_fragment(findings: Findings) -> str:
    """Render a short summary for notebooks: escaped, inline styles only, no scripts.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        One ``div`` of class ``logattr-findings``.
    """
    highlighted = equal_rows(findings.clients, "highlighted", value=True)
    return (
        _environment()
        .get_template("fragment.html.jinja")
        .render(
            **_common(findings),
            rows=_client_rows(findings, first_rows(findings.clients, highlighted, MAX_FRAGMENT_ROWS)),
            left_out=max(0, int(highlighted.sum()) - MAX_FRAGMENT_ROWS),
        )
    )


def _common(findings: Findings) -> dict[str, Any]:
    return {
        "findings": findings,
        "question": question(findings),
        "headline": headline(findings),
        "clients_counted": sum(row.clients for row in findings.classes),
        "requests_counted": sum(row.requests for row in findings.classes),
    }


def _client_rows(findings: Findings, table: Any) -> list[SimpleNamespace]:
    """Rows of the compact tables, in words."""
    labels = {row.name: row.label for row in findings.classes}
    shown = [name for name in table.column_names if name not in _LEFT_TO_CARDS]
    return [
        # Attributes, which templates look for before they try keys.
        SimpleNamespace(
            client=row["client"],
            class_label=labels.get(row["class"], row["class"]),
            noise_reason=row["noise_reason"],
            grade=row["grade"],
            answer=answer(row),
            place=place(row),
            place_short=place_short(row),
            network=network(row),
            anonymiser=anonymiser(row),
            requests=row["requests"],
            first_seen=moment(row["first_seen"]),
            last_seen=moment(row["last_seen"]),
        )
        for row in plain_rows(table.select(shown))
    ]


def _option(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def page_as_python() -> str:
    """The page's template as this version of Jinja compiles it: ``docs/generate.py`` keeps it as a module."""
    environment = _environment()
    assert environment.loader is not None  # noqa: S101  # made with one, below
    source, _, _ = environment.loader.get_source(environment, _PAGE)
    return environment.compile(source, _PAGE, raw=True, defer_init=True)


def _page() -> jinja2.Template:
    """The page's template; to compile it takes a tenth of a report on a small log."""
    from importlib.metadata import version

    from logattr.report import compiled_page

    environment = _environment()
    if version("jinja2") != compiled_page.JINJA:
        return environment.get_template(_PAGE)
    names = environment.make_globals(None)
    return environment.template_class.from_module_dict(environment, vars(compiled_page), names)


@cache
def _environment() -> jinja2.Environment:
    import jinja2
    from markupsafe import Markup

    def visible(value: object) -> object:
        """Run on every value a template prints, before it is escaped for HTML."""
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        if len(value) <= MAX_CHARACTERS and value.isascii() and value.isprintable():  # nearly all are
            return value
        return terminal_text(shorten(value, MAX_CHARACTERS))

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("logattr.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda number: f"{number:,}"
    environment.filters["share"] = lambda part, whole: f"{100 * part / whole:.4g}" if whole else "0"
    environment.globals.update(counted=counted, age=age, lines_account=lines_account)
    return environment
