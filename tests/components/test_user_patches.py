"""The owner's patches: applied last, on whatever they match, or refused with their place."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.patches.model import PatchMissedError, apply_patches
from components.platform.patches.shapes import misfits
from components.platform.patches.users import UserPatchError, user_patches
from plan.model import JsonOperation, UserPatch
from settings.kubeflow import PatchSettings
from upstream.model import Obj, Release
from upstream.render import as_object

DEPLOYMENT = as_object(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "a", "labels": {"x/y": "z", "app": "web"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web", "tier": "1"}},
                "spec": {
                    "containers": [
                        {
                            "name": "main",
                            "args": ["--one", "--two"],
                            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                            "ports": [{"containerPort": 80}, {"containerPort": 81}],
                        },
                        {"name": "side", "image": "side:1"},
                    ]
                },
            },
        },
    },
    "pipelines",
)
WIDGET = as_object(
    {
        "apiVersion": "example.org/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": "a"},
        "spec": {"containers": [{"name": "one"}, {"name": "two"}]},
    },
    "pipelines",
)


def patch(
    kind: str = "Deployment",
    name: str = "web",
    merge: Mapping[str, Any] | None = None,
    operations: tuple[JsonOperation, ...] = (),
) -> UserPatch:
    return UserPatch(
        path="kubeflow.patches[3]",
        kind=kind,
        namespace=".*",
        name=name,
        why="we want it so",
        strategic_merge=merge,
        json_patch=operations,
    )


def applied(obj: Obj, wanted: UserPatch) -> Any:
    (changed,) = apply_patches([obj], user_patches([wanted]))
    return changed.body


def pod(**fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": fields}}}


def operation(op: Any, path: str, value: Any = None) -> JsonOperation:
    return JsonOperation(op=op, path=path, value=value)


def test_a_strategic_merge_merges_lists_by_their_keys() -> None:
    env = [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]
    main = {"name": "main", "env": env, "ports": [{"containerPort": 81, "name": "http"}]}
    body = applied(DEPLOYMENT, patch(merge=pod(containers=[main])))
    first, second = body["spec"]["template"]["spec"]["containers"]
    assert first["env"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
        {"name": "C", "value": "4"},
    ]
    assert first["ports"] == [{"containerPort": 80}, {"containerPort": 81, "name": "http"}]
    assert first["args"] == ["--one", "--two"]
    assert second == {"name": "side", "image": "side:1"}
    assert body["spec"]["replicas"] == 1


def test_a_strategic_merge_replaces_other_lists_and_removes_by_null_and_directive() -> None:
    containers = [
        {"name": "main", "args": ["--three"], "env": None},
        {"name": "side", "$patch": "delete"},
        {"name": "new", "image": "new:1", "resources": None},
    ]
    body = applied(DEPLOYMENT, patch(merge=pod(containers=containers)))
    assert body["spec"]["template"]["spec"]["containers"] == [
        {
            "name": "main",
            "args": ["--three"],
            "ports": [{"containerPort": 80}, {"containerPort": 81}],
        },
        {"name": "new", "image": "new:1"},
    ]


def test_a_block_can_be_replaced_as_a_whole() -> None:
    labels = {"$patch": "replace", "app": "other"}
    body = applied(DEPLOYMENT, patch(merge={"metadata": {"labels": labels}}))
    assert body["metadata"]["labels"] == {"app": "other"}


def test_lists_of_custom_resources_are_replaced_as_on_a_cluster() -> None:
    body = applied(WIDGET, patch("Widget", "w", {"spec": {"containers": [{"name": "two"}]}}))
    assert body["spec"] == {"containers": [{"name": "two"}]}


def test_a_json_patch_does_its_operations_in_order() -> None:
    main = "/spec/template/spec/containers/0"
    body = applied(
        DEPLOYMENT,
        patch(
            operations=(
                operation("test", "/spec/replicas", 1),
                operation("replace", "/spec/replicas", 2),
                operation("add", f"{main}/args/-", "--three"),
                operation("add", f"{main}/args/0", "--zero"),
                operation("remove", f"{main}/ports/1"),
                operation("remove", "/metadata/labels/x~1y"),
                operation("add", "/metadata/annotations", {"a": "b"}),
            )
        ),
    )
    container = body["spec"]["template"]["spec"]["containers"][0]
    assert body["spec"]["replicas"] == 2
    assert container["args"] == ["--zero", "--one", "--two", "--three"]
    assert container["ports"] == [{"containerPort": 80}]
    assert body["metadata"]["labels"] == {"app": "web"}
    assert body["metadata"]["annotations"] == {"a": "b"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            patch(operations=(operation("replace", "/spec/replica", 2),)),
            "kubeflow.patches[3].jsonPatch[0]: Deployment web: replace /spec/replica: 'replica' is "
            "not there",
        ),
        (
            patch(operations=(operation("test", "/spec/replicas", 7),)),
            "kubeflow.patches[3].jsonPatch[0]: Deployment web: test /spec/replicas: it is 1",
        ),
        (
            patch(operations=(operation("add", "/spec/template/spec/containers/9", {}),)),
            "kubeflow.patches[3].jsonPatch[0]: Deployment web: "
            "add /spec/template/spec/containers/9: '9' is no position in a list of 2",
        ),
        (
            patch(operations=(operation("add", "/spec/replicas/x", 1),)),
            "kubeflow.patches[3].jsonPatch[0]: Deployment web: add /spec/replicas/x: 'x' would be "
            "below a value that is neither a list nor a block",
        ),
        (
            patch(merge={"metadata": {"name": "other"}}),
            "kubeflow.patches[3]: Deployment web would become another object; a patch keeps "
            "apiVersion, kind, namespace and name",
        ),
        (
            patch(operations=(operation("remove", "/metadata"),)),
            "kubeflow.patches[3]: Deployment web would become another object; a patch keeps "
            "apiVersion, kind, namespace and name",
        ),
        (
            patch(merge={"spec": {"$patch": "delete"}}),
            "kubeflow.patches[3].strategicMerge: Deployment web: $patch: delete is not known here; "
            "use null to remove",
        ),
        (
            patch(merge=pod(containers=[{"image": "main:2"}])),
            "kubeflow.patches[3].strategicMerge: Deployment web: containers: each entry needs "
            "name, which says which one is meant",
        ),
        (
            patch(merge=pod(containers=[{"name": "main", "ports": [{"name": "http"}]}])),
            "kubeflow.patches[3].strategicMerge: Deployment web: ports: each entry needs "
            "containerPort or port, which says which one is meant",
        ),
        (
            patch(merge={"spec": {"replica": 2}}),
            "kubeflow.patches[3]: Deployment web: spec.replica: there is no such field; did you "
            "mean replicas?",
        ),
        (
            patch(operations=(operation("add", "/spec/replicas", "2"),)),
            "kubeflow.patches[3]: Deployment web: spec.replicas: '2' is not allowed; it has to be "
            "a whole number, without quotes",
        ),
        (
            patch(merge={"spec": {"paused": "yes"}}),
            "kubeflow.patches[3]: Deployment web: spec.paused: 'yes' is not allowed; it has to be "
            "true or false, without quotes",
        ),
        (
            patch(merge=pod(containers={"name": "main"})),
            "kubeflow.patches[3]: Deployment web: spec.template.spec.containers: it has to be a "
            "list, each entry after a hyphen",
        ),
        (
            patch(merge={"spec": {"template": "main"}}),
            "kubeflow.patches[3]: Deployment web: spec.template: 'main' is not allowed; it has to "
            "be a block of keys and values",
        ),
        (
            patch(merge={"metadata": {"labels": {"tier": 1}}, "spec": {"strategi": {}}}),
            "kubeflow.patches[3]: Deployment web: metadata.labels.tier: 1 is not allowed; it has "
            "to be a text: quote it\n"
            "kubeflow.patches[3]: Deployment web: spec.strategi: there is no such field; did you "
            "mean strategy?",
        ),
        (
            patch(
                merge=pod(containers=[{"name": "main", "resources": {"requests": {"cpu": "lots"}}}])
            ),
            "kubeflow.patches[3]: Deployment web: "
            "spec.template.spec.containers[0].resources.requests.cpu: 'lots' is not allowed; it "
            "has to be a quantity like 500m or 2Gi",
        ),
        (
            patch(merge={"spec": {"template": {"metadata": {"labels": {"app": "other"}}}}}),
            "kubeflow.patches[3]: Deployment web: spec.selector.matchLabels.app: 'web' is not "
            "allowed; the pods have 'other'; let spec.template.metadata.labels.app be the same",
        ),
        (
            patch(operations=(operation("remove", "/spec/template/metadata"),)),
            "kubeflow.patches[3]: Deployment web: spec.selector.matchLabels.app: 'web' is not "
            "allowed; the pods have no such label; let spec.template.metadata.labels.app be the "
            "same",
        ),
        (
            patch(merge={"spec": {"selector": {"matchLabels": {"tier": "2"}}}}),
            "kubeflow.patches[3]: Deployment web: spec.selector.matchLabels.tier: '2' is not "
            "allowed; the pods have '1'; let spec.template.metadata.labels.tier be the same",
        ),
        (
            patch(operations=(operation("replace", "/spec/selector/matchLabels", ["app"]),)),
            "kubeflow.patches[3]: Deployment web: spec.selector.matchLabels: ['app'] is not "
            "allowed; it has to be a block of keys and values",
        ),
    ],
)
def test_a_patch_that_does_not_fit_names_its_place(wanted: UserPatch, message: str) -> None:
    with pytest.raises(UserPatchError) as caught:
        applied(DEPLOYMENT, wanted)
    assert str(caught.value) == message


def test_a_workload_and_its_pods_may_change_their_labels_together() -> None:
    labels = {"app": "other"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}
    assert applied(DEPLOYMENT, patch(merge={"spec": spec}))


@pytest.mark.parametrize("amount", ["500m", "1.5", "2Gi", 2, 0.5, None])
def test_an_amount_may_be_said_in_every_way_that_kubernetes_takes(amount: Any) -> None:
    main = {"name": "main", "resources": {"limits": {"cpu": amount}}}
    assert applied(DEPLOYMENT, patch(merge=pod(containers=[main])))


def test_a_port_may_be_a_name_or_a_number() -> None:
    for port in ("http", 8080):
        main = {"name": "main", "livenessProbe": {"httpGet": {"port": port}}}
        assert applied(DEPLOYMENT, patch(merge=pod(containers=[main])))


def test_what_a_custom_resource_may_have_is_not_known_here() -> None:
    assert applied(WIDGET, patch("Widget", "w", {"spec": {"sepc": 1}}))


def test_a_value_that_is_known_only_later_is_no_mistake_of_the_owner() -> None:
    password = object()  # stands for an Output, which hangs the next program when made here
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "a"},
        "stringData": {"password": password},
    }
    labelled = patch("Secret", "db", {"metadata": {"labels": {"a": "b"}}})
    body = applied(as_object(secret, "pipelines"), labelled)
    assert body["metadata"]["labels"] == {"a": "b"}
    assert body["stringData"]["password"] is password


@pytest.mark.parametrize(
    "wanted",
    [
        patch("Secret", "db", {"stringData": {"password": "1"}}),
        patch("Secret", "db", {"metadata": {"labels": {"a": "b"}}, "data": {"password": "MQ=="}}),
        patch("Secret", "db", {"data": None}),
        patch("Secret", "db", {"$patch": "replace", "stringData": {}}),
        patch("Secret", "db", operations=(operation("replace", "/data/password", "MQ=="),)),
        patch("Secret", "db", operations=(operation("test", "/stringData/password", "1"),)),
        patch("Secret", "db", operations=(operation("remove", "/data"),)),
    ],
)
def test_no_patch_changes_what_a_secret_holds(wanted: UserPatch) -> None:
    with pytest.raises(UserPatchError) as caught:
        user_patches([patch(merge={"spec": {"replicas": 2}}), wanted])
    assert str(caught.value) == (
        "kubeflow.patches[3]: no patch changes what a Secret holds: it would stand in clear in the "
        "stack's file, in place of what the stack generates or reads encrypted; make a Secret of "
        "your own beside the stack, and patch what reads this one (secretKeyRef, secretName) to "
        "read yours"
    )


def test_only_a_secret_has_such_contents() -> None:
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "a"},
        "data": {"a": "1"},
    }
    wanted = patch("ConfigMap", "c", {"data": {"a": "2"}})
    assert applied(as_object(config_map, "pipelines"), wanted)["data"] == {"a": "2"}


def test_no_object_of_a_release_is_taken_for_a_misfit(patched: tuple[Obj, ...]) -> None:
    assert {(obj.name, one) for obj in patched for one in misfits(obj.body)} == set()


@pytest.mark.parametrize(
    ("namespace", "name", "hint"),
    [
        (".*", "katib-iu", "did you mean kubeflow/katib-ui or kubeflow/katib-mysql?"),
        ("auth", "istiod", "did you mean istio-system/istiod?"),
        (".*", "wep", "nothing like it is in the components of this stack"),
    ],
)
def test_a_patch_that_matches_nothing_names_its_place(
    release: Release, namespace: str, name: str, hint: str
) -> None:
    wanted = replace(patch(name=name, merge={"spec": {}}), namespace=namespace)
    with pytest.raises(PatchMissedError) as caught:
        apply_patches(release.objects, user_patches([wanted]))
    assert str(caught.value) == (
        "patches without effect\n"
        f"  patch 'kubeflow.patches[3]' (we want it so) found no Deployment {namespace}/{name}; "
        f"{hint}"
    )


def test_a_patch_of_a_crd_is_told_that_none_is_patched(release: Release) -> None:
    wanted = patch("CustomResourceDefinition", "notebooks.kubeflow.org", {"spec": {}})
    with pytest.raises(PatchMissedError) as caught:
        apply_patches(release.objects, user_patches([wanted]))
    assert str(caught.value).endswith(
        "; CRDs stand apart from all other objects, and no patch changes them: remove it"
    )


def test_a_patch_that_changes_nothing_names_its_place(release: Release) -> None:
    with pytest.raises(PatchMissedError) as caught:
        apply_patches(
            release.objects, user_patches([patch(name="istiod", merge={"kind": "Deployment"})])
        )
    assert str(caught.value) == (
        "patches without effect\n"
        "  patch 'kubeflow.patches[3]' (we want it so) changes nothing: it is so without"
    )


def test_a_patch_changes_all_that_it_matches_and_nothing_else(release: Release) -> None:
    wanted = patch("HorizontalPodAutoscaler", ".*", {"spec": {"maxReplicas": 3}})
    objs = apply_patches(release.objects, user_patches([wanted]))
    changed = [n for n, o in zip(objs, release.objects, strict=True) if n.body != o.body]
    assert len(changed) > 1
    assert all(obj.body["spec"]["maxReplicas"] == 3 for obj in changed)
    assert {obj.kind for obj in changed} == {"HorizontalPodAutoscaler"}


def test_the_object_that_is_patched_is_left_alone() -> None:
    before = repr(DEPLOYMENT.body)
    changed = {"name": "main", "env": [{"name": "A", "value": "3"}]}
    applied(DEPLOYMENT, patch(merge=pod(containers=[changed])))
    applied(
        DEPLOYMENT, patch(operations=(operation("remove", "/spec/template/spec/containers/0"),))
    )
    assert repr(DEPLOYMENT.body) == before


def test_the_documented_example_is_accepted_and_finds_its_objects(release: Release) -> None:
    text = (Path(__file__).parents[2] / "docs" / "patches.md").read_text()
    said = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["kubeflow"]["patches"]
    objs = release.objects
    for number, row in enumerate(said):
        checked = PatchSettings.model_validate(row)
        operations = checked.json_patch or []
        wanted = UserPatch(
            path=f"kubeflow.patches.{number}",
            kind=checked.target.kind,
            namespace=checked.target.namespace,
            name=checked.target.name,
            why=checked.why,
            strategic_merge=checked.strategic_merge,
            json_patch=tuple(operation(o.op, o.path, o.value) for o in operations),
        )
        objs = apply_patches(objs, user_patches([wanted]))
    changed = [n.name for n, o in zip(objs, release.objects, strict=True) if n.body != o.body]
    assert changed == ["istiod", "ml-pipeline"]
