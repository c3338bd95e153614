"""The documents agree with the code: columns, formats, dependencies, licence and notice."""

from __future__ import annotations

import csv
import importlib.util
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name_of(requirement: str) -> str:
    """``Name[extra]>=1; marker`` to ``name``, normalised as indexes compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;@]", requirement, maxsplit=1)[0]).lower()


def required() -> dict[str, set[str]]:
    """Names of required packages by the section of ``docs/dependencies.md`` where they belong."""
    project = PROJECT["project"]
    sections = {"At run time": project["dependencies"], "To build": PROJECT["build-system"]["requires"]}
    sections |= {f"Extra `{name}`": some for name, some in project["optional-dependencies"].items()}
    return {section: set(map(name_of, some)) for section, some in sections.items()}


def described() -> dict[str, list[list[str]]]:
    """Rows of the tables in ``docs/dependencies.md`` by section."""
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    sections = {}
    for section in text.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        rows = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("| `")]
        sections[title] = rows
    return sections


@pytest.mark.parametrize("name", ["columns.md", "databases.md", "findings.md", "formats.md"])
def test_generated_pages_are_what_the_tables_in_the_code_say(name: str) -> None:
    expected = load_generator().PAGES[name]()

    found = (DOCS / name).read_text(encoding="utf-8")

    assert found == expected, f"run `python docs/generate.py` to write docs/{name} again"


def test_the_compiled_page_is_what_its_template_compiles_to() -> None:
    generator = load_generator()
    found = generator.COMPILED_PAGE.read_text(encoding="utf-8")
    if f'JINJA = "{version("jinja2")}"' not in found:
        pytest.skip("compiled by another version of Jinja, and so not used with this one")

    assert found == generator.compiled_page(), "run `python docs/generate.py` to compile the page again"


def test_the_generator_writes_every_page_that_says_it_is_generated() -> None:
    generated = {
        page.name
        for page in DOCS.glob("*.md")
        if "Written by docs/generate.py" in page.read_text(encoding="utf-8")
    }

    assert generated == set(load_generator().PAGES)


def test_the_page_on_findings_names_every_key_of_the_json_and_no_other(tmp_path: Path) -> None:
    import json

    from logattr import investigate

    log = tmp_path / "access.log"
    log.write_text('81.32.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12\nno line\n')
    document = json.loads(investigate(log, places=["Spain"]).to_json())
    generator = load_generator()

    assert sorted(document) == sorted(name for name, *_ in generator.FINDINGS)
    for name, rows in generator.FINDINGS_OBJECTS.items():
        found = document
        for key in name.split("."):
            found = found[key]
        for one in found if isinstance(found, list) else [found]:
            assert sorted(one) == sorted(key for key, *_ in rows), name


def test_null_in_the_json_of_findings_is_only_where_the_page_says_so(tmp_path: Path) -> None:
    import json

    from logattr import investigate

    log = tmp_path / "access.log"
    log.write_text('- - - [no time] "-" - -\n')
    document = json.loads(investigate(log, places=["Spain"], format="common").to_json())

    for name, rows in load_generator().FINDINGS_OBJECTS.items():
        if name == "question.places":
            continue
        nullable = {key for key, _, _, null in rows if null and not null.startswith("empty")}
        found = document[name]
        for one in found if isinstance(found, list) else [found]:
            assert {key for key, value in one.items() if value is None} <= nullable, name
    assert document["databases"][0]["age_days"] is None


def test_every_dependency_has_exactly_one_line_on_why_and_what_else() -> None:
    rows = described()

    assert {title: sorted(row[0].strip("`") for row in some) for title, some in rows.items()} == {
        title: sorted(names) for title, names in required().items()
    }
    assert all(len(row) == 3 and all(map(str.strip, row)) for some in rows.values() for row in some)


def test_ipaddress_tools_is_nowhere_a_dependency() -> None:
    assert not any("ipaddress-tools" in names for names in required().values())
    assert "ipaddress-tools" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_changelog_describes_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"(?m)^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$", text)

    assert releases[0] == PROJECT["project"]["version"]
    assert text.index("## [Unreleased]") < text.index(f"## [{releases[0]}]")


def test_licence_and_notice_are_shipped_and_whole() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert PROJECT["project"]["license-files"] == ["LICENSE", "NOTICE"]
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_notice_credits_the_data_of_the_embedded_extra() -> None:
    from logattr.databases.embedded import ATTRIBUTION

    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")

    parts = ("maxminddb-geolite2 2018.703", "2018-07-03", "MaxMind, Inc.", "CC BY-SA 4.0", ATTRIBUTION)
    assert [part for part in parts if part not in notice] == []


def test_the_notice_names_every_source_of_the_built_in_table_with_its_licence() -> None:
    lines = (ROOT / "NOTICE").read_text(encoding="utf-8").splitlines()
    path = ROOT / "src/logattr/networks/providers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        cells = {cell for row in csv.DictReader(file) for cell in re.split(r"; | by way of ", row["source"])}
    # "owner/repository a/file (LICENCE)", or the address of an operator's own list, without a licence
    sources = [(cell.split()[0], *re.findall(r"\(([^()]+)\)$", cell)) for cell in cells]

    missing = [words for words in sources if not any(all(word in line for word in words) for line in lines)]

    assert len(sources) > 5
    assert missing == []
