"""A file as it was on a day, from a local clone of its publisher's git repository."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from logattr.errors import OptionError, SourceError

__all__ = ["Taken", "file_of_day"]

_LARGEST_BYTES = 256 << 20
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """A file from a clone: where it is now, the day (UTC) of its commit, and which commit that is."""

    path: Path
    day: dt.date
    commit: str


@contextmanager
def file_of_day(clone: Path, file: str, day: dt.date | None) -> Iterator[Taken]:
    """A file of a clone as its last commit on or before a day has it, and that commit's day (UTC).

    Parameters
    ----------
    clone
        Folder of the clone; nothing in it is changed, and no network is used.
    file
        Path inside of it, with ``/``.
    day
        The day; None for the newest commit of what is checked out.

    Raises
    ------
    OptionError
        The clone is none, or has no such file then.
    SourceError
        git is not installed, or fails.
    """
    before = [f"--before={day}T23:59:59Z"] if day else []
    # Committer dates in UTC; "--" ends the options, so that no name can be one.
    found = _git(clone, "log", "-1", "--format=%H %ct", *before, "--", file).split()
    if not found:
        when = f" on or before {day}" if day else ""
        raise OptionError(
            f"the clone {clone} has no commit of {file!r}{when}",
            "the path as `git ls-files` shows it, and a day of its history",
            "`git fetch --unshallow`, if it is a shallow clone",
        )
    commit, seconds = found[0].decode("ascii"), int(found[1])
    name = f"{commit}:{PurePosixPath(file)}"
    size = int(_git(clone, "cat-file", "-s", name))
    if size > _LARGEST_BYTES:
        raise SourceError(f"{file} has {size:,} bytes", f"at most {_LARGEST_BYTES:,}")
    with tempfile.TemporaryDirectory(prefix="logattr-") as folder:
        taken = Path(folder, PurePosixPath(file).name)
        taken.write_bytes(_git(clone, "cat-file", "blob", name))
        of = dt.datetime.fromtimestamp(seconds, dt.UTC).date()
        yield Taken(taken, of, f"{commit} of {of}, {file}")


def _git(clone: Path, *arguments: str) -> bytes:
    # No shell, and no fetching of what a partial clone lacks. The clone's configuration may come from
    # somebody else: no pager, no program that checks signatures, and a path is a path and no pattern.
    safe = ["--no-pager", "--literal-pathspecs", "-c", "log.showSignature=false"]
    command = ["git", *safe, "-C", str(clone), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  # arguments are a list, and no shell reads them
            command,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            env=_environment(),
        )
    except FileNotFoundError as error:
        raise SourceError("git is not installed", "git on the PATH") from error
    except (subprocess.TimeoutExpired, ValueError, OSError) as error:
        raise SourceError(f"git failed in {clone} ({type(error).__name__})") from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise OptionError(f"git cannot read {clone} ({reason[0]})", "a local clone and a path inside of it")
    return done.stdout


def _environment() -> dict[str, str]:
    return os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
