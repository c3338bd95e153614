"""The ``as_`` columns: the first database that knows the number of the AS answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from logattr.databases.tables import Table
from logattr.enrichment.agreement import number_agreement
from logattr.enrichment.asking import Answer, Question
from logattr.enrichment.places import copy_columns, networks_of
from logattr.enrichment.spreading import spread

__all__ = ["holder_columns"]


def holder_columns(answers: list[Answer], question: Question) -> dict[str, Any]:
    """The columns that begin with ``as_``."""
    tables = [Table.of([{}])]
    chosen, by = np.zeros(len(question), np.int64), np.full(len(question), -1, np.int64)
    for nth, answer in enumerate(answers):
        better = (by < 0) & answer.known("as_number")
        before = sum(table.count for table in tables)
        chosen[better], by[better] = before + answer.record[better], nth
        tables.append(answer.facts)
    pool = Table.joined(tables)
    number, org = pool["as_number"], pool["as_org"]
    return {
        "as_number": spread(number.values, number.codes[chosen], pa.int64()),
        "as_org": spread(org.values, org.codes[chosen]),
        "as_network": networks_of(answers, question, by),
        **copy_columns("as", answers, question, by),
        **number_agreement(answers, by),
    }
