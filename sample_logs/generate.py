"""Write the sample logs: ``python sample_logs/generate.py [FOLDER]``. ALL OF IT IS INVENTED.

The committed files are what this writes, byte for byte. No clock, no network, no database; chance
comes from fixed seeds, one per role, so that a change to one role leaves the others as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import small
import world
from world import BROWSER, DAY, DAYS, FILMS, FIREFOX, HOUR, MINUTE, SAFARI, UPLOADER, Dice, Entry, note, scene

CASE = "cloud-storage-access.log"


def film_of(day: int) -> tuple[str, int, int]:
    return FILMS[day % len(FILMS)]


def folder_of(film: tuple[str, int, int]) -> str:
    return f"/share/{film[0]}/ep{film[1]:02}/"


def get(second: int, client: str, path: str, dice: Dice, agent: str, *, referrer: str = "-") -> Entry:
    """A successful read or listing; listings are small, notes smaller than scenes."""
    if path.endswith("/"):
        size = dice.number(2_000, 9_000)
    elif path.endswith(".txt"):
        size = dice.number(400, 3_000)
    else:
        size = dice.number(4_000_000, 90_000_000)
    return Entry(second, client, f"GET {path} HTTP/1.1", 200, size, agent, referrer)


def put(second: int, client: str, path: str, dice: Dice, agent: str) -> Entry:
    return Entry(second, client, f"PUT {path} HTTP/1.1", 204 if dice.chance(0.1) else 201, None, agent)


def go_between() -> Iterator[Entry]:
    """Office hours of UTC+8 in the server's clock: notes and raw scenes up, finished scenes down."""
    dice = Dice(1)
    for day in range(DAYS):
        rest_day = day % 7 == 6  # Sundays: 7, 14, 21 and 28 January 2024
        for begin, end in ((10, 13), (15, 19)):
            client, now = dice.pick(world.EXITS), day * DAY + begin * HOUR + dice.number(0, 30 * MINUTE)
            film = film_of(day)
            yield get(now, client, "/share/", dice, BROWSER)
            yield get(now + 6, client, folder_of(film), dice, BROWSER, referrer="http://files.example/share/")
            if begin == 10:
                yield put(now + 60, client, note(day), dice, BROWSER)
            else:
                yield get(now + 60, client, note(day), dice, BROWSER)
            for step in range(dice.number(12, 20) if rest_day else dice.number(70, 95)):
                now += dice.number(20, (end - begin) * 36)
                if dice.chance(0.02):
                    client = dice.pick(world.EXITS)  # the VPN reconnects elsewhere
                path = scene(film, day * 29 + step)
                if dice.chance(0.45 if begin == 10 else 0.2):
                    yield put(now, client, path, dice, UPLOADER)
                elif dice.chance(0.06):
                    yield Entry(now, client, f"GET {path} HTTP/1.1", 304, None, BROWSER)
                else:
                    yield get(now, client, path, dice, BROWSER if dice.chance(0.7) else UPLOADER)


def spain() -> Iterator[Entry]:
    """A few scenes on two evenings of Spain (early morning by the server's clock)."""
    dice, client = Dice(2), world.FOUR["spain"]
    for day in (9, 23):
        now, film = day * DAY + 5 * HOUR + dice.number(0, 40 * MINUTE), film_of(day)
        yield get(now, client, "/share/", dice, SAFARI)
        yield get(now + 9, client, folder_of(film), dice, SAFARI)
        for step in range(dice.number(4, 6)):
            yield get(now + 40 + step * 95, client, scene(film, day * 29 + step), dice, SAFARI)


def liaoning_1() -> Iterator[Entry]:
    """Three days in office hours, with the same programs as the go-between."""
    dice, client = Dice(3), world.FOUR["liaoning_1"]
    for day in (10, 11, 16):
        now, film = day * DAY + 14 * HOUR + dice.number(0, 20 * MINUTE), film_of(day)
        yield get(now, client, folder_of(film), dice, BROWSER)
        yield get(now + 15, client, note(day), dice, BROWSER)
        for step in range(dice.number(5, 8)):
            now += dice.number(60, 240)
            yield get(now, client, scene(film, day * 29 + step), dice, BROWSER)
        yield put(now + 300, client, f"/share/notes/2024-01-{day + 1:02}-reply.txt", dice, UPLOADER)


def liaoning_2() -> Iterator[Entry]:
    """Uploads on three days."""
    dice, client = Dice(4), world.FOUR["liaoning_2"]
    for day in (4, 18, 25):
        now, film = day * DAY + 18 * HOUR + dice.number(0, HOUR), film_of(day)
        yield get(now, client, folder_of(film), dice, FIREFOX)
        for step in range(dice.number(2, 4)):
            now += dice.number(90, 300)
            yield put(now, client, scene(film, day * 29 + 40 + step), dice, FIREFOX)
            yield get(now + 20, client, scene(film, day * 29 + 40 + step), dice, FIREFOX)


