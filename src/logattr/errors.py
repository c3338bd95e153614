"""The errors logattr raises.

.. code-block:: text

    LogattrError                   base of all; never raised itself
    ├── FormatError   (ValueError) a format string, name or log that cannot be understood
    ├── SourceError                an input that cannot be opened or read
    ├── DatabaseError (ValueError) an address database that is missing, broken or of an unknown kind
    ├── ListError     (ValueError) a list of networks or AS numbers that cannot be read
    ├── PlaceError    (ValueError) a place name that is unknown or has several meanings
    └── OptionError   (ValueError) an option whose value makes no sense

Every error says what was *given*, what was *expected* and what to *try*, keeps the three apart as
attributes, and survives pickling, so that worker processes can send it back.
"""

from __future__ import annotations

__all__ = [
    "DatabaseError",
    "FormatError",
    "ListError",
    "LogattrError",
    "OptionError",
    "PlaceError",
    "SourceError",
]


class LogattrError(Exception):
    """Base class of every error that logattr raises on purpose.

    Parameters
    ----------
    given
        What the caller or the file handed over, in words.
    expected
        What would have been right; empty when that is obvious.
    try_
        What to do next; empty when there is nothing to suggest.

    Examples
    --------
    >>> print(LogattrError("the file is empty", "at least one line", "another file"))
    the file is empty; expected at least one line. Try: another file
    """

    def __init__(self, given: str, expected: str = "", try_: str = "") -> None:
        # All three go to Exception.__init__, because pickle rebuilds an exception from its args.
        super().__init__(given, expected, try_)
        self.given = given
        self.expected = expected
        self.try_ = try_

    def __str__(self) -> str:
        text = self.given
        if self.expected:
            text += f"; expected {self.expected}"
        if self.try_:
            text += f". Try: {self.try_}"
        return text


class FormatError(LogattrError, ValueError):
    """A format string, a format's name, or a log whose lines no format explains."""


class SourceError(LogattrError):
    """An input that is missing, unreadable, a directory, or not what its name says.

    No ``OSError``: that class rewrites its arguments when there are three, and would not unpickle.
    """


class DatabaseError(LogattrError, ValueError):
    """An address database that is missing, damaged, or of a kind that is not understood."""


class ListError(LogattrError, ValueError):
    """A list of networks or AS numbers that cannot be read."""


class PlaceError(LogattrError, ValueError):
    """A place that is unknown, or a name that several places share.

    ``candidates`` holds the places it could mean (ambiguous) or the nearest spellings (unknown).
    """

    def __init__(
        self, given: str, expected: str = "", try_: str = "", candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(given, expected, try_)
        self.args = (given, expected, try_, candidates)
        self.candidates = candidates


class OptionError(LogattrError, ValueError):
    """An option whose value makes no sense, such as a trusted proxy that is no network."""
