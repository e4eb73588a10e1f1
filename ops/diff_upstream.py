"""How a stack differs from upstream as it is, as text: a unified diff per object and cause."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches, unified_diff
from typing import Any

import yaml

from components.platform.patches.table import platform_patches
from components.platform.patches.users import user_patches
from components.platform.placeholders import GENERATED, placeholder_args
from ops.differences import Group, Wishes, differences
from ops.offline import Tell, as_is
from rehearsal.errors import RehearsalError
from rehearsal.session import Session
from upstream.changes import Change
from upstream.model import Body, Obj
from upstream.pins import release_map

CREDENTIALS = "kubeflow:registryCredentials"
SECRET, ANOTHER = "[secret]", "[secret, another]"
SECRET_PARTS = ("data", "stringData")
NOTE = """\
# Not in the diffs: every object gets the stack's label, objects that are waited for or not waited
# for an annotation pulumi.com/…, and pods a checksum of what they read."""


def stack_differences(session: Session, tell: Tell) -> tuple[Group, ...]:
    """Every cause of a difference, those that change nothing in this stack too."""
    kubeflow = session.plan.kubeflow
    rows = release_map(kubeflow.release).components
    said = {*session.stack.config, *session.stack.encrypted}
    args = placeholder_args(session.plan)
    wishes = Wishes(
        namespaces={name: rows[name].namespace for name in kubeflow.components},
        entries=platform_patches(args),
        existing=kubeflow.existing,
        own=user_patches(args.own),
        registry_mirror=kubeflow.registry_mirror,
        registry_credentials=f"{GENERATED} from {CREDENTIALS}]" if CREDENTIALS in said else None,
    )
    return differences(as_is(session, tell), wishes)


def only(groups: tuple[Group, ...], name: str) -> tuple[Group, ...]:
    """The groups of one name; `RehearsalError` with those that look like it."""
    found = tuple(group for group in groups if group.name == name)
    if found:
        return found
    close = get_close_matches(name, [group.name for group in groups], n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else "--summary lists them"
    raise RehearsalError(f"--patch {name}: no patch of this stack has this name; {hint}")


def summary(groups: Iterable[Group]) -> str:
    """One line per cause: how many objects it changes, and why."""
    return "\n".join(f"{len(group.changes):4}  {group.name}: {group.why}" for group in groups)


def as_text(groups: Iterable[Group]) -> str:
    """Every cause that changes something, with the diff of each object."""
    return "\n".join([NOTE, *(line for group in groups for line in _lines(group))])


def _lines(group: Group) -> Iterator[str]:
    if not group.changes:
        return
    yield ""
    yield f"# {group.name}"
    yield f"#   what:   {group.what}"
    yield f"#   why:    {group.why}"
    yield f"#   source: {group.source}"
    for change in sorted(group.changes, key=_place):
        yield from _diff(change)


def _place(change: Change) -> tuple[str, ...]:
    obj = _latest(change)
    return (obj.component, *obj.key)


def _latest(change: Change) -> Obj:
    """The object that the change is about: no change is from nothing to nothing."""
    (obj, *_) = (obj for obj in (change.after, change.before) if obj)
    return obj


def _diff(change: Change) -> Iterator[str]:
    old, new = change.before, change.after
    known = (old or _latest(change)).body
    return unified_diff(
        _yaml(_masked(old.body, known)) if old else [],
        _yaml(_masked(new.body, known)) if new else [],
        f"before: {old.key} ({old.component})" if old else "/dev/null",
        f"after: {new.key} ({new.component})" if new else "/dev/null",
        lineterm="",
    )


def _masked(body: Body, before: Body) -> Body:
    """A Secret without its values: only that one is another can be seen, or that we generate it."""
    if body["kind"] != "Secret":
        return body
    masked = {
        part: {
            key: _hidden(value, before.get(part) or {}, key) for key, value in body[part].items()
        }
        for part in SECRET_PARTS
        if body.get(part)
    }
    return {**body, **masked}


def _hidden(value: Any, before: Mapping[str, Any], key: str) -> str:
    if str(value).startswith(GENERATED):
        return str(value)
    return SECRET if before.get(key, value) == value else ANOTHER


class _Dumper(yaml.SafeDumper):
    """YAML for reading: texts of many lines stay lines."""

    def ignore_aliases(self, data: Any) -> bool:
        """A diff of anchors tells nobody anything."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(body: Body) -> list[str]:
    return yaml.dump(dict(body), Dumper=_Dumper, sort_keys=True, width=100).splitlines()
