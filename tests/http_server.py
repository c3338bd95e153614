"""A web server on the loopback interface whose answers a test scripts, and that remembers what was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer; ``cut`` closes the connection after that many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Server:
    """The running server. ``answers`` holds a list per path; the last answer of a list stays."""

    port: int
    host: str = "127.0.0.1"
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str, host: str = "") -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    def give(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url(path)

    def headers(self, path: str) -> list[dict[str, str]]:
        """Headers of the requests for a path, in lower case."""
        with self.lock:
            return [headers for asked, headers in self.asked if asked.partition("?")[0] == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    script: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with self.script.lock:
            self.script.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            waiting = self.script.answers.get(path, [Answer(b"no such page", 404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        self._send(self._conditional(answer))

    def do_CONNECT(self) -> None:
        self.do_GET()

    def _conditional(self, answer: Answer) -> Answer:
        """What a server makes of ``If-None-Match`` and of ``Range`` with ``If-Range``."""
        etag, asked = answer.headers.get("ETag"), self.headers
        if answer.status != 200 or not etag:
            return answer
        if asked.get("If-None-Match") == etag:
            return Answer(b"", 304, {"ETag": etag})
        if asked.get("If-Range") == etag and asked.get("Range", "").startswith("bytes="):
            start = int(asked["Range"][6:-1])
            total = len(answer.body)
            part = {"Content-Range": f"bytes {start}-{total - 1}/{total}"}
            return Answer(answer.body[start:], 206, {**answer.headers, **part}, answer.cut)
        return answer

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.wfile.flush()
        if answer.cut is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(context: Any = None) -> Iterator[Server]:
    """Run a server in a thread; ``context`` makes it one of TLS."""
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    script = Server(listening.server_port)
    listening.RequestHandlerClass = type("Handler", (_Handler,), {"script": script})
    listening.daemon_threads = True
    listening.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up
    if context:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(10)
