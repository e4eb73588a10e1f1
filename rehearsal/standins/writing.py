"""Writes the stand-ins want, each done once at a time, after the delay asked for."""

import heapq
import itertools
import logging
import random
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kube.client import Client
from kube.errors import ApiStatusError, KubeError
from rehearsal.standins.world import Kind, World

WRITERS = 4
LOOK_AGAIN_SECONDS = 1.0

Verb = Literal["create", "merge", "patch", "remove"]
_METHODS: Mapping[Verb, tuple[str, str]] = {
    "create": ("POST", "application/json"),
    "merge": ("PATCH", "application/merge-patch+json"),
    "patch": ("PATCH", "application/json-patch+json"),
    "remove": ("DELETE", "application/json"),
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Write:
    """One request that a stand-in wants made; a create has its name in the body."""

    verb: Verb
    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    body: Any = None

    @property
    def key(self) -> tuple[str, ...]:
        """Two writes with the same key are the same wish."""
        name = self.name or self.body["metadata"]["name"]
        return self.verb, self.kind.name, self.namespace, name, self.subresource


@dataclass(frozen=True)
class Delay:
    """How long an effect waits before it shows, drawn anew for each write."""

    low: float
    high: float


class Desk:
    """Takes wishes, drops those already under way, and carries them out in a few threads."""

    def __init__(self, client: Client, world: World, delay: Delay, seed: int) -> None:
        self._client, self._world, self._delay = client, world, delay
        self._random = random.Random(seed)
        self._queue: list[tuple[float, int, Write]] = []
        self._under_way: set[tuple[str, ...]] = set()
        self._changed = threading.Condition()
        self._numbers = itertools.count()

    def offer(self, writes: Iterable[Write]) -> None:
        """Wishes to carry out; one that is waiting or being done is not taken twice."""
        with self._changed:
            for write in writes:
                if write.key not in self._under_way:
                    self._under_way.add(write.key)
                    due = time.monotonic() + self._random.uniform(self._delay.low, self._delay.high)
                    heapq.heappush(self._queue, (due, next(self._numbers), write))
            self._changed.notify_all()

    def work(self) -> None:
        """Carry out wishes for as long as the process lives."""
        while True:
            write = self._next()
            is_done = self._try(write)
            with self._changed:
                self._under_way.discard(write.key)
            if not is_done:
                self._look_again(write.kind)

    def _next(self) -> Write:
        with self._changed:
            while True:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(self._queue[0][0] - now if self._queue else None)

    def _try(self, write: Write) -> bool:
        """Whether it worked; a refusal is noted, the next look at the world decides what to do."""
        try:
            self._do(write)
        except ApiStatusError as error:
            _log.info("refused: %s", error)
            return False
        except KubeError as error:
            _log.info("not done: %s", error)
            return False
        return True

    def _do(self, write: Write) -> None:
        method, content_type = _METHODS[write.verb]
        resource = self._client.resource(write.kind.api_version, write.kind.name)
        path = resource.path(write.namespace, write.name)
        if write.subresource:
            path += f"/{write.subresource}"
        answer = self._client.call(method, path, None, write.body, content_type)
        if write.verb != "remove":
            self._world.learn(write.kind, answer)

    def _look_again(self, kind: Kind) -> None:
        timer = threading.Timer(LOOK_AGAIN_SECONDS, self._world.poke, [[kind]])
        timer.daemon = True
        timer.start()