def china() -> Iterator[Entry]:
    """Reads on four days from a telephone; the database knows the country and no province."""
    dice, client = Dice(5), world.FOUR["china_without_province"]
    for day in (2, 12, 13, 29):
        now, film = day * DAY + 21 * HOUR + dice.number(0, HOUR), film_of(day)
        yield get(now, client, folder_of(film), dice, world.PHONE)
        for step in range(dice.number(3, 5)):
            yield get(now + 30 + step * 70, client, scene(film, day * 29 + step), dice, world.PHONE)


def server_side() -> Iterator[Entry]:
    """Workplaces beside the server, a health check every ten minutes, and a nightly backup."""
    dice = Dice(6)
    for day in range(DAYS):
        for client in world.WORKPLACES:
            now, film = day * DAY + 8 * HOUR + dice.number(0, HOUR), film_of(day)
            for step in range(dice.number(8, 16) if day % 7 == 6 else dice.number(80, 110)):
                now += dice.number(60, 660)
                path = scene(film, day * 29 + step)
                yield (
                    put(now, client, path, dice, UPLOADER)
                    if dice.chance(0.5)
                    else get(now, client, path, dice, FIREFOX)
                )
        for minute in range(0, 24 * 60, 10):
            yield Entry(
                day * DAY + minute * MINUTE + 2,
                world.HEALTH_CHECK,
                "GET /healthz HTTP/1.1",
                200,
                3,
                "Wget/1.20",
            )
        yield get(day * DAY + 12 * HOUR + 5, world.WORKPLACE_V6, note(day), dice, FIREFOX)
        for step, path in enumerate(
            (*world.FOLDERS, *(scene(film_of(day), day * 29 + step) for step in range(12)))
        ):
            yield get(day * DAY + 2 * HOUR + step * 45, world.BACKUP, path, dice, "rsync-over-http/0.3")


def anonymised() -> Iterator[Entry]:
    """Strangers behind Tor, a VPN and a relay, who look around and read a little."""
    dice = Dice(7)
    for client in world.ANONYMISED:
        for _ in range(dice.number(2, 4)):
            now = dice.number(world.START, world.END - 2 * HOUR)
            yield get(now, client, "/share/", dice, FIREFOX)
            for step in range(dice.number(2, 5)):
                yield get(
                    now + 20 + step * 30, client, scene(dice.pick(FILMS), dice.number(0, 60)), dice, FIREFOX
                )


def watchers() -> Iterator[Entry]:
    """List everything again and again, download nothing."""
    dice = Dice(8)
    for client, days, hour, agent in (
        (world.WATCHERS[0], range(DAYS), 17, "python-requests/2.31.0"),
        (world.WATCHERS[1], range(3, DAYS, 2), 22, "curl/7.88.1"),
    ):
        for day in days:
            for round_ in range(2):
                now = day * DAY + hour * HOUR + round_ * 20 * MINUTE + dice.number(0, 300)
                for step, path in enumerate(world.LISTED):
                    yield get(now + step * 2, client, path, dice, agent)


PROBES = (
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/phpmyadmin/index.php",
    "/cgi-bin/luci",
    "/actuator/health",
    "/.aws/credentials",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/owa/auth/logon.aspx",
    "/solr/admin/info/system",
    "/wp-content/plugins/",
    "/boaform/admin/formLogin",
    "/server-status",
    "/manager/html",
)
# What stands where a request should: TLS and RDP greetings, as Apache escapes them.
GREETINGS = (
    r"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    r"\x16\x03\x01",
    r"\x03\x00\x00/*\xe0\x00\x00\x00\x00\x00Cookie: mstshash=Administr",
)


def scanners() -> Iterator[Entry]:
    """Known probe paths, met by 404 and 400 only; the front page now and then."""
    dice = Dice(9)
    for number, (place, client) in enumerate(world.SCANNERS.items()):
        for _ in range(2 if place in {"LN", "ES", "CN"} else 9):
            now = dice.number(world.START, world.END - HOUR)
            if place == "US":  # greets only, in the wrong language
                for step, greeting in enumerate(GREETINGS):
                    yield Entry(now + step, client, greeting, 400, 226)
                continue
            if dice.chance(0.5):
                yield Entry(now, client, "GET / HTTP/1.1", 200, 1_843, "Mozilla/5.0 zgrab/0.x")
            for step in range(dice.number(6, len(PROBES))):
                path = PROBES[(number + step) % len(PROBES)]
                yield Entry(now + 1 + step, client, f"GET {path} HTTP/1.1", 404, 196, "Mozilla/5.0 zgrab/0.x")
            yield Entry(now + 30, client, dice.pick(GREETINGS), 400, 226)


