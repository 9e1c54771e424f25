"""The two clients: `Hutong` for programs that wait, `AsyncHutong` for asyncio. They have the same methods."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import time
import uuid
from typing import Any, AsyncIterator, Callable, Iterator, Optional

from . import wire
from .wire import Answer, Content, Hub, Json, Request, Some

# What a hub that is away or goes away in the middle looks like.
AWAY = (OSError, EOFError, http.client.HTTPException, asyncio.TimeoutError)
LOGIN_LOOK_S = 1.0


class Hutong:
    """A hub, by its address and a token. Methods raise HubProblem when the hub refuses.

    `patience_s`: how long a request is tried again while the hub is away.
    """

    def __init__(self, url: str, token: str, patience_s: float = 60.0) -> None:
        self._hub = Hub(url.rstrip("/"), token)
        self._patience_s = patience_s

    def send(
        self,
        room: str,
        content: Content,
        *,
        reply_to: Optional[str] = None,
        key: Optional[str] = None,
        wait_s: float = 0.0,
    ) -> Json:
        """Says something, in words or in segments; returns when it is in the hub's journal.

        `key` makes it count once, also when another process repeats it. `wait_s`: how long to wait for what becomes of it.
        """
        return self._ask(wire.send(room, content, reply_to, key or str(uuid.uuid4()), wait_s))

    def follow(
        self,
        after: str = "now",
        *,
        account: Some = None,
        room: Some = None,
        kind: Some = None,
        on_gap: Callable[[], None] = lambda: None,
    ) -> Iterator[Json]:
        """What happens, from `after` (a cursor, a time, "oldest" or "now") on, for as long as one likes to read.

        `on_gap` is called when events were missed that the hub no longer keeps.
        """
        # A place is asked for first, without waiting, so that nothing that happens from here on can be missed.
        wait_s = 0
        while True:
            page = self._ask(wire.events(after, wait_s, account, room, kind), for_ever=True)
            if page["gap"]:
                on_gap()
            yield from page["events"]
            after, wait_s = page["cursor"], wire.LONG_POLL_S

    def accounts(self) -> list[Json]:
        return self._ask(wire.get("/v1/accounts"))["accounts"]

    def rooms(self, account: str) -> list[Json]:
        return self._ask(wire.get(wire.account_path(account, "rooms")))["rooms"]

    def members(self, room: str) -> list[Json]:
        return self._ask(wire.get("/v1/members", room=room))["members"]

    def login_step(self, account: str) -> Json:
        """What a person has to do for the account's login now. Needs the scope "admin"."""
        return self._ask(wire.get(wire.account_path(account, "login")))

    def login_steps(self, account: str) -> Iterator[Json]:
        """The steps of a login, each once, until there is nothing to do any more."""
        shown: Optional[Json] = None
        while True:
            step = self.login_step(account)
            if step != shown:
                yield step
            if step["type"] == "none":
                return
            shown = step
            time.sleep(LOGIN_LOOK_S)

    def answer_login(self, account: str, code: str) -> Json:
        """Answers a step of the type "code"."""
        return self._ask(wire.post_json(wire.account_path(account, "login"), {"code": code}, repeatable=False))

    def upload(self, data: bytes, name: Optional[str] = None) -> Json:
        """Keeps a file; "url" of what comes back goes into a segment of the kind "type"."""
        return self._ask(wire.upload(data, name))

    def _ask(self, request: Request, for_ever: bool = False) -> Any:
        deadline = time.monotonic() + self._patience_s
        for pause in wire.pauses():
            may_again = request.repeatable and (for_ever or time.monotonic() + pause < deadline)
            try:
                answer = self._exchange(request)
                if not (answer.passing and may_again):
                    return answer.read()
                pause = max(pause, answer.retry_after_s)
            except AWAY:
                if not may_again:
                    raise
            time.sleep(pause)

    def _exchange(self, request: Request) -> Answer:
        host, port = self._hub.address
        kind = http.client.HTTPSConnection if self._hub.secure else http.client.HTTPConnection
        connection = kind(host, port, timeout=request.limit_s)
        try:
            headers = self._hub.headers(request)
            connection.request(request.method, self._hub.target(request), request.body, headers)
            return wire.to_answer(connection.getresponse())
        finally:
            connection.close()


class AsyncHutong:
    """As Hutong, for asyncio: nothing blocks, and what is cancelled ends at once."""

    def __init__(self, url: str, token: str, patience_s: float = 60.0) -> None:
        self._hub = Hub(url.rstrip("/"), token)
        self._patience_s = patience_s

    async def send(
        self,
        room: str,
        content: Content,
        *,
        reply_to: Optional[str] = None,
        key: Optional[str] = None,
        wait_s: float = 0.0,
    ) -> Json:
        return await self._ask(wire.send(room, content, reply_to, key or str(uuid.uuid4()), wait_s))

    async def follow(
        self,
        after: str = "now",
        *,
        account: Some = None,
        room: Some = None,
        kind: Some = None,
        on_gap: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[Json]:
        wait_s = 0
        while True:
            page = await self._ask(wire.events(after, wait_s, account, room, kind), for_ever=True)
            if page["gap"]:
                on_gap()
            for event in page["events"]:
                yield event
            after, wait_s = page["cursor"], wire.LONG_POLL_S

    async def accounts(self) -> list[Json]:
        return (await self._ask(wire.get("/v1/accounts")))["accounts"]

    async def rooms(self, account: str) -> list[Json]:
        return (await self._ask(wire.get(wire.account_path(account, "rooms"))))["rooms"]

    async def members(self, room: str) -> list[Json]:
        return (await self._ask(wire.get("/v1/members", room=room)))["members"]

    async def login_step(self, account: str) -> Json:
        return await self._ask(wire.get(wire.account_path(account, "login")))

    async def login_steps(self, account: str) -> AsyncIterator[Json]:
        shown: Optional[Json] = None
        while True:
            step = await self.login_step(account)
            if step != shown:
                yield step
            if step["type"] == "none":
                return
            shown = step
            await asyncio.sleep(LOGIN_LOOK_S)

    async def answer_login(self, account: str, code: str) -> Json:
        request = wire.post_json(wire.account_path(account, "login"), {"code": code}, repeatable=False)
        return await self._ask(request)

    async def upload(self, data: bytes, name: Optional[str] = None) -> Json:
        return await self._ask(wire.upload(data, name))

    async def _ask(self, request: Request, for_ever: bool = False) -> Any:
        deadline = time.monotonic() + self._patience_s
        for pause in wire.pauses():
            may_again = request.repeatable and (for_ever or time.monotonic() + pause < deadline)
            try:
                answer = await asyncio.wait_for(self._exchange(request), request.limit_s)
                if not (answer.passing and may_again):
                    return answer.read()
                pause = max(pause, answer.retry_after_s)
            except AWAY:
                if not may_again:
                    raise
            await asyncio.sleep(pause)

    async def _exchange(self, request: Request) -> Answer:
        host, port = self._hub.address
        context = ssl.create_default_context() if self._hub.secure else None
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        try:
            writer.write(self._hub.to_bytes(request))
            await writer.drain()
            return wire.parse_answer(request.method, await reader.read())
        finally:
            writer.close()
