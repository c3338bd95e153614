"""The small samples: some lines for each format, in the same invented world."""

from __future__ import annotations

import world
from world import BROWSER, DAY, FILMS, FIREFOX, HOUR, UPLOADER, Dice, clock, note, scene

HOST = "files.example"
#: For ``--format`` with custom-logformat.log and custom-log-format-nginx.log.
LOG_FORMAT_APACHE = '%v %a [%{%Y-%m-%dT%H:%M:%S%z}t] %u "%r" %>s %B %D "%{X-Forwarded-For}i" "%{User-Agent}i"'
LOG_FORMAT_NGINX = (
    '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time '
    '"$http_user_agent" xff="$http_x_forwarded_for" host=$host'
)

# Documentation addresses (RFC 5737, RFC 3849) and the cast of the case.
CLIENTS = (
    "203.0.113.9",
    "198.51.100.23",
    "2001:db8::7",
    "10.20.0.11",
    world.FOUR["liaoning_1"],
    world.FOUR["spain"],
    world.EXITS[0],
    "192.0.2.77",
    "workplace.studio.example",
)
AGENTS = (BROWSER, FIREFOX, UPLOADER, "curl/8.5.0")


class Row:
    """One request with everything that any of the formats writes."""

    def __init__(self, dice: Dice, number: int) -> None:
        film = FILMS[number % len(FILMS)]
        self.second = 9 * DAY + 9 * HOUR + number * 437 + dice.number(0, 300)
        self.client = CLIENTS[number % len(CLIENTS)]
        self.user = "kim" if number % 11 == 4 else "-"
        self.method = dice.pick(("GET", "GET", "GET", "PUT", "HEAD"))
        self.path = dice.pick(
            (scene(film, number), scene(film, number + 7), note(9), f"/share/{film[0]}/", "/share/")
        )
        if self.path.endswith("/"):
            self.method = "GET"
        self.status = {"GET": 200, "PUT": 201, "HEAD": 200}[self.method]
        self.size = dice.number(400, 9_000_000) if self.method == "GET" else 0
        self.received = dice.number(1_000_000, 80_000_000) if self.method == "PUT" else dice.number(120, 400)
        self.agent = dice.pick(AGENTS)
        self.micros = dice.number(900, 4_000_000)
        self.forwarded = f"198.51.100.{dice.number(1, 250)}"

    @property
    def request(self) -> str:
        """The request line."""
        return f"{self.method} {self.path} HTTP/1.1"

    @property
    def head(self) -> str:
        """What all formats of the family begin with, up to the status."""
        return f'{self.client} - {self.user} [{clock(self.second)}] "{self.request}" {self.status}'

    @property
    def common(self) -> str:
        """The line in Apache's common format."""
        return f"{self.head} {self.size or '-'}"

    @property
    def iso(self) -> str:
        """The time in ISO 8601, without offset."""
        day, rest = divmod(self.second, DAY)
        return f"2024-01-{day + 1:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def rows(seed: int, count: int) -> list[Row]:
    dice = Dice(seed)
    return [Row(dice, number) for number in range(count)]


def _addressed(found: list[Row]) -> list[Row]:
    """Without host names: nginx never writes them."""
    return [row for row in found if not row.client.endswith(".example")]


def apache_common() -> list[str]:
    return [
        *(row.common for row in rows(101, 20)),
        f'192.0.2.77 - "" [{clock(10 * DAY)}] "-" 408 -',
        rf'198.51.100.4 - - [{clock(10 * DAY + 5)}] "\x16\x03\x01" 400 226',
        f'192.0.2.78 - kim lee [{clock(10 * DAY + 9)}] "GET /share/a b.txt HTTP/1.0" 200 12',
    ]


def vhost_combined() -> list[str]:
    return [
        f'{HOST}:{443 if number % 3 else 80} {row.head} {row.size + 310} "-" "{row.agent}"'
        for number, row in enumerate(rows(102, 20))
    ]


def vhost_common() -> list[str]:
    return [
        f"{HOST if number % 4 else 'notes.example'} {row.common}" for number, row in enumerate(rows(103, 20))
    ]


def combinedio() -> list[str]:
    return [f'{row.common} "-" "{row.agent}" {row.received} {row.size + 310}' for row in rows(104, 20)]


def mixed() -> list[str]:
    """One server whose virtual hosts log to one file in three formats."""
    found = []
    for number, row in enumerate(rows(105, 30)):
        kind = (0, 0, 1, 2, 0, 2)[number % 6]
        tail = f' "-" "{row.agent}"'
        found.append((f"{row.common}{tail}", row.common, f"{HOST}:443 {row.common}{tail}")[kind])
    return found


