"""The column ``facts``: what databases know beyond all other columns, such as a carrier or a domain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.databases.facts import FACTS
from logattr.distinct import distinct
from logattr.enrichment.asking import Answer
from logattr.enrichment.spreading import spread

__all__ = ["facts_column"]

# Nearly every record of a database of places has a time zone and a postal code of its own, which say
# nothing that the place does not.
_SHOWN = [name for name in FACTS if not name.startswith("geo_")]
_LONGEST = 200  # characters: a column repeats a text for every address that has it


def facts_column(answers: Sequence[Answer], count: int) -> pa.Array:
    """What each database says, as JSON; null where none says anything.

    Parameters
    ----------
    answers
        Of all databases, in the order asked.
    count
        Number of addresses.
    """
    told = [(answer, found) for answer in answers if (found := _texts(answer))]
    if not told:
        return pa.nulls(count, pa.string())
    first, number = distinct([codes[answer.record] for answer, (_, codes) in told])
    rows = []
    for at in first.tolist():
        said = [texts[codes[answer.record[at]]] for answer, (texts, codes) in told]
        rows.append(f"[{', '.join(filter(None, said))}]" if any(said) else None)
    return spread([*rows, None], number, pa.string())


def _texts(answer: Answer) -> tuple[list[str], NDArray[np.int64]] | None:
    """Distinct texts of a database's facts, "" for none, and which each record has; None: it has none."""
    names = [
        name
        for name in _SHOWN
        if name in answer.facts.columns and any(value is not None for value in answer.facts[name].values)
    ]
    if not names:
        return None
    first, number = distinct([answer.owners, *(answer.facts[name].numbered() for name in names)])
    return [_text(answer, record, names) for record in first.tolist()], number


def _short(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _text(answer: Answer, record: int, names: Sequence[str]) -> str:
    fact = answer.facts.record(record)
    told: dict[str, Any] = {name: _short(fact[name]) for name in names if name in fact}
    if not told:
        return ""
    database = answer.database(record)
    built = {"build": database.build_date.isoformat()} if database.build_date else {}
    return json.dumps({"db": database.name, **built, **told}, ensure_ascii=False)
