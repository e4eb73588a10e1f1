"""Every difference from upstream has a name, and all of them together are what the program has."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from components.platform.patches.model import Patch, Selector
from components.platform.patches.table import PatchArgs, platform_objects, platform_patches
from components.platform.patches.users import user_patches
from components.platform.registry import with_registry
from components.platform.stores import Stores
from ops.__main__ import main
from ops.diff_upstream import as_text
from ops.differences import Group, Wishes, differences
from plan.model import UserPatch
from tests.components.conftest import ARGS, ROOT
from tests.components.test_stores import BUCKET, SERVER
from tests.e2e.conftest import AT_A_DOMAIN, Project, linked_project
from upstream.changes import applied
from upstream.crds import CRD_KIND, crd_ref
from upstream.load import load_as_is, load_release
from upstream.model import Obj, Release
from upstream.pins import known_releases, release_map
from upstream.render import as_object

MIRROR = "registry.test/kubeflow"


@pytest.fixture(scope="module", params=known_releases())
def releases(request: pytest.FixtureRequest) -> tuple[tuple[Obj, ...], Release]:
    """A release as upstream has it, and as the program loads it."""
    name = str(request.param)
    every = release_map(name).components
    raw = load_as_is(name, every, mirror=None, project=ROOT, tell=lambda _: None)
    return raw, load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None)


OWN = UserPatch(
    path="kubeflow.patches[0]",
    kind="Deployment",
    namespace="kubeflow",
    name="ml-pipeline",
    why="a test",
    strategic_merge={"spec": {"minReadySeconds": 7}},
    json_patch=(),
)
# What adds, what takes away, and what is said elsewhere.
SELECTIONS = {
    "production": replace(ARGS, is_highly_available=True, own=(OWN,)),
    "nothing of its own": replace(
        ARGS, existing=("istio", "cert-manager"), stores=Stores(objects=BUCKET, database=SERVER)
    ),
}


def wishes(release: str, selection: str = "production") -> Wishes:
    rows = release_map(release).components
    args = args_of(release, selection)
    return Wishes(
        namespaces={name: row.namespace for name, row in rows.items()},
        entries=platform_patches(args),
        existing=tuple(args.existing),
        own=user_patches(args.own),
        registry_mirror=MIRROR,
        registry_credentials="the login",
    )


def args_of(release: str, selection: str) -> PatchArgs:
    return replace(SELECTIONS[selection], components=tuple(release_map(release).components))


def after(objs: Iterable[Obj], groups: Iterable[Group]) -> tuple[Obj, ...]:
    """Upstream's objects once every change that the groups tell of is made, and nothing else."""
    for group in groups:
        objs = applied(objs, group.changes)
    return tuple(objs)


def by_place(objs: Iterable[Obj]) -> dict[str, Obj]:
    return {f"{obj.component} {obj.key}": obj for obj in objs if obj.kind != CRD_KIND}


@pytest.mark.parametrize("selection", SELECTIONS)
def test_the_groups_are_all_that_is_changed(
    releases: tuple[tuple[Obj, ...], Release], selection: str
) -> None:
    raw, release = releases
    wanted = wishes(release.name, selection)
    ours = after(raw, differences(raw, wanted))
    assert len(by_place(ours)) > 500
    assert by_place(ours) == by_place(_patched(release, wanted, selection))
    crds = [crd_ref(obj.body, obj.component) for obj in ours if obj.kind == CRD_KIND]
    assert sorted(crds, key=str) == sorted(release.all_crds, key=str)


@pytest.mark.parametrize("left_out", ["clean-up: creationTimestamp: null", "mysql-root"])
def test_a_group_that_is_missing_is_missed(
    releases: tuple[tuple[Obj, ...], Release], left_out: str
) -> None:
    raw, release = releases
    groups = differences(raw, replace(wishes(release.name), registry_mirror=None))
    rest = [group for group in groups if group.name != left_out]
    assert len(rest) == len(groups) - 1
    with pytest.raises(
        ValueError, match=r"not what the change to it starts from|is changed and not there"
    ):
        after(raw, rest)


def test_so_is_an_object_that_a_missing_group_adds(
    releases: tuple[tuple[Obj, ...], Release],
) -> None:
    raw, release = releases
    wanted = wishes(release.name)
    rest = [one for one in differences(raw, wanted) if one.name != "istiod-budget"]
    missed = by_place(_patched(release, wanted)).keys() - by_place(after(raw, rest)).keys()
    assert missed == {"istio PodDisruptionBudget istio-system/istiod"}


def _patched(release: Release, wanted: Wishes, selection: str = "production") -> tuple[Obj, ...]:
    """The program's own way to the same objects."""
    objs = platform_objects(release.objects, args_of(release.name, selection))
    return with_registry(objs, wanted.registry_mirror, wanted.registry_credentials)


def test_a_secret_is_seen_to_be_another_and_never_seen() -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "n"},
        "stringData": {"kept": "old-kept", "user": "old-user", "password": "old-password"},
    }
    new = {"kept": "old-kept", "user": "new-user", "password": "[generated admin_password]"}
    patch = Patch(
        name="p",
        component="",
        selector=Selector(kind="Secret", namespace="n", name="s"),
        why="w",
        source="s",
        change=lambda found: {**found, "stringData": new},
    )
    wanted = Wishes(
        namespaces={"c": ""},
        entries=(patch,),
        existing=(),
        own=(),
        registry_mirror=None,
        registry_credentials=None,
    )
    text = as_text(differences([as_object(body, "c")], wanted))
    assert [line for line in text.splitlines() if line[:3] in ("+  ", "-  ")] == [
        "-  password: '[secret]'",
        "-  user: '[secret]'",
        "+  password: '[generated admin_password]'",
        "+  user: '[secret, another]'",
    ]
    assert "old-" not in text
    assert "new-" not in text


@pytest.fixture
def stack(tmp_path: Path) -> Project:
    made = linked_project(tmp_path, "asked")
    made.configure(environment="prod", kubeflow={"components": ["profiles"]}, ingress=AT_A_DOMAIN)
    return made


def asked(stack: Project, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["diff-upstream", "asked", *words], stack.root) == 0
    return capsys.readouterr().out


def test_each_patch_says_what_why_and_on_whose_word(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = asked(stack, capsys, "--patch", "istiod-budget").splitlines()
    start = lines.index("# istiod-budget")
    assert lines[start : start + 6] == [
        "# istiod-budget",
        "#   what:   Deployment istio-system/istiod",
        "#   why:    a drain may take one pod, never both",
        "#   source: reliability.md, REL-21",
        "--- /dev/null",
        "+++ after: PodDisruptionBudget istio-system/istiod (istio)",
    ]
    assert "+  maxUnavailable: 1" in lines
    assert not [line for line in lines if line.startswith("# oauth2")]


def test_the_whole_is_the_same_every_time_and_the_summary_names_every_group(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = asked(stack, capsys)
    assert whole == asked(stack, capsys)
    summary = asked(stack, capsys, "--summary")
    assert "   1  istiod-budget: a drain may take one pod, never both\n" in summary
    for line in summary.splitlines():
        number, name = line.partition(":  ")[0].split(None, 1)
        titles = [one[2:] for one in whole.splitlines() if one.startswith("# ")]
        has_changes = any(name.startswith(f"{title}: ") for title in titles)
        assert has_changes == (int(number) > 0), line


def test_an_unknown_patch_is_refused_with_what_looks_like_it(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff-upstream", "asked", "--patch", "istiod-budgets"], stack.root) == 1
    assert "did you mean istiod-budget" in capsys.readouterr().err
