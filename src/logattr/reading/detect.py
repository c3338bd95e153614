"""Which format is this? Answers with a score per candidate, never with a bare guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading.jsonlines import json_hint
from logattr.reading.readers import Reader, reader_for

__all__ = ["Detection", "detect", "sample_lines"]

_SAMPLE_LINES = 200
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Detection:
    """What was chosen, and what else was considered.

    Parameters
    ----------
    readers
        The chosen format, then the others of its family, for files that mix them; fallbacks last.
    scores
        Share of the sampled lines that each candidate reads to the letter, best first.
    sampled
        Number of lines looked at.
    """

    readers: tuple[Reader, ...]
    scores: tuple[tuple[str, float], ...]
    sampled: int

    @property
    def margin(self) -> float:
        """Lead over the best candidate that is neither of the family nor reads the same lines."""
        chosen = FORMATS[self.scores[0][0]]
        rivals = [
            score
            for name, score in self.scores
            if name != chosen.name
            and (not chosen.family or FORMATS[name].family != chosen.family)
            and chosen.name not in FORMATS[name].reads_also
        ]
        return self.scores[0][1] - max(rivals, default=0.0)

    def describe(self) -> str:
        """One sentence for reports.

        Examples
        --------
        >>> detect([b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326']).describe()
        'common, which reads 100 % of the first 1 line to the letter; margin 100 %; runners-up: none'
        """
        chosen, score = self.scores[0]
        same = FORMATS[chosen].reads_also
        others = [
            f"{name} {share * 100:.0f} %" for name, share in self.scores[1:] if share and name not in same
        ]
        lines = f"the first {self.sampled} lines" if self.sampled != 1 else "the first 1 line"
        return (
            f"{chosen}, which reads {score * 100:.0f} % of {lines} to the letter; "
            f"margin {self.margin * 100:.0f} %; runners-up: {', '.join(others[:3]) or 'none'}"
        )


def sample_lines(data: bytes) -> list[bytes]:
    """The lines that detection looks at: the first few hundred that are not blank."""
    lines = data[:_SAMPLE_BYTES].split(b"\n")
    if len(data) > _SAMPLE_BYTES:
        lines.pop()  # cut in the middle
    kept = (line.rstrip(b"\r").lstrip(b"\0") for line in lines)
    return [line for line in kept if line.strip()][:_SAMPLE_LINES]


@cache
def _readers() -> tuple[Reader, ...]:
    return tuple(reader_for(name) for name in FORMATS)


def detect(lines: Sequence[bytes]) -> Detection:
    """Choose the format that reads most of the sampled lines.

    Parameters
    ----------
    lines
        Sampled lines without line ends, see :func:`sample_lines`.

    Raises
    ------
    FormatError
        If no format reads any line; the message shows the first lines and the closest formats.
    """
    counts = _counts(lines, "strict") or _counts(lines, "loose")
    if not counts:
        raise _nothing_understood(lines)
    # Of equals the first in the table is chosen.
    order = sorted(FORMATS, key=lambda name: -counts[name])
    chosen = FORMATS[order[0]]
    family = [one for one in FORMATS.values() if chosen.family and one.family == chosen.family]
    ranked = sorted(family or [chosen], key=lambda one: (one is not chosen, one.fallback, -counts[one.name]))
    by_name = {reader.format.name: reader for reader in _readers()}
    total = max(1, len(lines))
    return Detection(
        tuple(by_name[one.name] for one in ranked),
        tuple((name, counts[name] / total) for name in order),
        len(lines),
    )


def _counts(lines: Sequence[bytes], how: str) -> dict[str, int]:
    """Lines that each format reads; a fallback gets those only that no other of its family reads.

    Empty when no line is read at all.
    """
    read = {
        reader.format.name: set(getattr(reader.parser, how)(lines).rows.tolist()) for reader in _readers()
    }
    for one in FORMATS.values():
        if one.fallback:
            others = (
                read[other.name] for other in FORMATS.values() if other.family == one.family and other != one
            )
            read[one.name] = read[one.name].difference(*others)
    return {name: len(rows) for name, rows in read.items()} if any(read.values()) else {}


def _nothing_understood(lines: Sequence[bytes]) -> FormatError:
    if hint := json_hint(lines):
        return FormatError(*hint)

    def closeness(reader: Reader) -> float:
        return sum(reader.parser.progress(line)[0] for line in lines[:20]) / max(
            1, len(reader.template.fields)
        )

    ranked = sorted(_readers(), key=closeness, reverse=True)
    closest = [reader.format.name for reader in ranked[:3] if closeness(reader) > 0]
    first = "; ".join(repr(line[:120].decode("utf-8", "backslashreplace")) for line in lines[:3])
    return FormatError(
        f"no known format reads any of the first {len(lines)} lines, which begin {first or 'with nothing'}",
        "an access log" + (f"; the closest formats are {', '.join(closest)}" if closest else ""),
        "--format with the server's own LogFormat or log_format string; `logattr formats` lists what is read",
    )
