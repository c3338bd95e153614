"""Who and what there is in the invented world of the sample logs: addresses, programs, films.

EVERYTHING HERE IS INVENTED. The addresses accuse nobody. They were not taken from any log; each was
drawn by one rule: *the first address ending in .1 of a large block whose record in GeoLite2-City of
2018-07-03 says what the role needs*. In practice that is the first address of the block, which the
holder of a network hardly ever gives to a customer. tests/test_samples.py draws them again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

# The year and month are fixed and the offset is that of the invented server: UTC+9.
OFFSET = "+0900"
DAYS = 31
DAY, HOUR, MINUTE = 86_400, 3_600, 60
START = 9 * HOUR  # the log was rotated at 09:00 on 1 January, which is midnight UTC
END = DAYS * DAY

# Blocks from which single clients are drawn: block -> country, subdivision ("" for none in the record).
SPAIN = "81.32.0.0/12"  # consumer lines of a large Spanish provider
LIAONING_1 = "175.160.0.0/12"  # consumer lines, Liaoning
LIAONING_2 = "42.176.0.0/13"
CHINA = "116.128.0.0/10"  # consumer and mobile lines, no province in the record
DRAWN = {
    SPAIN: ("ES", "MD", "81.32.0.1"),
    LIAONING_1: ("CN", "LN", "175.160.0.1"),
    LIAONING_2: ("CN", "LN", "42.176.0.1"),
    CHINA: ("CN", "", "116.128.0.1"),
    # Scanners of the places that the report asks for.
    "123.184.0.0/13": ("CN", "LN", "123.184.0.1"),
    "36.128.0.0/12": ("CN", "", "36.128.0.1"),
    "83.32.0.0/11": ("ES", "AN", "83.32.0.1"),
}

#: The four clients that the report must single out.
FOUR = {
    "spain": "81.32.0.1",
    "liaoning_1": "175.160.0.1",
    "liaoning_2": "42.176.0.1",
    "china_without_province": "116.128.0.1",
}

#: The go-between: first addresses of networks registered to three VPN companies. The companies have
#: nothing to do with this story. The record of 46.229.255.1 says Shanghai, yet it is set aside as VPN.
GO_BETWEEN = {
    "VyprVPN (Golden Frog, Powerhouse Management)": ("128.90.0.1", "128.90.30.1"),
    "StrongVPN, IPVanish (Strong Technology)": ("173.195.0.1", "216.131.64.1"),
    "Mullvad VPN (31173 Services)": ("46.229.255.1", "193.138.216.1"),
}
EXITS = tuple(address for pair in GO_BETWEEN.values() for address in pair)

#: Strangers behind anonymisers: two Tor exits, a VPN exit whose record says Spain, an Apple relay.
ANONYMISED = ("185.220.101.1", "109.70.100.1", "89.46.9.1", "172.225.16.1")

#: A consumer line in Germany and a Swiss university.
WATCHERS = ("84.130.0.1", "129.132.0.1")

#: Country of the record and address; three sit in the places asked for.
SCANNERS = {
    "LN": "123.184.0.1",
    "CN": "36.128.0.1",
    "ES": "83.32.0.1",
    "VN": "14.160.0.1",
    "BR": "177.32.0.1",
    "RU": "95.24.0.1",
    "US": "73.0.0.1",
}

GOOGLEBOT = ("66.249.64.1", "66.249.66.1", "66.249.70.1")
BINGBOT = "157.55.39.1"

#: Monitors in delivery networks, which the built-in table knows by network; the first lies in Madrid.
CDN = ("151.101.132.1", "162.158.0.1", "2606:4700::1")
#: Monitors at hosting companies, in large blocks of theirs.
HOSTING = ("159.65.0.1", "88.198.0.1", "104.131.0.1")

#: The server's own side: two workplaces, a health check, a workplace with IPv6, a backup known by name.
WORKPLACES = ("10.20.0.11", "10.20.0.12")
HEALTH_CHECK = "192.168.10.5"
WORKPLACE_V6 = "fd12:3456:789a::15"
BACKUP = "backup.studio.example"

#: Calls itself a search engine's robot, on a consumer line in Vietnam.
PRETENDER = "14.165.0.1"

#: Visitors with IPv6: Germany, Japan, and a block that no database has (never handed out to anybody).
VISITORS_V6 = ("2003:d0::1", "2400:4050::1", "2630::1")
MAPPED = "::ffff:126.32.0.1"  # Japan, as servers with one socket for both versions write it

# First two numbers of the first /16 of large consumer blocks; visitors are the .0.1 of the /16s from it on.
_VISITOR_BLOCKS = {
    "JP": (126, 1),
    "KR": (118, 32),
    "RU": (95, 25),
    "DE": (84, 131),
    "US": (73, 1),
    "FR": (90, 0),
    "GB": (86, 128),
    "BR": (177, 33),
    "IN": (117, 192),
    "VN": (14, 161),
    "IT": (151, 24),
}
VISITORS = {
    f"{first}.{second + step}.0.1": country
    for country, (first, second) in _VISITOR_BLOCKS.items()
    for step in range(4)
}

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome"
BROWSER = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}/109.0.0.0 Safari/537.36"
UPLOADER = "rclone/v1.61.1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Safari/605.1.15"
)
PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}/120.0.0.0 Mobile Safari/537.36"
BROWSERS = (BROWSER, FIREFOX, SAFARI, PHONE)
GOOGLE_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BING_AGENT = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"

#: Invented films, with the episode that is being worked on and its number of scenes.
FILMS = (("lantern-harbour", 3, 96), ("tin-orchard", 1, 72), ("quillwater", 2, 84))
FOLDERS = tuple(f"/share/{film}/ep{episode:02}/" for film, episode, _ in FILMS)
LISTED = ("/", "/share/", "/share/notes/", *(f"/share/{film}/" for film, _, _ in FILMS), *FOLDERS)


class Dice:
    """Chance that is the same for ever: only ``random()`` keeps its sequence across versions of Python.

    See https://docs.python.org/3/library/random.html#notes-on-reproducibility
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.number(0, len(items) - 1)]

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random() < share


@dataclass(frozen=True, slots=True)
class Entry:
    """One request; ``second`` counts from the begin of 1 January by the server's clock."""

    second: int
    client: str
    request: str
    status: int
    size: int | None = None
    agent: str = "-"
    referrer: str = "-"
    user: str = "-"


def clock(second: int) -> str:
    """The time as Apache and nginx write it, with English names whatever the locale."""
    day, rest = divmod(second, DAY)
    return f"{day + 1:02}/Jan/2024:{rest // HOUR:02}:{rest // MINUTE % 60:02}:{rest % 60:02} {OFFSET}"


def scene(film: tuple[str, int, int], number: int) -> str:
    """Path of a scene."""
    name, episode, scenes = film
    return f"/share/{name}/ep{episode:02}/scene_{number % scenes + 1:03}.mov"


def note(day: int) -> str:
    """Path of the note of a day that counts from 0."""
    return f"/share/notes/2024-01-{day + 1:02}.txt"
