"""Is an address in the places asked for? In, out, or undetermined: the database does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from logattr.errors import OptionError
from logattr.places.codes import lineage, successors
from logattr.places.resolve import Place

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Codes = npt.NDArray[np.int64]
    Texts = npt.NDArray[np.object_]

__all__ = ["Membership", "membership"]

_LEVELS = ("country", "region", "subregion")

# The statuses (columns.ADDRESSES, geo_status) in which the database places the address somewhere.
_PLACED = ("ok", "country_only")

_Answer: TypeAlias = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Membership:
    """One answer per address, as three arrays of the same length, each of ``str`` or None.

    Parameters
    ----------
    match
        ``in``, ``out`` or ``undetermined``; None when no place was asked for.
    place
        Code of the place that decided; None when the address is out of all of them.
    level
        Level that decided: ``country``, ``region``, ``subregion``; None when nothing is known.
    """

    match: Texts
    place: Texts
    level: Texts

    def __len__(self) -> int:
        return len(self.match)


def membership(
    places: Sequence[Place],
    countries: Sequence[str | None] | Any,
    regions: Sequence[str | None] | Any,
    subregions: Sequence[str | None] | Any,
    *,
    statuses: Sequence[str | None] | Any | None = None,
) -> Membership:
    """Decide for many addresses whether they are in any of the places.

    Per place: another country is ``out``; the place itself, or something inside it, is ``in``; a record
    that stops above the place is ``undetermined``, never ``out``; anything else is ``out``. Over the
    places: the first one with ``in`` decides, else the first one that is undetermined, else ``out``.

    Parameters
    ----------
    places
        The places asked for.
    countries, regions, subregions
        ISO 3166 codes of what the database says, one per address: sequences, numpy or Arrow arrays
        (dictionary-encoded ones too) or pandas Series. None, NaN and "" mean that it does not say.
    statuses
        ``geo_status`` of each address. Where it is not ``ok`` or ``country_only`` (the database knows
        only where the network is registered, or the continent), the location counts as unknown.

    Returns
    -------
    Membership
        The answers. ``level`` of an ``out`` is the level at which the record left the place; over
        several places the finest of them.

    Raises
    ------
    OptionError
        The columns differ in length.

    Notes
    -----
    Equality is of codes including the country, never of bare names. ``CN`` does not include Hong Kong,
    Macao and Taiwan: databases give them as HK, MO and TW. A region that was divided since the database
    was built is undetermined for its parts.

    Examples
    --------
    >>> from logattr.places import resolve
    >>> regions = ["CN-LN", "CN-JL", None, None]
    >>> answer = membership([resolve("Liaoning")], ["CN", "CN", "CN", "ES"], regions, [None] * 4)
    >>> list(answer.match), list(answer.level)
    (['in', 'out', 'undetermined', 'out'], ['region', 'region', 'country', 'country'])
    """
    import numpy as np

    columns = [_encode(column) for column in (countries, regions, subregions)]
    placed = None if statuses is None else _encode(statuses)
    lengths = {len(codes) for codes, _ in (*columns, *([placed] if placed else []))}
    if len(lengths) > 1:
        raise OptionError(f"place columns of different lengths: {sorted(lengths)}", "one code per address")
    if placed:
        unplaced = np.array([status is not None and status not in _PLACED for status in placed[1]])
        mask = unplaced[placed[0]]
        columns = [(np.where(mask, 0, codes), values) for codes, values in columns]
    triples, row_of = _distinct([codes for codes, _ in columns], [len(values) for _, values in columns])
    answers = [_answer(places, *(columns[i][1][triple[i]] for i in range(3))) for triple in triples]
    table = np.empty((len(answers), 3), dtype=object)
    table[:] = answers or table
    match, place, level = (table[row_of, i] for i in range(3))
    return Membership(match, place, level)


def _encode(values: Any) -> tuple[Codes, list[str | None]]:
    """Integer codes into a list of the distinct values, whose first is None."""
    import numpy as np
    import pyarrow as pa

    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=True)
    array = array.cast(pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.string())
    encoded = array.dictionary_encode()
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return indices, [None, *(value or None for value in encoded.dictionary.to_pylist())]


def _distinct(columns: list[Codes], sizes: list[int]) -> tuple[list[tuple[int, int, int]], Codes]:
    """Distinct rows of three integer columns, and for every row the position of its own."""
    import numpy as np

    # Two steps, so that the combined numbers stay below 2**63 for any number of distinct codes.
    pairs, pair_of = np.unique(columns[0] * sizes[1] + columns[1], return_inverse=True)
    keys, row_of = np.unique(pair_of * sizes[2] + columns[2], return_inverse=True)
    rest, third = np.divmod(keys, sizes[2])
    first, second = np.divmod(pairs[rest], sizes[1])
    return list(zip(first.tolist(), second.tolist(), third.tolist(), strict=True)), row_of


def _answer(
    places: Sequence[Place], country: str | None, region: str | None, subregion: str | None
) -> _Answer:
    """Combine the answers of all places for one distinct location."""
    if not places:
        return None, None, None
    if country is None:
        return "undetermined", places[0].code, None
    known, finest, finest_level = _known(country, region, subregion)
    undetermined: _Answer | None = None
    out_level = 0
    for place in places:
        if place.code in known:
            return "in", place.code, place.level
        if _may_contain(finest, place.code):
            undetermined = undetermined or ("undetermined", place.code, _LEVELS[finest_level])
        elif place.country == country:
            out_level = max(out_level, min(finest_level, _LEVELS.index(place.level)))
    return undetermined or ("out", None, _LEVELS[out_level])


def _known(country: str, region: str | None, subregion: str | None) -> tuple[frozenset[str], str, int]:
    """Everything the location lies in, the finest code of the record, and its level's number."""
    known, finest, finest_level = {country}, country, 0
    for number, code in ((1, region), (2, subregion)):
        if code is not None and code.startswith(f"{country}-"):  # another country's region is an error
            current = _current(code)
            known.update(_above(current))
            finest, finest_level = current, number
    return frozenset(known), finest, finest_level


def _above(code: str) -> Iterator[str]:
    yield from lineage(code)
    yield from (after for after in successors(code) if "-" not in after)  # US-PR is in PR, too


def _current(code: str) -> str:
    after = successors(code)
    return after[0] if len(after) == 1 and "-" in after[0] else code


def _may_contain(finest: str, place: str) -> bool:
    """Whether the record stops above the place, or the two are an old region and a part of it."""
    return finest in lineage(place) or place in successors(finest) or finest in successors(place)
