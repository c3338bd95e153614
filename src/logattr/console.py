"""What all commands share: messages, exit statuses, progress, and the process that they run in."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib.abc import MetaPathFinder
from typing import Any, ParamSpec, TypeVar

import click

from logattr.memory import take_from_one_arena

__all__ = [
    "UNREADABLE",
    "finish",
    "message",
    "own_the_process",
    "progress_bar",
    "the_process",
    "with_messages",
    "without_traceback",
]

UNREADABLE, _USAGE, _NO_DATABASE = 1, 2, 3
_LONG_INPUT_BYTES = 32 << 20  # from here on a progress bar is shown

P = ParamSpec("P")
R = TypeVar("R")


def with_messages(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the package's errors into one message and an exit status, never a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from logattr import errors

        status = {errors.DatabaseError: _NO_DATABASE, errors.OptionError: _USAGE, errors.PlaceError: _USAGE}
        try:
            return command(*args, **kwargs)
        except errors.LogattrError as error:
            message(f"logattr: {error}")
            sys.exit(status.get(type(error), UNREADABLE))
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly when nobody reads on
            message(f"logattr: {error.filename or 'the output'}: {error.strerror or error}")
            _drop_output()
            sys.exit(UNREADABLE)
        except MemoryError:
            message("logattr: the memory is full. Try: fewer logs at a time, or a machine with more memory")
            sys.exit(UNREADABLE)

    return wrapped


@contextmanager
def without_traceback() -> Iterator[None]:
    """Turn what nobody foresaw into one message: a traceback helps no user, and quotes paths of ours."""
    try:
        yield
    except Exception as error:
        message(
            f"logattr: unexpected {type(error).__name__} in {_place_of(error)}: {error}. "
            "This is a defect of logattr. Try: reporting it with this line"
        )
        sys.exit(UNREADABLE)


def _place_of(error: Exception) -> str:
    """The last line of ours that an error came through, without the folders around it."""
    from traceback import extract_tb

    ours = [frame for frame in extract_tb(error.__traceback__) if "logattr" in frame.filename]
    return f"{ours[-1].filename.rpartition('logattr')[2].lstrip('/')[:80]}:{ours[-1].lineno}" if ours else "?"


def message(text: str) -> None:
    """One line on standard error; it may quote a log or a name, so its control characters show."""
    from logattr.report.escape import terminal_text

    click.echo(terminal_text(text), err=True)


def _drop_output() -> None:
    """Let go of what standard output could not take, or Python complains once more at its end."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # its number is what is wanted
        os.dup2(nowhere.fileno(), number)


def finish(
    names: Sequence[str], *, lines: int, events: int, blank: int, first: list[dict[str, Any]], strict: bool
) -> None:
    """Say how many lines were read and how many were not, and leave with the status that follows."""
    from logattr.report import counted

    rejects, where = lines - events - blank, ""
    for row in first:
        source = f"{row['source']} " if len(names) > 1 else ""
        where = f" (first: {source}line {row['line']:,})"
        if not events:
            message(
                f"logattr: no line was understood; the first, {row['source']} line {row['line']:,}: "
                f"{row['reason']}. Try: --format with the server's own format string, or without --format"
            )
    message(f"{counted(lines, 'line')}: {events:,} read, {rejects:,} not understood{where}, {blank:,} blank")
    if rejects and (strict or not events):
        sys.exit(UNREADABLE)


@contextmanager
def progress_bar(names: Sequence[str]) -> Iterator[Callable[[str, int, int | None], None] | None]:
    """A progress bar on standard error, for long input and a person who watches."""
    from pathlib import Path

    sizes = (Path(name).stat().st_size for name in names if Path(name).is_file())
    if not sys.stderr.isatty() or ("-" not in names and sum(sizes) < _LONG_INPUT_BYTES):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from logattr.report.escape import terminal_text

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("")
        yield lambda stage, done, total: bar.update(
            task, description=terminal_text(stage), completed=done, total=total
        )


def own_the_process() -> None:
    """Make the process fit for a command; nothing that a library may do."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    # What the terminal's encoding does not have is shown as an escape.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.meta_path.insert(0, _WithoutPandas())
    # numpy's linear algebra would start a thread per processor, which nothing here needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Arrow's own pool keeps what numpy, beside it, could use: a tenth of the peak.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    take_from_one_arena()
    gc.set_threshold(100_000, 20, 20)  # tables of many rows are no cycles; looking for some took a tenth


@contextmanager
def the_process() -> Iterator[None]:
    """A process of our own from its begin to its end."""
    own_the_process()
    try:
        yield
    finally:
        # What is left goes with the process: to look for cycles in it took a tenth of a short report.
        gc.freeze()


class _WithoutPandas(MetaPathFinder):
    """Hide pandas: pyarrow loads it, if it can, with the first array made of a list, which takes 0.5 s."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("the command line does without pandas", name="pandas")
