"""What an engineer asks about a stack: `python -m ops COMMAND STACK`, and `lock` and `schema`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pulumi import RunError
from rich.console import Console

from accounts.preflight.model import is_sound
from ops.credentials import how_to_log_in, rehearsed_password
from ops.diff_upstream import as_text, only, stack_differences, summary
from ops.errors import OpsError
from ops.images import stack_images
from ops.lock import write_locks
from ops.schema import write_schema
from policies.judge import judge, told
from policies.state import NoStateError, exported_resources
from rehearsal.errors import RehearsalError
from rehearsal.session import Session, open_session
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError

ROOT = Path(__file__).parent.parent


class Unsound(Exception):  # noqa: N818  an answer, not an error
    """The answer, where it is one that a script must not go on after."""


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Answer one question; 0 when it could be answered."""
    asked = _parser().parse_args(words)
    # The answer owns standard output, so that it can be piped; all else goes beside it.
    beside = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        answer = _answer(asked, root, beside.print)
    except Unsound as bad:
        sys.stdout.write(f"{bad}\n")
        return 1
    except (OpsError, RehearsalError, RunError, SettingsError, UpstreamError) as error:
        beside.print(f"error: {error}", style="bold red", markup=False)
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


def _answer(asked: argparse.Namespace, root: Path, tell: Callable[[str], None]) -> str:
    if asked.command == "lock":
        return "\n".join(f"wrote {path}" for path in write_locks(root, tell))
    if asked.command == "schema":
        return f"wrote {write_schema(root)}"
    session = open_session(root, asked.stack)
    match asked.command:
        case "images":
            answer = "\n".join(stack_images(session, tell))
        case "diff-upstream":
            answer = _differences(asked, session, tell)
        case "export":
            answer = _export(asked, session, tell)
        case "doctor":
            answer = _doctor(asked, session)
        case "sweep":
            answer = _sweep(asked, session, tell)
        case "policies":
            answer = _policies(asked, session)
        case _:
            answer = rehearsed_password(session) if asked.show else how_to_log_in(session)
    return answer


def _differences(asked: argparse.Namespace, session: Session, tell: Callable[[str], None]) -> str:
    groups = stack_differences(session, tell)
    chosen = groups if asked.patch is None else only(groups, asked.patch)
    return summary(chosen) if asked.summary else as_text(chosen)


def _export(asked: argparse.Namespace, session: Session, tell: Callable[[str], None]) -> str:
    from ops.export.bootstrap import Repository  # noqa: PLC0415  only an export pays for a preview
    from ops.export.run import export  # noqa: PLC0415  as above

    place = Repository(url=asked.repository, folder=asked.folder.strip("/"))
    return export(session, asked.to, place if asked.repository else None, tell)


def _doctor(asked: argparse.Namespace, session: Session) -> str:
    from ops.doctor.report import as_json, as_text  # noqa: PLC0415  as below
    from ops.doctor.run import findings_of  # noqa: PLC0415  as below

    findings = findings_of(session)
    told = as_json(findings) if asked.json else as_text(session.stack.name, findings)
    if not is_sound(findings):
        raise Unsound(told)
    return told


def _sweep(asked: argparse.Namespace, session: Session, tell: Callable[[str], None]) -> str:
    from ops.sweep.run import Wish, sweep  # noqa: PLC0415  only who sweeps pays for the clouds' libraries

    return sweep(session, Wish(deletes=asked.delete, is_json=asked.json, ask=_typed), tell)


def _policies(asked: argparse.Namespace, session: Session) -> str:
    """What the policies say of what stands; of what is declared a preview tells."""
    try:
        resources = exported_resources(asked.state.read_text())
    except (OSError, UnicodeDecodeError, NoStateError) as error:
        raise OpsError(f"{asked.state}: {error}") from error
    found = judge(resources, session.plan.environment)
    if any(one.blocks for one in found):
        raise Unsound(told(found))
    return told(found)


def _typed(question: str) -> str:
    """What the engineer types; nothing where nobody can."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    images = commands.add_parser("images", help="every container image of the stack, one a line")
    credentials = commands.add_parser("credentials", help="how the first admin logs in")
    credentials.add_argument(
        "--show", action="store_true", help="print the password of a rehearsal, and nothing else"
    )
    diff = commands.add_parser(
        "diff-upstream", help="what is changed in upstream's objects, by patch, and why"
    )
    diff.add_argument("--patch", metavar="NAME", help="only this patch")
    diff.add_argument("--summary", action="store_true", help="one line per patch, no diffs")
    commands.add_parser("lock", help="write anew what every release asks for: plan/locks/")
    commands.add_parser("schema", help="write anew what editors know of the settings")
    sweep = commands.add_parser("sweep", help="what a destroyed stack left in its account")
    sweep.add_argument("--delete", action="store_true", help="delete it, once you have confirmed")
    sweep.add_argument("--json", action="store_true", help="for programs")
    doctor = commands.add_parser("doctor", help="whether its account can take the stack")
    doctor.add_argument("--json", action="store_true", help="for programs")
    policies = commands.add_parser("policies", help="which policies a deployed stack breaks")
    policies.add_argument(
        "--state", type=Path, metavar="FILE", required=True, help="from `pulumi stack export`"
    )
    export = commands.add_parser("export", help="the platform as folders for Argo CD and Flux")
    export.add_argument("--to", type=Path, metavar="DIR", required=True, help="a new folder")
    export.add_argument("--repository", metavar="URL", help="the Git repository it will be in")
    export.add_argument(
        "--folder", metavar="PATH", default="", help="where in the repository (default: its root)"
    )
    for command in (images, credentials, diff, sweep, doctor, policies, export):
        command.add_argument("stack", help="a name from stacks/, e.g. sandbox")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
