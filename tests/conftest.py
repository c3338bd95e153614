"""What all tests share: an environment that differs from most machines, small logs, the command line."""

from __future__ import annotations

import os
import tempfile
import time

# Before anything is imported: an offset with minutes shows whatever takes local time for UTC.
os.environ["TZ"] = "Asia/Kathmandu"
os.environ["NO_COLOR"] = "1"
for _name in ("LOGATTR_DATABASES", "COLUMNS", "FORCE_COLOR", "TERM"):
    os.environ.pop(_name, None)
# No copies but those that a test makes itself, also where only some variables are handed over.
_data = tempfile.TemporaryDirectory(prefix="logattr-tests-")
os.environ["LOGATTR_DATA"] = os.path.join(_data.name, "data")  # noqa: PTH118
os.environ["XDG_DATA_HOME"] = os.path.join(_data.name, "home")  # noqa: PTH118
if hasattr(time, "tzset"):
    time.tzset()

import subprocess  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from click.testing import CliRunner, Result  # noqa: E402
from hypothesis import settings  # noqa: E402

from .fixtures_mmdb import write_mmdb  # noqa: E402

__all__ = ["write_mmdb"]

# How long an example takes says more about the machine, and about who else uses it, than about the code.
settings.register_profile("logattr", deadline=None)
settings.load_profile("logattr")

SHARED = Path(__file__).resolve().parents[2] / "shared"
LINE = '{ip} - - [10/Jan/2024:08:{minute:02}:02 +0800] "{request}" 200 512 "-" "{agent}"'


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real logs and vendor samples that lies beside the checkout of developers."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real logs and vendor samples is not there")
    return SHARED


@pytest.fixture
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder the current one, so that names in messages and findings are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write_log(in_tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a small combined log to the current folder and gives its name.

    ``write_log("a.log", ["192.0.2.1", "8.8.8.8"])`` has three requests of each; ``lines=`` adds raw
    ones at the end. The embedded database places 81.32.0.1 in Spain and 175.160.0.1 in Liaoning.
    """

    def write(
        name: str = "access.log",
        clients: Sequence[str] = ("81.32.0.1", "175.160.0.1", "8.8.8.8", "10.0.0.1"),
        *,
        lines: Sequence[str | bytes] = (),
        request: str = "GET /films/scene.mov HTTP/1.1",
        agent: str = "curl/8",
    ) -> str:
        made = [
            LINE.format(ip=ip, minute=minute, request=request, agent=agent)
            for ip in clients
            for minute in range(3)
        ]
        encoded = [line if isinstance(line, bytes) else line.encode() for line in (*made, *lines)]
        (in_tmp_path / name).write_bytes(b"".join(line + b"\n" for line in encoded))
        return name

    return write


@pytest.fixture
def logattr() -> Callable[..., Result]:
    """Return a function that runs a command in this process; what it does not handle reaches the test."""
    from logattr.cli import main

    def run(*arguments: str, stdin: bytes | str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def process(in_tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs ``python -m logattr`` in the current folder."""

    def run(*arguments: str | bytes, **options: Any) -> subprocess.CompletedProcess[bytes]:
        environment = os.environ | options.pop("env", {})
        if "stdin" not in options and "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        command = [sys.executable, "-m", "logattr", *arguments]
        return subprocess.run(
            command, capture_output=True, check=False, timeout=120, env=environment, **options
        )

    return run
