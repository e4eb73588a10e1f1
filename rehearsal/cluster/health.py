"""Whether a cluster answers, and waiting for it with a death of any program noticed at once."""

import http.client
import ssl
from pathlib import Path

from rehearsal.cluster.layout import Layout, State
from rehearsal.cluster.processes import Process, is_alive, last_lines
from rehearsal.cluster.waiting import until
from rehearsal.errors import RehearsalError

ANSWER_SECONDS = 2.0
START_SECONDS = 90.0
PROGRAMS = 6


def is_ready(layout: Layout, state: State) -> bool:
    """Every program of the group runs, and the API server says that it is ready."""
    if len(state.processes) < PROGRAMS or not all(map(is_alive, state.processes)):
        return False
    return state.plan != "" and lacks_answer(layout, state) is None


def wait_answering(layout: Layout, state: State) -> None:
    """Until the API server is ready; a program that dies meanwhile is an error with its words."""

    def lacking() -> str | None:
        refuse_dead(state)
        answer = lacks_answer(layout, state)
        return answer and f"{answer}\n{last_lines(layout.log('kube-apiserver'))}"

    until(f"cluster {layout.name}: API server ready", lacking, START_SECONDS)


def refuse_dead(state: State) -> None:
    """Raise when a program of the group has died, with its last words."""
    for process in state.processes:
        if not is_alive(process):
            raise RehearsalError(_obituary(process))


def lacks_answer(layout: Layout, state: State) -> str | None:
    """What the API server lacks to be ready, in words."""
    context = ssl.create_default_context(cafile=str(layout.certificate("ca")))
    context.load_cert_chain(layout.certificate("rehearsal-engine"), layout.key("rehearsal-engine"))
    connection = http.client.HTTPSConnection(
        "127.0.0.1", state.ports.api_server, context=context, timeout=ANSWER_SECONDS
    )
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"https://127.0.0.1:{state.ports.api_server}/readyz: {error}"
    finally:
        connection.close()
    return None if response.status == http.client.OK else f"/readyz says {response.status} {body}"


def _obituary(process: Process) -> str:
    log = Path(process.log)
    return f"{process.name} (process {process.pid}) has ended; its last lines ({log}):\n" + (
        last_lines(log)
    )
