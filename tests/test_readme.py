"""README.md: its Python runs, its commands are understood, its links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import click
import pytest

from logattr.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHELL = "".join(re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"(?m)^(?:.*/bin/)?logattr (.+)$", SHELL)
SET_UP = {
    "report": "python3 -m venv .venv && .venv/bin/pip install '.[embedded]' && .venv/bin/logattr report "
    "sample_logs/cloud-storage-access.log --place Liaoning --place Spain --html report.html",
    "test": (
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' "
        "&& .venv/bin/pytest -n auto --maxprocesses 4 --dist worksteal"
    ),
}


def documented_commands() -> set[str]:
    """Names in the table of commands, without their arguments."""
    return {re.split(r" [A-Z\[]", name)[0] for name in re.findall(r"(?m)^\| `logattr ([^`]+)` \|", README)}


def all_commands(group: click.Group, prefix: str = "") -> set[str]:
    """Names of all commands that do something."""
    names: set[str] = set()
    for name, command in group.commands.items():
        inside = isinstance(command, click.Group)
        names |= all_commands(command, f"{prefix}{name} ") if inside else {prefix + name}
    return names


def understood(words: list[str]) -> tuple[str, dict[str, object]]:
    """The name of the command that click would call, and its parameters; nothing is run."""
    command: click.Command = main
    parent = click.Context(main, info_name="logattr")
    while isinstance(command, click.Group):
        name, *words = words
        command = command.commands[name]
    context = command.make_context(command.name, words, parent=parent)
    return str(command.name), context.params


def test_the_python_in_the_readme_runs_and_prints_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("LOGATTR_DATABASES", raising=False)
    test = doctest.DocTestParser().get_doctest("".join(PYTHON), {}, "README.md", "README.md", 0)

    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)

    assert result.attempted > 10
    assert result.failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", SET_UP)
def test_each_set_up_command_stands_alone_in_the_block_behind_its_marker(name: str) -> None:
    blocks = re.findall(rf"(?m)^<!-- run: {name} -->\n```sh\n(.*)\n```$", README)

    assert blocks == [SET_UP[name]]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shown_is_understood(command: str) -> None:
    name, parameters = understood(shlex.split(command))

    assert name in {"report", "parse", "lookup"}
    assert any(parameters.values())


def test_a_command_with_an_option_that_does_not_exist_is_not_understood() -> None:
    with pytest.raises(click.NoSuchOption):
        understood(["report", "access.log", "--place", "Spain", "--pdf", "report.pdf"])


def test_the_table_of_commands_is_complete() -> None:
    assert documented_commands() == all_commands(main)


def test_every_option_of_a_report_that_the_readme_names_exists() -> None:
    prose = re.sub(r"(?ms)^```.*?^```$", "", README)
    options = {option for parameter in main.commands["report"].params for option in parameter.opts}

    assert set(re.findall(r"`(--[a-z-]+)", prose)) <= options


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_file_that_is_named_exists(text: str) -> None:
    folders = "src|tests|docs|notebooks|sample_logs|\\.ci"
    named = set(re.findall(r"\]\((?!https?:)([^)#]+)\)", text))
    named |= set(re.findall(rf"(?:{folders})/[\w./-]+", text))

    missing = sorted(name for name in named if not (ROOT / name.rstrip("./")).exists())

    assert missing == []


def test_contributions_are_described_in_ten_lines_each() -> None:
    sections = re.findall(r"(?ms)^## Add a (\w+)\n\n(.*?)\n\n", CONTRIBUTING)

    assert [name for name, _ in sections] == ["format", "list", "database"]
    assert max(text.count("\n") + 1 for _, text in sections) <= 10