def robots() -> Iterator[Entry]:
    """Search engines' robots; listings, robots.txt, now and then a note."""
    dice = Dice(10)
    for day in range(DAYS):
        for client, agent in (
            (dice.pick(world.GOOGLEBOT), world.GOOGLE_AGENT),
            (world.BINGBOT, world.BING_AGENT),
        ):
            now = day * DAY + 9 * HOUR + dice.number(0, 14 * HOUR)
            yield Entry(now, client, "GET /robots.txt HTTP/1.1", 404, 196, agent)
            for step in range(dice.number(5, 11)):
                yield get(now + step * 37, client, dice.pick(world.LISTED), dice, agent)
            if dice.chance(0.3):
                yield get(now + 500, client, note(dice.number(0, day)), dice, agent)


def monitors() -> Iterator[Entry]:
    """Checks from delivery networks every hour and from hosting companies every two hours."""
    dice = Dice(11)
    for client in (*world.CDN, *world.HOSTING):
        every, shift = (HOUR if client in world.CDN else 2 * HOUR), dice.number(0, HOUR - 1)
        for second in range(world.START + shift, world.END, every):
            yield Entry(second, client, "GET /healthz HTTP/1.1", 200, 3, "uptime-check/2.1")


def visitors() -> Iterator[Entry]:
    """Ordinary strangers from many countries who found the open server and read a little."""
    dice = Dice(12)
    for client in (*world.VISITORS, *world.VISITORS_V6, world.MAPPED):
        agent = dice.pick(world.BROWSERS)
        for _ in range(dice.number(1, 3)):
            now, film = dice.number(world.START, world.END - HOUR), dice.pick(FILMS)
            yield get(now, client, "/", dice, agent)
            yield Entry(
                now + 1, client, "GET /favicon.ico HTTP/1.1", 404, 196, agent, "http://files.example/"
            )
            yield get(now + 8, client, folder_of(film), dice, agent, referrer="http://files.example/")
            for step in range(dice.number(0, 4)):
                path = scene(film, dice.number(0, 60))
                yield get(now + 30 + step * 50, client, path, dice, agent, referrer="http://files.example/")


def oddities() -> Iterator[Entry]:
    """Odd but real: quotes, control bytes, markup and a forged line in user agents; no request at all."""
    dice = Dice(13)
    strangers = list(world.VISITORS)
    forged = r"curl/7.88.1\" 200 5\n203.0.113.66 - - [10/Jan/2024:10:00:00 +0900] \"GET /forged HTTP/1.1"
    for number, agent in enumerate(
        (
            r"Fetcher/1.0 (\"the quoted one\")",
            "Wget/1.20 \x1b[31mred\x07",
            "<script>alert(1)</script>",
            r"\xd0\xa1\xd0\xba\xd0\xb0\xd1\x87\xd0\xb8\xd0\xb2\xd0\xb0\xd1\x82\xd0\xb5\xd0\xbb\xd1\x8c/1.0",
            forged,
        )
    ):
        now = (3 + number * 5) * DAY + dice.number(0, DAY - 1)
        yield get(now, strangers[number * 7], scene(FILMS[0], number), dice, agent)
    for number in range(6):
        now, client = (2 + number * 4) * DAY + dice.number(0, DAY - 1), strangers[number * 6 + 1]
        yield Entry(now, client, "-", 408, None) if number % 2 else Entry(now, client, "", 400, 0)
    # A robot by its own word only, from a consumer line; and two probes, which are too few to be a scanner.
    for step, path in enumerate(("/", "/share/", "/share/notes/")):
        yield get(12 * DAY + 3 * HOUR + step * 9, world.PRETENDER, path, dice, world.GOOGLE_AGENT)
    for step, path in enumerate(("/.env", "/wp-login.php")):
        yield Entry(20 * DAY + 4 * HOUR + step, strangers[4], f"GET {path} HTTP/1.1", 404, 196)


ROLES = (
    go_between,
    spain,
    liaoning_1,
    liaoning_2,
    china,
    server_side,
    anonymised,
    watchers,
    scanners,
    robots,
    monitors,
    visitors,
    oddities,
)


def combined(entry: Entry) -> str:
    size = "-" if entry.size is None else entry.size
    return (
        f'{entry.client} - {entry.user} [{world.clock(entry.second)}] "{entry.request}" {entry.status} '
        f'{size} "{entry.referrer}" "{entry.agent}"'
    )


def case() -> bytes:
    """The log of the case, with the broken lines that real logs have."""
    entries = [entry for role in ROLES for entry in role() if world.START <= entry.second < world.END - 60]
    lines = [combined(entry) for entry in sorted(entries, key=lambda entry: entry.second)]
    lines.insert(len(lines) // 3, "--- disk full, log moved by hand ---")
    lines.insert(len(lines) // 2, "")
    cut = f'{world.WORKPLACES[0]} - - [{world.clock(world.END - 2)}] "PUT /share/lantern-harbour/ep03/scene_0'
    return "\n".join([*lines, cut]).encode("ascii")


def files() -> dict[str, bytes]:
    """Every sample log by name."""
    return {CASE: case(), **small.files()}


def main(folder: Path) -> None:
    for name, data in files().items():
        (folder / name).write_bytes(data)
        print(f"{name}: {len(data.splitlines()):,} lines, {len(data):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
