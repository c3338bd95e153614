"""What is imported when: the package and ``--help`` stay light, the command line does without pandas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

import logattr

HEAVY = ("click", "jinja2", "maxminddb", "numba", "numpy", "pandas", "pyarrow", "pycountry", "rich")


def modules_after(code: str, arguments: Sequence[str] = ()) -> set[str]:
    """Heavy modules that a fresh process has loaded when the code is through."""
    script = (
        f"import atexit, sys\n"
        f"atexit.register(lambda: print(*(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr))\n"
        f"{code}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stderr.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert modules_after("import logattr; logattr.__all__; dir(logattr)") == set()


def test_no_process_looks_for_cycles_at_its_end() -> None:
    code = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
    code += "from logattr.cli import main; main(['places', 'Spain'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.splitlines() == ["ES\tSpain\tcountry\t-", "True"]


def test_the_check_sees_what_is_imported() -> None:
    assert modules_after("import logattr; logattr.read_log") >= {"numpy", "pyarrow"}


@pytest.mark.parametrize("command", [[], ["report"], ["parse"], ["lookup"], ["db"], ["verify"]])
def test_help_imports_click_only(command: list[str]) -> None:
    code = "from logattr.cli import main; main(prog_name='logattr')"

    assert modules_after(code, [*command, "--help"]) == {"click"}


@pytest.mark.parametrize(
    "command",
    [
        ["parse", "access.log"],
        ["parse", "access.log", "--to", "csv"],
        ["parse", "access.log", "--to", "parquet", "-o", "events.parquet"],
        [
            "report",
            "access.log",
            "--place",
            "Spain",
            "--html",
            "a.html",
            "--json",
            "a.json",
            "--csv",
            "a.csv",
        ],
        ["lookup", "8.8.8.8"],
    ],
    ids=["parse", "parse-csv", "parse-parquet", "report", "lookup"],
)
def test_commands_do_without_pandas_and_numba(command: list[str], write_log: Callable[..., str]) -> None:
    write_log("access.log")

    loaded = modules_after("from logattr.cli import main; main(prog_name='logattr')", command)

    assert "pyarrow" in loaded
    assert not loaded & {"pandas", "numba"}


def test_hiding_pandas_from_the_command_line_does_not_reach_a_program_that_uses_the_package(
    write_log: Callable[..., str],
) -> None:
    write_log("access.log")
    code = (
        "from click.testing import CliRunner\nfrom logattr.cli import main\n"
        "CliRunner().invoke(main, ['parse', 'access.log'])\nimport logattr\nlogattr.read_log('access.log')"
    )

    assert "pandas" in modules_after(code)


def test_public_names_are_sorted_and_every_one_loads() -> None:
    names = logattr.__all__

    assert sorted(names) == sorted(set(names))
    assert sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name)) == list(names)
    assert all(getattr(logattr, name) is not None for name in names)
    assert set(names) <= set(dir(logattr))


def test_public_names_are_exactly_those_with_a_home() -> None:
    assert set(logattr._HOMES) == set(logattr.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reed_log'"):
        logattr.reed_log  # noqa: B018


def test_the_version_is_the_one_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert logattr.__version__ == version("logattr")


def test_the_tests_run_in_an_odd_time_zone_and_without_databases_of_the_machine() -> None:
    assert os.environ["TZ"] == "Asia/Kathmandu"
    assert "LOGATTR_DATABASES" not in os.environ
