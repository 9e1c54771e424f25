"""Requests and answers as bytes: what both clients share. Nothing here does input or output, or waits."""

from __future__ import annotations

import http.client
import io
import json
from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, Optional, Sequence, Union
from urllib.parse import quote, urlencode, urlsplit

# A thing as JSON has it: an event, an account, a segment. docs/rest.md of hutong tells their fields.
Json = dict[str, Any]
Content = Union[str, Sequence[Json]]
Some = Union[str, Sequence[str], None]

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
LONG_POLL_S = 25
PAGE_LIMIT = 100
# An answer takes no longer than this beyond what the hub was asked to wait.
ANSWER_LIMIT_S = 30.0
PASSING = frozenset((429, 502, 503, 504))


class HubProblem(Exception):
    """What the hub refused; `code` stays the same from version to version."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, Union[str, int, Sequence[str], None]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Whether asking twice is the same as asking once.
    repeatable: bool = True
    # How long the hub may take on purpose.
    wait_s: float = 0.0

    @property
    def target(self) -> str:
        pairs = [(name, value) for name, value in self.query.items() if value is not None]
        query = urlencode(pairs, doseq=True)
        return f"{self.path}?{query}" if query else self.path

    @property
    def limit_s(self) -> float:
        return self.wait_s + ANSWER_LIMIT_S


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    retry_after_s: float = 0.0

    @property
    def passing(self) -> bool:
        """The hub stops, its journal takes nothing now, or it was asked too often: it is worth another try."""
        return self.status in PASSING

    def read(self) -> Any:
        """The JSON. Raises HubProblem."""
        if self.status < 300:
            return json.loads(self.body) if self.body else None
        try:
            problem = json.loads(self.body)
            raise HubProblem(self.status, str(problem["code"]), str(problem["detail"]))
        except (ValueError, KeyError, TypeError):
            # A proxy in between answers in its own words.
            text = self.body[:500].decode("utf-8", "replace")
            raise HubProblem(self.status, "unknown", text) from None


@dataclass(frozen=True)
class Hub:
    """Where the hub is and what one comes in with."""

    url: str
    token: str

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or (443 if self.secure else 80)

    def target(self, request: Request) -> str:
        return urlsplit(self.url).path.rstrip("/") + request.target

    def headers(self, request: Request) -> dict[str, str]:
        return {
            "Host": urlsplit(self.url).netloc.rpartition("@")[2],
            "Authorization": f"Bearer {self.token}",
            "Content-Length": str(len(request.body)),
            "Connection": "close",
            **request.headers,
        }

    def to_bytes(self, request: Request) -> bytes:
        lines = [f"{request.method} {self.target(request)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers(request).items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header of one line was expected")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


def parse_answer(method: str, data: bytes) -> Answer:
    """A whole answer, up to the end of its connection. Raises HTTPException where it broke off."""
    response = http.client.HTTPResponse(_Received(data), method=method)  # type: ignore[arg-type]
    response.begin()
    return to_answer(response)


def to_answer(response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    told = response.headers.get("Retry-After", "")
    return Answer(response.status, body, float(told) if told.isdigit() else 0.0)


class _Received:
    """Bytes in the place of the socket that http.client reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def pauses() -> Iterator[float]:
    """How long to wait before each next try."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_S)


def get(path: str, **query: Some) -> Request:
    return Request("GET", path, query)


def post_json(path: str, value: Json, **more: Any) -> Request:
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    return Request("POST", path, headers=headers, body=json.dumps(value).encode(), **more)


def send(room: str, content: Content, reply_to: Optional[str], key: str, wait_s: float) -> Request:
    said: Json = {"room": room}
    said["text" if isinstance(content, str) else "body"] = content if isinstance(content, str) else list(content)
    if reply_to is not None:
        said["replyTo"] = reply_to
    query = {"wait": int(wait_s * 1000)} if wait_s else {}
    return post_json("/v1/messages", said, query=query, headers={"Idempotency-Key": key}, wait_s=wait_s)


def events(after: str, wait_s: int, account: Some, room: Some, kind: Some) -> Request:
    query = {
        "after": after,
        "wait": wait_s * 1000,
        "limit": PAGE_LIMIT,
        "account": account,
        "room": room,
        "kind": kind,
    }
    return Request("GET", "/v1/events", query, wait_s=wait_s)


def upload(data: bytes, name: Optional[str]) -> Request:
    headers = {"Content-Type": "application/octet-stream"}
    return Request("POST", "/v1/media", {"name": name}, headers, data)


def account_path(account: str, rest: str) -> str:
    return f"/v1/accounts/{quote(account, safe='')}/{rest}"
