"""Which format is this? Answers with a score per candidate, never with a bare guess."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from logattr.errors import FormatError
from logattr.formats import FORMATS, Format
from logattr.reading.candidates import candidates, fitting_shapes, may_reach, reach
from logattr.reading.jsonlines import JsonParser, json_hint
from logattr.reading.other_lines import other_file
from logattr.reading.readers import Reader
from logattr.reading.reference import ReferenceParser
from logattr.reading.sampled import Sample
from logattr.reading.template import Template

__all__ = ["Detection", "detect", "sample_lines"]

_SAMPLE_LINES = 200
_SAMPLE_BYTES = 1 << 20
_FEW_LINES = 10
_UNSURE = 0.1  # lead, as a share of what the chosen format reads, up to which another may be the right one
_SHOWN_LINES = 20  # in which a format that comes close is looked for, where none reads any line
_SHOWN_KINDS = 5  # of lines among them
_ALIKE = 0.4  # share of a format's fields that a line must get through to be called close to it


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
    declared
        Whether the file itself says what it is, in a header.
    """

    readers: tuple[Reader, ...]
    scores: tuple[tuple[str, float], ...]
    sampled: int
    declared: bool = False

    @property
    def margin(self) -> float:
        """Lead over the best candidate that is neither of the family nor reads the same lines."""
        return self.scores[0][1] - max((score for _, score in self._others), default=0.0)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Names of such candidates that read nearly as many lines: the choice is unsure."""
        if self.declared:
            return ()
        enough = self.scores[0][1] * (1 - _UNSURE)
        return tuple(name for name, score in self._others if score > enough)

    @property
    def _others(self) -> list[tuple[str, float]]:
        chosen = FORMATS[self.scores[0][0]]
        alike = {chosen.name} | {
            one.name for one in FORMATS.values() if chosen.family and one.family == chosen.family
        }
        return [
            (name, score)
            for name, score in self.scores
            if name not in alike and not alike & FORMATS[name].reads_also
        ]

    @property
    def twin(self) -> str:
        """Name of the format that reads the sampled lines as well and means something else; or nothing."""
        chosen, score = self.scores[0]
        twin = FORMATS[chosen].twin
        return twin if twin and dict(self.scores).get(twin) == score else ""

    def describe(self) -> str:
        """One sentence for reports.

        Examples
        --------
        >>> detect([b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326']).describe()
        'common, which reads 100 % of the first 1 line to the letter; margin 100 %; runners-up: none'
        """
        chosen, score = self.scores[0]
        if self.declared:
            return f"{chosen}, as the header of the file says"
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
def _reader(name: str) -> Reader:
    return Reader(FORMATS[name])


@lru_cache(maxsize=1024)
def _parser(shape: Template) -> ReferenceParser:
    return ReferenceParser(shape)


def _detected() -> list[Format]:
    return [one for one in FORMATS.values() if one.detected]


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
    declared = _declared(lines)
    if declared is not None:
        return Detection((Reader(FORMATS[declared]),), ((declared, 1.0),), len(lines), declared=True)
    # Some of the first lines, for headers stand there, and some from everywhere.
    few = Sample([*lines[:_FEW_LINES], *lines[_FEW_LINES :: max(1, len(lines) // _FEW_LINES)]])
    sample = Sample(lines)
    likely, possible = candidates(_detected(), few), cache(lambda: candidates(_detected(), sample))
    counts = _counts(sample, few, likely, possible, "strict") or _counts(
        sample, few, likely, possible, "loose"
    )
    if not counts:
        raise _nothing_understood(lines)
    # Of equals the first in the table is chosen.
    order = sorted(FORMATS, key=lambda name: -counts[name])
    chosen = FORMATS[_special(order[0], counts)]
    order.sort(key=lambda name: name != chosen.name)
    family = [
        one for one in FORMATS.values() if one.detected and chosen.family and one.family == chosen.family
    ]
    ranked = sorted(family or [chosen], key=lambda one: (one != chosen, one.fallback, -counts[one.name]))
    total = max(1, len(lines))
    return Detection(
        tuple(_reader(one.name).fresh() for one in ranked),
        tuple((name, counts[name] / total) for name in order),
        len(lines),
    )


def _special(best: str, counts: dict[str, int]) -> str:
    """The format that reads most of the lines which a more general one reads as well, else that one."""
    special = [
        name
        for name in FORMATS  # of equals the first, whatever order a set has
        if name in FORMATS[best].reads_also
        and counts[name] > counts[best] / 2
        and best not in FORMATS[name].reads_also
    ]
    if FORMATS[best].fallback:
        return best  # its lines are those that no special one reads
    return max(special, key=lambda name: counts[name], default=best)


def _declared(lines: Sequence[bytes]) -> str | None:
    """Name of the format that a header at the start of the lines declares; null without one."""
    head = list(itertools.takewhile(lambda line: line.startswith(b"#"), lines)) or list(lines[:1])
    text = b"\n".join(head).decode("latin-1")
    for one in FORMATS.values():
        # Most files begin without a header: expressions that ask for one need not be made for them.
        if one.header.startswith("^#") and not text.startswith("#"):
            continue
        if one.header and re.search(one.header, text, re.IGNORECASE | re.MULTILINE):
            return one.name
    return None


def _counts(
    sample: Sample,
    few: Sample,
    likely: Sequence[Format],
    possible: Callable[[], Sequence[Format]],
    how: str,
) -> dict[str, int]:
    """Lines that each format reads; a fallback gets those only that no other reads.

    Empty when no line is read at all. Where none of the ``likely`` formats reads one of the ``few``, all
    that are ``possible`` are tried.
    """
    tried = _read(few, how, likely)
    hopeful = [one for one in likely if tried[one.name]]
    read = _read(sample, how, hopeful or possible())
    return dict.fromkeys(FORMATS, 0) | read if any(read.values()) else {}


def _read(sample: Sample, how: str, tried: Sequence[Format]) -> dict[str, int]:
    """Number of lines that each format reads; fallbacks in turn get what is left by all others."""
    counts: dict[str, int] = {}
    seen: set[int] = set()
    for one in sorted(tried, key=lambda one: one.fallback):
        left = [row for row in range(len(sample.lines)) if not one.fallback or row not in seen]
        some = sample if len(left) == len(sample.lines) else Sample([sample.lines[row] for row in left])
        rows = [left[row] for row in _rows(some, how, one)] if left else []
        counts[one.name] = len(rows)
        seen.update(rows)
    return counts


def _rows(sample: Sample, how: str, format_: Format) -> list[int]:
    """Positions of the lines that a format reads."""
    lines = sample.lines
    if format_.syntax != "template":
        parser = _reader(format_.name).fresh().parser
        if isinstance(parser, ReferenceParser | JsonParser):
            return parser.rows(lines, how)
        found: list[int] = getattr(parser, how)(lines).all_rows.tolist()
        return found
    read: list[int] = []
    left = list(range(len(lines)))
    for shape in fitting_shapes(format_, sample):
        rows = {left[row] for row in _parser(shape).rows([lines[row] for row in left], how)}
        read += rows
        left = [row for row in left if row not in rows]
        if not left:
            break
    return read


def _nothing_understood(lines: Sequence[bytes]) -> FormatError:
    if hint := other_file(lines) or json_hint(lines):
        return FormatError(*hint)
    kinds = sorted(Sample(lines[:_SHOWN_LINES]).alike.items(), key=lambda kind: -kind[1])[:_SHOWN_KINDS]
    sample = Sample([line for line, _ in kinds])

    def closeness(reader: Reader) -> list[float]:
        template = reader.template
        fields = max(1, len(template.fields))
        if isinstance(reader.parser, ReferenceParser):
            # One expression rather than one per field, and none where it is seen without.
            enough = math.ceil(_ALIKE * fields)
            if not any(
                reach(template.items, line, may_miss=True) >= enough and reader.parser.passes(line, enough)
                for line in sample.lines
            ):
                return [0.0]
        return [reader.parser.progress(line)[0] / fields for line in sample.lines]

    found = [
        (sum(share * count for share, (_, count) in zip(shares, kinds, strict=False)), max(shares), one.name)
        for one in _detected()
        # Records do not begin like other lines.
        if (one.syntax != "json" or sample.has_records) and may_reach(one, sample, _ALIKE)
        for shares in (closeness(_reader(one.name)),)
    ]
    ranked = sorted(found, key=lambda one: -one[0])
    # A word and a blank begin a line of almost any format: that much is no likeness.
    closest = [name for _, best, name in ranked if best >= _ALIKE][:3]
    first = "; ".join(repr(line[:120].decode("utf-8", "backslashreplace")) for line in lines[:3])
    return FormatError(
        f"no known format reads any of the first {len(lines)} lines, which begin {first or 'with nothing'}",
        "an access log" + (f"; the closest formats are {', '.join(closest)}" if closest else ""),
        "--format with the server's own LogFormat or log_format string; `logattr formats` lists what is read",
    )
