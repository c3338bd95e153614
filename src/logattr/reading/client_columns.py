"""The columns that say who the client is: chosen once per distinct text, plain addresses without asking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logattr.reading.batch import Context, Rows
from logattr.reading.clients import choose
from logattr.reading.texts import put, text_array
from logattr.reading.tokens import Bytes, Encoded, distinct_codes, distinct_rows

__all__ = ["client_columns"]

_MOST_KNOWN = 1 << 17  # clients that are kept in mind


def client_columns(rows: Rows) -> dict[str, pa.Array]:
    """Client and peer of every row, and the rule that chose them."""
    raw, forwarded, peer = (rows.find(name) for name in ("client", "forwarded", "peer"))
    if rows.context.trusted_proxies is None:
        forwarded = None  # nobody's word is taken
    if raw is not None and isinstance(raw.values, Bytes) and forwarded is None and peer is None:
        return _plain_clients(rows, raw, raw.values)
    with_port = raw is not None and rows.by_column["client"][0].kind == "client_and_port"
    pair = [one for one in (raw, peer) if one is not None and isinstance(one.values, Bytes)]
    if len(pair) > 1 and forwarded is None and not with_port:
        return _plain_pairs(rows, *pair)
    present = [encoded for encoded in (raw, forwarded, peer) if encoded is not None]
    distinct, codes = distinct_rows(present, rows.count)

    def column(encoded: Encoded | None) -> list[str | None] | None:
        if encoded is None:
            return None
        index = [candidate is encoded for candidate in present].index(True)
        return rows.decoded(Encoded([row[index] for row in distinct], codes), rows.decode)

    raw_texts = column(raw) or [None] * len(distinct)
    clients = raw_texts
    if with_port:
        clients = [_without_port(text) if text else text for text in raw_texts]
    said = column(forwarded)
    if said is not None and rows.by_column["forwarded"][0].kind == "client_and_port":
        said = [_without_port(text) if text else text for text in said]
    chosen = choose(clients, said, column(peer), trusted_proxies=rows.context.trusted_proxies)
    return {
        "client_ip": rows.spread(chosen.client_ip, codes, "client_ip"),
        "client_raw": rows.spread(raw_texts, codes, "client_raw"),
        "client_host": rows.spread(chosen.client_host, codes, "client_host"),
        "client_rule": rows.spread(chosen.rule, codes, "client_rule"),
        "peer_ip": rows.spread(chosen.peer_ip, codes, "peer_ip"),
    }


def _plain_clients(rows: Rows, raw: Encoded, values: Bytes) -> dict[str, pa.Array]:
    """The same where a line has one address at most; addresses as they should be stay what they are."""
    from logattr.reading.columnar import plain_addresses

    texts, unique = text_array(values, rows.decode, rows.nulls)
    ports = rows.by_column["client"][0].kind == "client_and_port"
    odd = np.ones(len(texts), np.bool_) if ports else ~plain_addresses(values)
    left = texts.filter(pa.array(odd)).to_pylist()
    shown = [_without_port(text) if ports and text else text for text in left]
    chosen = _chosen(shown, rows.context)
    ips, peers, hosts, rules = zip(*chosen, strict=True) if chosen else ((), (), (), ())
    found = {}
    if "client_raw" in rows.target.names:
        found["client_raw"] = rows.spread_texts(texts, raw.codes, "client_raw", unique=unique)
    for name, values_of_odd in (("client_ip", ips), ("peer_ip", peers)):
        if name == "peer_ip" and ips == peers and "client_ip" in found:
            found[name] = found["client_ip"]
        elif name in rows.target.names:
            unique = unique and not values_of_odd
            found[name] = rows.spread_texts(put(texts, odd, values_of_odd), raw.codes, name, unique=unique)
    for name, usual, values_of_odd in (("client_host", None, hosts), ("client_rule", "peer", rules)):
        if name in rows.target.names:
            at_odd = np.full(len(texts), 0, np.int32)
            at_odd[odd] = np.arange(1, len(values_of_odd) + 1)
            found[name] = rows.spread([usual, *values_of_odd], at_odd[raw.codes], name)
    return found


def _plain_pairs(rows: Rows, raw: Encoded, peer: Encoded) -> dict[str, pa.Array]:
    """The same where a line names its peer beside the client."""
    from logattr.reading.columnar import plain_addresses

    pairs, codes = distinct_codes([raw, peer], rows.count)
    odd = np.zeros(len(pairs[0]), np.bool_)
    texts = []
    for one, part in zip((raw, peer), pairs, strict=True):
        if not isinstance(one.values, Bytes):
            raise TypeError(one.values)
        odd |= ~plain_addresses(one.values)[part]
        texts.append(text_array(one.values, rows.decode, rows.nulls)[0].take(pa.array(part)))
    left = [one.filter(pa.array(odd)).to_pylist() for one in texts]
    chosen = choose(left[0], None, left[1], trusted_proxies=rows.context.trusted_proxies)
    found = {
        "client_raw": rows.spread_texts(texts[0], codes, "client_raw"),
        "client_ip": rows.spread_texts(put(texts[0], odd, chosen.client_ip), codes, "client_ip"),
        "peer_ip": rows.spread_texts(put(texts[1], odd, chosen.peer_ip), codes, "peer_ip"),
    }
    differs = pc.not_equal(*texts).fill_null(False).to_numpy(zero_copy_only=False)
    for name, usual, at, of_odd in (
        ("client_host", [None], np.zeros(len(odd), np.int32), chosen.client_host),
        ("client_rule", ["peer", "server"], differs.astype(np.int32), chosen.rule),
    ):
        at[odd] = np.arange(len(usual), len(usual) + len(of_odd))
        found[name] = rows.spread([*usual, *of_odd], at[codes], name)
    return found


def _chosen(texts: Sequence[str | None], context: Context) -> list[tuple[str | None, ...]]:
    """Address, peer, host name and rule for some texts of the client column, which come again and again."""
    known = context.known
    answers = {text: known.get(text) for text in texts}
    new = [text for text, answer in answers.items() if answer is None]
    if new:
        found = choose(new, trusted_proxies=context.trusted_proxies)
        fresh = dict(
            zip(
                new,
                zip(found.client_ip, found.peer_ip, found.client_host, found.rule, strict=True),
                strict=True,
            )
        )
        if len(known) > _MOST_KNOWN:
            known.clear()
        known.update(fresh)
        answers.update(fresh)
    return [answer for answer in map(answers.__getitem__, texts) if answer is not None]


def _without_port(text: str) -> str:
    """A client whose writer always adds the port: `2001:db8::7:2817` alone would be an address itself."""
    address, _, port = text.rpartition(":")
    return address if port.isdigit() and not text.startswith(("unix:", "[")) else text