def nginx_combined() -> list[str]:
    lines = [f'{row.head} {row.size} "-" "{row.agent}"' for row in _addressed(rows(106, 20))]
    return [
        *lines,
        f'198.51.100.4 - - [{clock(10 * DAY)}] "" 400 0 "-" "-"',
        rf'198.51.100.4 - - [{clock(10 * DAY + 3)}] "\x16\x03\x01\x02\x00\x01\xFC" 400 157 "-" "-"',
        rf'203.0.113.9 - - [{clock(10 * DAY + 9)}] "GET /a HTTP/1.1" 200 812 "-" "\x22hi\x22 \xE4\xBD\xA0"',
    ]


def nginx_main() -> list[str]:
    """Behind a proxy: the client is in the last field, for those who trust the proxy."""
    return [
        f'{row.head.replace(row.client, "10.20.0.2", 1)} {row.size} "-" "{row.agent}" '
        f'"{row.client if number % 5 else "-"}"'
        for number, row in enumerate(_addressed(rows(107, 22)))
    ]


_OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
_IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5EXAMPLE"
_NEWER = (
    "s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 "
    "ECDHE-RSA-AES128-GCM-SHA256 AuthHeader renders.s3.us-east-1.amazonaws.com TLSv1.2"
)
# Fields behind the 17th, by their number in all.
_TAILS = {
    17: "",
    18: " -",
    24: f" - {_NEWER}",
    25: f" - {_NEWER} -",
    26: f" - {_NEWER} - Yes",
    27: f" - {_NEWER} - - us-east-1",
    29: f" - {_NEWER} - - us-east-1 later-field another",
}
_S3_DONE = {
    "GET": ("REST.GET.OBJECT", 200),
    "PUT": ("REST.PUT.OBJECT", 200),
    "HEAD": ("REST.HEAD.OBJECT", 200),
}


def _s3_row(second: int, number: int, middle: str) -> str:
    # S3 writes UTC: the same moments, nine hours earlier by the clock.
    time = clock(second - 9 * HOUR).replace(world.OFFSET, "+0000")
    return f"{_OWNER} renders [{time}] {middle.replace('REQUESTID', f'{0x3E57427F3A00B1C0 + number:016X}')}"


def s3_access() -> list[str]:
    lines = []
    for number, row in enumerate(_addressed(rows(108, 26))):
        operation, status = _S3_DONE[row.method] if not row.path.endswith("/") else ("REST.GET.BUCKET", 200)
        key = "-" if row.path.endswith("/") else row.path.removeprefix("/")
        request = f"GET /?prefix={row.path[1:]} HTTP/1.1" if key == "-" else row.request
        requester = _IDENTITY if number % 6 == 3 else "-" if number % 2 else _OWNER
        tail = _TAILS[tuple(_TAILS)[number % len(_TAILS)]]
        lines.append(
            _s3_row(
                row.second,
                number,
                f'{row.client} {requester} REQUESTID {operation} {key} "{request}" {status} - '
                f'{row.size or "-"} {row.size or "-"} {row.micros // 1000} {row.micros // 2000} "-" '
                f'"{row.agent}"{tail}',
            )
        )
    later = 10 * DAY
    return [
        *lines,
        _s3_row(
            later,
            90,
            f'- {_OWNER} REQUESTID S3.EXPIRE.OBJECT old/scene_001.mov "-" - - - 5 - - "-" "-"{_TAILS[27]}',
        ),
        _s3_row(
            later + 8,
            91,
            f"- svc:s3.amazonaws.com REQUESTID BATCH.DELETE.OBJECT old/a.mov - 204 - - 5 - - - -{_TAILS[18]}",
        ),
        _s3_row(
            later + 20,
            92,
            '203.0.113.9 - REQUESTID REST.GET.OBJECT share/a%2520b.mov "GET /share/a%20b.mov HTTP/1.1" 403 '
            f'AccessDenied 243 - 12 - "-" "player "home cinema" 2.0"{_TAILS[26]}',
        ),
    ]


def custom_apache() -> list[str]:
    return [
        f'{HOST} {row.client} [{row.iso}{world.OFFSET}] {row.user} "{row.request}" {row.status} {row.size} '
        f'{row.micros} "{row.forwarded}" "{row.agent}"'
        for row in _addressed(rows(109, 18))
    ]


def custom_nginx() -> list[str]:
    return [
        f'{row.client} [{row.iso}+09:00] "{row.request}" {row.status} {row.size} {row.micros / 1e6:.3f} '
        f'"{row.agent}" xff="{row.forwarded}" host={HOST}'
        for row in _addressed(rows(110, 18))
    ]


SAMPLES = {
    "apache-common.log": apache_common,
    "apache-vhost-combined.log": vhost_combined,
    "apache-vhost-common.log": vhost_common,
    "apache-combinedio.log": combinedio,
    "apache-mixed.log": mixed,
    "nginx-combined.log": nginx_combined,
    "nginx-main.log": nginx_main,
    "s3-access.log": s3_access,
    "custom-logformat.log": custom_apache,
    "custom-log-format-nginx.log": custom_nginx,
}


def files() -> dict[str, bytes]:
    """Every small sample by name."""
    return {name: ("\n".join(write()) + "\n").encode("ascii") for name, write in SAMPLES.items()}
