"""Runs commands as processes of their own, one after the other, and takes what the kernel counted."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FailedError", "Runs", "run"]


class FailedError(Exception):
    """A measured process that did not end well, with its last words."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: wall-clock and processor seconds, peak memory in bytes, and what it printed as JSON."""

    wall: float
    cpu: float
    peak: int
    answer: Mapping[str, Any]


@dataclass(slots=True)
class Runs:
    """All rounds of one job, and their medians."""

    runs: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """What the process says its work took, else its whole life."""
        return statistics.median(self.each)

    @property
    def each(self) -> list[float]:
        """Of every round."""
        return [run.answer.get("seconds", run.wall) for run in self.runs]

    @property
    def cpu(self) -> float:
        """Processor seconds, of all threads."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> float:
        """Most memory held at once, in bytes."""
        return statistics.median(run.peak for run in self.runs)

    @property
    def answer(self) -> Mapping[str, Any]:
        """What the last round printed."""
        return self.runs[-1].answer


def run(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run one command to its end. This process must stay small: its size counts into a child's peak."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[-2000:]
            raise FailedError(f"{' '.join(command)}: exit status {process.returncode}\n{said}")
        output.seek(0)
        answer = _answer(output.read())
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes here
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, answer)


def _answer(output: bytes) -> dict[str, Any]:
    """The JSON of the last line, when it is some."""
    last = output.rstrip().rpartition(b"\n")[2]
    if not last.startswith(b"{"):
        return {}
    found: dict[str, Any] = json.loads(last)
    return found
