"""Keeps the world as the API server shows it: list, then watch, and again when a watch is lost."""

import logging
import threading
import time

from kube.client import Client
from kube.errors import ApiStatusError, KubeError, NoSuchKindError
from rehearsal.standins.world import CRD, Kind, World, has_condition

WATCH_SECONDS = 240.0
RECONNECT_SECONDS = 0.5
LISTEN_SECONDS = 60.0
QUIET_SECONDS = 5.0
GONE_SECONDS = 20.0

_log = logging.getLogger(__name__)


class Pulse:
    """Whether the API server is there; silent for long, and it is gone for good."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._last = time.monotonic()

    def beat(self) -> None:
        """It has just answered."""
        self._last = time.monotonic()

    def is_lost(self) -> bool:
        """Asks when nobody has heard from it lately: quiet watches are no sign of death."""
        if time.monotonic() - self._last > QUIET_SECONDS:
            self._ask()
        return time.monotonic() - self._last > GONE_SECONDS

    def _ask(self) -> None:
        try:
            self._client.call("GET", "/version")
        except KubeError as error:
            _log.info("the API server does not answer: %s", error)
        else:
            self.beat()


class Watcher:
    """One kind's watch. `run` returns when `stopped` is set."""

    def __init__(
        self, client: Client, world: World, kind: Kind, pulse: Pulse, stopped: threading.Event
    ) -> None:
        self._client, self._world, self._kind = client, world, kind
        self._pulse, self._stopped = pulse, stopped

    def run(self) -> None:
        """Follow the kind for as long as the process lives."""
        while not self._stopped.is_set():
            if not self._is_served():
                self._world.wait(self._is_served, LISTEN_SECONDS)
                continue
            try:
                self._follow(self._list())
            except NoSuchKindError:
                # A group that is not served yet, or no more.
                self._stopped.wait(RECONNECT_SECONDS)
            except ApiStatusError as error:
                self._pulse.beat()
                _log.info("%s: watching anew: %s", self._kind.name, error)
                self._stopped.wait(RECONNECT_SECONDS)
            except KubeError as error:
                # No answer, or a watch that was cut short.
                _log.info("%s: watching anew: %s", self._kind.name, error)
                self._stopped.wait(RECONNECT_SECONDS)

    def _is_served(self) -> bool:
        if not self._kind.crd:
            return True
        crd = self._world.get(CRD, "", self._kind.crd)
        return crd is not None and has_condition(crd, "Established")

    def _list(self) -> int:
        resource = self._client.resource(self._kind.api_version, self._kind.name)
        found = self._client.call("GET", resource.path(self._kind.namespace), self._query())
        self._pulse.beat()
        version = int(found["metadata"]["resourceVersion"])
        shared = {"apiVersion": self._kind.api_version, "kind": self._kind.name}
        self._world.replace(self._kind, [{**shared, **item} for item in found["items"]], version)
        return version

    def _follow(self, version: int) -> None:
        """Until the watch ends by itself; a lost connection is an error for `run`."""
        resource = self._client.resource(self._kind.api_version, self._kind.name)
        while self._is_served() and not self._stopped.is_set():
            query = {**self._query(), "resourceVersion": str(version)}
            asked = {**query, "allowWatchBookmarks": "true"}
            for event, body in self._client.watch(
                resource, self._kind.namespace, asked, WATCH_SECONDS
            ):
                self._pulse.beat()
                version = int(body["metadata"]["resourceVersion"])
                if event != "BOOKMARK":
                    self._world.note(self._kind, event, body)
            self._pulse.beat()

    def _query(self) -> dict[str, str]:
        return {"fieldSelector": self._kind.fields} if self._kind.fields else {}
