"""How wishes of the stand-ins are carried out."""

import threading
from collections.abc import Callable
from typing import Any, cast

from kube.client import Client, Resource
from kube.errors import ApiStatusError
from rehearsal.cluster.waiting import until
from rehearsal.standins.world import NODE, World
from rehearsal.standins.writing import Delay, Desk, Write
from tests.rehearsal.standins.shown import named

NO_DELAY = Delay(0, 0)
NODES = Resource(api_version="v1", kind="Node", plural="nodes", is_namespaced=False, verbs=())


class _Server:
    """Answers writes as told and remembers them."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer, self.calls = answer, list[tuple[str, str]]()

    def resource(self, _api_version: str, _kind: str) -> Resource:
        return NODES

    def call(self, method: str, path: str, _query: Any, body: Any, _type: str) -> Any:
        self.calls.append((method, path))
        return self.answer(body)


def _desk(server: _Server, world: World, delay: Delay = NO_DELAY) -> Desk:
    desk = Desk(cast(Client, server), world, delay, 0)
    threading.Thread(target=desk.work, daemon=True).start()
    return desk


def _wait(what: str, holds: Callable[[], bool]) -> None:
    until(what, lambda: None if holds() else "it is not", 5)


def _world() -> World:
    world = World()
    world.replace(NODE, [], 1)
    world.touched(0)
    return world


def test_what_was_written_is_known_before_the_watch_tells() -> None:
    world = _world()
    written = named("n-0", metadata={"resourceVersion": "7"})
    server = _Server(lambda _: written)

    _desk(server, world).offer([Write(verb="create", kind=NODE, body=named("n-0"))])

    _wait("the node is known", lambda: world.get(NODE, "", "n-0") == written)
    assert server.calls == [("POST", "/api/v1/nodes")]


def test_what_the_watch_has_already_seen_is_not_brought_back() -> None:
    world = _world()
    world.note(NODE, "DELETED", named("n-0", metadata={"resourceVersion": "9"}))
    world.learn(NODE, named("n-0", metadata={"resourceVersion": "7"}))

    assert world.all(NODE) == ()


def test_a_wish_that_is_under_way_is_not_taken_twice() -> None:
    go = threading.Event()
    server = _Server(lambda _: go.wait(5) and named("n-0"))
    desk = _desk(server, _world())
    wish = Write(verb="create", kind=NODE, body=named("n-0"))

    desk.offer([wish])
    _wait("it is being done", lambda: len(server.calls) == 1)
    desk.offer([wish, wish])
    desk.offer([Write(verb="remove", kind=NODE, name="n-1")])
    go.set()

    _wait("all is done", lambda: len(server.calls) == 2)
    assert server.calls[1] == ("DELETE", "/api/v1/nodes/n-1")


def test_a_refused_wish_is_looked_at_again() -> None:
    def refuse(_: Any) -> Any:
        raise ApiStatusError("POST", 409, {"message": "it exists"})

    world = _world()
    _desk(_Server(refuse), world).offer([Write(verb="create", kind=NODE, body=named("n-0"))])

    assert world.touched(5) == {NODE}


def test_effects_show_after_their_delay_in_the_order_of_chance() -> None:
    server = _Server(lambda _: named("x"))
    desk = _desk(server, _world(), Delay(0.01, 0.2))

    desk.offer([Write(verb="remove", kind=NODE, name=f"n-{n}") for n in range(6)])

    _wait("all is done", lambda: len(server.calls) == 6)
    assert [path for _, path in server.calls] != [f"/api/v1/nodes/n-{n}" for n in range(6)]
