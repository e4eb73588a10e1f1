"""Every mistake gets its own line with path, value, what is allowed and the way out."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from settings.load import read_settings
from settings.mistakes import SettingsError
from settings.model import Settings

GOOD: dict[str, Any] = {
    "cluster": {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "standard",
    },
    "pools": [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}],
    "ingress": {"auth": {"adminEmail": "admin@sandbox.test"}},
}
PATCH: dict[str, Any] = {
    "target": {"kind": "Service", "namespace": "kubeflow", "name": "mysql"},
    "why": "we reach it from elsewhere",
    "strategicMerge": {"spec": {"type": "NodePort"}},
}
REPLACE = {"op": "replace", "path": "/spec/type", "value": "NodePort"}


def read(change: Callable[[dict[str, Any]], object]) -> Settings:
    wanted = copy.deepcopy(GOOD)
    change(wanted)
    return read_settings("sandbox", json.dumps(wanted))


def test_the_defaults_are_safe_to_keep() -> None:
    settings = read(lambda _: None)
    assert settings.environment == "dev"
    assert settings.kubeflow.release == "26.03"
    assert (settings.kubeflow.istio, settings.kubeflow.cert_manager) == ("managed", "managed")
    assert settings.protection.crds is None
    assert settings.upstream.mirror is None


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda s: s["cluster"].update(regoin="x"),
            "cluster.regoin: unknown setting; did you mean region?",
        ),
        (
            lambda s: s.update(wallpaper="red"),
            "wallpaper: unknown setting; remove it, or use one of budget, capacity, cluster, cost, "
            "environment, gitops, images, ingress, kubeflow, monitoring, pools, protection, quota, "
            "stores, teams, teardown, upstream",
        ),
        (lambda s: s["pools"][0].pop("nodes"), "pools[0].nodes: is missing; add it"),
        (
            lambda s: s.update(stores={"objects": {"kind": "s3", "region": "eu-central-1"}}),
            "stores.objects: kind 's3' needs bucket",
        ),
        (
            lambda s: s.update(stores={"objects": {"kind": "spaces"}}),
            "stores.objects: kind 'spaces' needs bucket and region",
        ),
        (
            lambda s: s.update(stores={"objects": {"bucket": "ours"}}),
            "stores.objects: bucket would not be used: kind is 'cluster'; say another kind, or "
            "remove",
        ),
        (
            lambda s: s.update(
                stores={
                    "objects": {
                        "kind": "spaces",
                        "bucket": "ours",
                        "region": "nyc3",
                        "endpoint": "nyc3.digitaloceanspaces.com",
                    }
                }
            ),
            "stores.objects: a Space's endpoint follows from its region; remove endpoint",
        ),
        (
            lambda s: s.update(stores={"database": {"kind": "managed"}}),
            "stores.database: kind 'managed' needs host",
        ),
        (
            lambda s: s["pools"][0].update(nodes="3"),
            "pools[0].nodes: '3' is not allowed; it has to be a whole number, without quotes",
        ),
        (
            lambda s: s["pools"][0].update(nodes=-1),
            "pools[0].nodes: -1 is not allowed; it has to be at least 0",
        ),
        (
            lambda s: s["pools"][0].update(nodes=5, maxNodes=4),
            "pools[0]: needs minNodes <= nodes <= maxNodes, got 5 <= 5 <= 4; "
            "what is not said is as nodes is; change one of the three",
        ),
        (
            lambda s: s["pools"][0].pop("instanceTypes"),
            "pools[0]: needs either instanceTypes, which a cloud sells, or machine, which you have",
        ),
        (
            lambda s: s["pools"][0].update(machine={"cpu": 4, "memory": "16Gi"}),
            "pools[0]: needs either instanceTypes, which a cloud sells, or machine, which you have",
        ),
        (
            lambda s: s["pools"][0].update(tains=[]),
            "pools[0].tains: unknown setting; did you mean taints?",
        ),
        (
            lambda s: s["pools"][0].update(min_nodes=1),
            "pools[0].min_nodes: unknown setting; did you mean minNodes?",
        ),
        (
            lambda s: s["cluster"].update(region=None),
            "cluster.region: has no value; give it one, or leave the key out where it has a "
            "default",
        ),
        (
            lambda s: s["cluster"].update(zones=["a", "Zone B"]),
            "cluster.zones[1]: 'Zone B' is not allowed; it has to be at most 40 small letters, "
            "digits and hyphens, beginning with a letter and not ending with a hyphen",
        ),
        (
            lambda s: s["ingress"]["auth"].update(adminEmail="ada"),
            "ingress.auth.adminEmail: 'ada' is not allowed; it has to be an address like "
            "ada@your-domain.test",
        ),
        (
            lambda s: s["cluster"].update(kubernetes="1.35.2"),
            "cluster.kubernetes: '1.35.2' is not allowed; it has to be a minor version of "
            'Kubernetes like "1.35"',
        ),
        (
            lambda s: s.update(images={"registryMirror": "https://registry.corp"}),
            "images.registryMirror: 'https://registry.corp' is not allowed; it has to be a "
            "registry and perhaps a path, without https://, like registry.corp/kubeflow",
        ),
        (
            lambda s: s["pools"][0].update(labels={"a b": "c"}),
            "pools[0].labels.a b: 'a b' is not allowed; it has to be a name like workload or "
            "corp.test/workload, of at most 63 letters, digits, and - _ . between them",
        ),
        (
            lambda s: s["pools"][0].update(labels={"corp.test/pool": "c d"}),
            "pools[0].labels.corp.test/pool: 'c d' is not allowed; it has to be at most 63 "
            "letters, digits, and - _ . between them, as labels are",
        ),
        (
            lambda s: s["pools"][0].update(taints=[{"key": "a b", "effect": "NoSchedule"}]),
            "pools[0].taints[0].key: 'a b' is not allowed; it has to be a name like workload or "
            "corp.test/workload, of at most 63 letters, digits, and - _ . between them",
        ),
        (
            lambda s: s["pools"].append(s["pools"][0]),
            "pools: pool name used twice: general (pools[0], pools[1]); give each a name of its "
            "own",
        ),
        (
            lambda s: s["cluster"].update(zones=["a", "a"]),
            "cluster.zones: zone used twice: a ([0], [1]); leave one of them out",
        ),
        (
            lambda s: s["cluster"].update(provider="azure"),
            "cluster.provider: 'azure' is not allowed; use 'existing' or 'aws' or 'digitalocean'",
        ),
        (
            lambda s: s["ingress"]["auth"].update(adminEmail="user@example.com"),
            "ingress.auth.adminEmail: 'user@example.com' is not allowed; example.com is nobody's; "
            "name a person who may log in first",
        ),
        (
            lambda s: s["cluster"].update(kubernetes=1.35),
            "cluster.kubernetes: 1.35 is not allowed; quote it: YAML takes it for a number",
        ),
        (
            lambda s: s.update(kubeflow={"release": 26.03}),
            "kubeflow.release: 26.03 is not allowed; quote it: YAML takes it for a number",
        ),
        (
            lambda s: s.update(teardown={"userWorkloads": True}),
            "teardown.userWorkloads: True is not allowed; use 'refuse' or 'delete'",
        ),
        (
            lambda s: s["pools"][0].update(labels={"spot": False}),
            "pools[0].labels.spot: False is not allowed; quote it: YAML takes it for true or false",
        ),
        (
            lambda s: s["pools"][0].update(labels={"kubeflow-stack/pool": "x"}),
            "pools[0].labels.kubeflow-stack/pool: 'kubeflow-stack/pool' is not allowed; those of "
            "kubeflow-stack/ are the program's own; choose another name",
        ),
        (
            lambda s: s.update(kubeflow="all"),
            "kubeflow: 'all' is not allowed; it has to be a block of keys and values",
        ),
        (
            lambda s: s.update(kubeflow={"release": "1.9"}),
            "kubeflow.release: '1.9' is not allowed; use '26.03' or '26.03.1-rc.2'",
        ),
        (
            lambda s: s.update(kubeflow={"patches": [{**PATCH, "jsonPatch": [REPLACE]}]}),
            "kubeflow.patches[0]: needs either strategicMerge or jsonPatch, and not both",
        ),
        (
            lambda s: s.update(kubeflow={"patches": [{**PATCH, "strategicMerge": None}]}),
            "kubeflow.patches[0]: needs either strategicMerge or jsonPatch, and not both",
        ),
        (
            lambda s: s.update(kubeflow={"patches": [{**PATCH, "why": ""}]}),
            "kubeflow.patches[0].why: '' is not allowed; it has to have 1 or more characters",
        ),
        (
            lambda s: s.update(kubeflow={"patches": [{**PATCH, "strategicMerg": {}}]}),
            "kubeflow.patches[0].strategicMerg: unknown setting; did you mean strategicMerge?",
        ),
        (
            lambda s: s.update(
                kubeflow={"patches": [{**PATCH, "target": {"kind": "Service", "name": "(x"}}]}
            ),
            "kubeflow.patches[0].target.name: '(x' is not allowed; it is no regular expression: "
            "missing ), unterminated subpattern at position 0",
        ),
        (
            lambda s: s.update(
                kubeflow={
                    "patches": [
                        {
                            "target": PATCH["target"],
                            "why": "x",
                            "jsonPatch": [REPLACE, {"op": "add", "path": "/spec/a"}],
                        }
                    ]
                }
            ),
            "kubeflow.patches[0].jsonPatch[1]: add needs a value",
        ),
    ],
)
def test_a_mistake_is_named(change: Callable[[dict[str, Any]], object], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(change)
    assert str(caught.value) == f"stack sandbox: the settings have 1 mistake\n  {line}"


LIST = (
    "'dashboard', 'katib', 'knative', 'kserve', 'model-registry', 'notebooks', 'pipelines', "
    "'pod-defaults', 'profiles', 'spark', 'trainer'"
)
EITHER = (
    "use one of 'full', 'notebooks', 'pipelines', 'serving', 'training', or a list of "
    f"{LIST}, 'training-operator'"
)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("ful", f": 'ful' is not allowed; {EITHER}; did you mean full?"),
        ("katib", f": 'katib' is not allowed; {EITHER}; did you mean [katib]?"),
        (True, f": True is not allowed; {EITHER}"),
        ({"notebooks": True}, f": {{'notebooks': True}} is not allowed; {EITHER}"),
        ([], f": [] is not allowed; {EITHER}"),
        (
            ["katib", "notebook"],
            f"[1]: 'notebook' is not allowed; use {LIST} or 'training-operator'; did you mean "
            "notebooks?",
        ),
        (
            ["notebooks", "katib", "notebooks"],
            ": component used twice: notebooks ([0], [2]); leave one of them out",
        ),
    ],
)
def test_components_are_said_in_either_form_and_a_mistake_is_one(said: Any, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(lambda s: s.update(kubeflow={"components": said}))
    first, *lines = str(caught.value).splitlines()
    assert first == "stack sandbox: the settings have 1 mistake"
    assert lines == [f"  kubeflow.components{line}"]


@pytest.mark.parametrize("said", ["serving", ["katib"]])
def test_either_form_of_components_is_taken(said: Any) -> None:
    assert read(lambda s: s.update(kubeflow={"components": said})).kubeflow.components == said


@pytest.mark.parametrize("address", ["User@EXAMPLE.COM", "a@example.org", "b@example.net"])
def test_nobodys_address_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(SettingsError, match="name a person who may log in first"):
        read(lambda s: s["ingress"]["auth"].update(adminEmail=address))


@pytest.mark.parametrize(
    "mirror", ["registry.corp", "reg:5000/kf", "localhost/kf", "1.2.3.4:5000/a_b/c"]
)
def test_a_mirror_is_a_host_and_perhaps_a_path(mirror: str) -> None:
    assert read(lambda s: s.update(images={"registryMirror": mirror})).images.registry_mirror


@pytest.mark.parametrize(
    "mirror", ["registry", "team/kf", "reg..corp", "reg.corp:999999", "reg.corp/", "reg.corp/kf:1"]
)
def test_what_is_no_host_would_be_somebody_of_docker_hub(mirror: str) -> None:
    with pytest.raises(SettingsError, match="it has to be a registry and perhaps a path"):
        read(lambda s: s.update(images={"registryMirror": mirror}))


def test_all_mistakes_come_at_once_sorted_by_path() -> None:
    def break_three(settings: dict[str, Any]) -> None:
        settings["pools"][0]["nodes"] = True
        settings["cluster"]["zones"] = []
        settings["ingress"]["auth"]["adminEmail"] = "nobody"

    with pytest.raises(SettingsError) as caught:
        read(break_three)
    first, *lines = str(caught.value).splitlines()
    assert first == "stack sandbox: the settings have 3 mistakes"
    paths = [line.partition(":")[0].strip() for line in lines]
    assert paths == ["cluster.zones", "ingress.auth.adminEmail", "pools[0].nodes"]


@pytest.mark.parametrize(("text", "how"), [(None, "missing"), ("", "empty"), ("null", "empty")])
def test_a_stack_without_settings_says_what_it_needs(text: str | None, how: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings("x", text)
    assert str(caught.value) == (
        f"stack x: kubeflow:settings is {how} in stacks/Pulumi.x.yaml; it needs cluster and "
        "ingress, and pools where the cluster exists; start from stacks/Pulumi.sandbox.yaml"
    )


AWS: dict[str, Any] = {
    "provider": "aws",
    "region": "eu-west-1",
    "admins": ["arn:aws:iam::123456789012:role/admin"],
}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"regoin": "x"}, "cluster.regoin: unknown setting; did you mean region?"),
        (
            {"network": {"cider": "10.0.0.0/16"}},
            "cluster.network.cider: unknown setting; did you mean cidr?",
        ),
        (
            {"network": {"cidr": "10.0.0.1/16"}},
            "cluster.network.cidr: '10.0.0.1/16' is not allowed; 10.0.0.1/16 is no network; "
            "did you mean 10.0.0.0/16?",
        ),
        (
            {"network": {"cidr": "10.0.0.0/8"}},
            "cluster.network.cidr: '10.0.0.0/8' is not allowed; a VPC takes /16 to /28 of "
            "10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        ),
        (
            {"network": {"publicAccessCidrs": ["0.0.0.0/0"]}},
            "cluster.network.publicAccessCidrs: 0.0.0.0/0 is nearly everybody; list /16 or "
            "smaller, such as the address your office is seen with, or leave it out: the API "
            "server is private then",
        ),
        (
            {"network": {"publicAccessCidrs": ["203.0.113.7/32", "10.1.0.0/16"]}},
            "cluster.network.publicAccessCidrs: 10.1.0.0/16 is private, and AWS takes none such: "
            "nobody comes from there to a public address; list what the network is seen with "
            "outside, or leave it out",
        ),
        (
            {"zones": ["eu-west-1a"]},
            "cluster.zones: it needs at least 2, and has 1; add to it",
        ),
        (
            {"tags": {"aws:owner": "ml"}},
            "cluster.tags.aws:owner: 'aws:owner' is not allowed; tags that begin with aws: are "
            "AWS' own; name it otherwise",
        ),
        (
            {"tags": {"kubernetes.io/owner": "ml"}},
            "cluster.tags.kubernetes.io/owner: 'kubernetes.io/owner' is not allowed; tags that "
            "begin with kubernetes.io/ are Kubernetes' own: the driver of volumes does not start "
            "with one; name it otherwise",
        ),
        (
            {"tags": {"Project": "ml"}},
            "cluster.tags.Project: 'Project' is not allowed; the stack says it itself, by its "
            "Pulumi project; leave it out",
        ),
        (
            {"tags": {"a=b": "ml"}},
            "cluster.tags.a=b: 'a=b' is not allowed; it has to be 1 to 128 letters, digits, "
            "spaces and _ . : / + - @, no space at either end or after a colon",
        ),
        (
            {"tags": {"k" * 129: "ml"}},
            f"cluster.tags.{'k' * 129}: '{'k' * 129}' is not allowed; it has to be 1 to 128 "
            "letters, digits, spaces and _ . : / + - @, no space at either end or after a colon",
        ),
        (
            {"tags": {"owner": "ml,ai"}},
            "cluster.tags.owner: 'ml,ai' is not allowed; it has to be at most 256 letters, digits, "
            "spaces and _ . : / = + - @, no space at either end or after a colon",
        ),
        (
            {"tags": {"Owner": "ml", "owner": "ai", "cost": "1"}},
            "cluster.tags: Owner and owner are one key to IAM, which knows no capital letters from "
            "small ones; leave one of them out",
        ),
        (
            {"tags": {f"tag-{number}": "" for number in range(41)}},
            "cluster.tags: at most 40 of AWS' fifty are yours, and there are 41; leave some out",
        ),
        (
            {"storageClass": "gp2"},
            "cluster.storageClass: unknown setting; only existing has it; remove it, or use one of "
            "accountId, admins, "
            "kubernetes, network, provider, region, tags, zones",
        ),
    ],
)
def test_a_mistake_on_aws_is_named_by_its_place_in_the_file(
    change: dict[str, Any], line: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(lambda s: (s.update(cluster={**AWS, **change}), s.pop("pools")))
    assert str(caught.value) == f"stack sandbox: the settings have 1 mistake\n  {line}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("k" * 128, "v" * 256),
        ("Größe", "Jürgen"),
        ("cost centre", "a+b-c=d.e_f:g/h@i"),
        ("a:b", ""),
    ],
)
def test_what_aws_takes_as_a_tag_may_be_one(key: str, value: str) -> None:
    tagged = {**AWS, "tags": {key: value}}
    cluster = read(lambda s: (s.update(cluster=tagged), s.pop("pools"))).cluster
    assert cluster.provider == "aws"
    assert cluster.tags == {key: value}


@pytest.mark.parametrize(
    "tag", [{"": "x"}, {"a ": "x"}, {" a": "x"}, {"a": "b: c"}, {"a": "x" * 257}, {"a": " b"}]
)
def test_what_would_reach_the_driver_of_volumes_as_something_else_is_refused(
    tag: dict[str, str],
) -> None:
    with pytest.raises(SettingsError, match=r"cluster\.tags.*it has to be .* letters, digits"):
        read(lambda s: (s.update(cluster={**AWS, "tags": tag}), s.pop("pools")))


def test_only_a_cluster_of_ours_has_usual_pools() -> None:
    settings = read(lambda s: (s.update(cluster=AWS), s.pop("pools")))
    assert [pool.name for pool in settings.pools] == ["general", "gpu"]
    with pytest.raises(SettingsError, match="pools: is missing; add it"):
        read(lambda s: s.pop("pools"))
    with pytest.raises(SettingsError, match="pools: it needs at least 1, and has 0; add to it"):
        read(lambda s: s.update(pools=[]))


def test_a_cluster_without_a_provider_is_asked_for_it() -> None:
    with pytest.raises(SettingsError, match=r"cluster\.provider: is missing; add it"):
        read(lambda s: s["cluster"].pop("provider"))


OCEAN: dict[str, Any] = {"provider": "digitalocean", "region": "fra1"}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"ha": True},
            "cluster.ha: unknown setting; remove it, or use one of autoUpgrade, "
            "highAvailability, kubernetes, maintenance, network, provider, region, registry, tags",
        ),
        (
            {"maintenance": {"start": "4 am"}},
            "cluster.maintenance.start: '4 am' is not allowed; it has to be a full hour, quoted, "
            'like "04:00"',
        ),
        (
            {"network": {"cidr": "10.244.16.0/20"}},
            "cluster.network.cidr: '10.244.16.0/20' is not allowed; it overlaps 10.244.0.0/16, "
            "which DigitalOcean keeps for itself",
        ),
        (
            {"tags": {"kubeflow-stack-name": "other"}},
            "cluster.tags.kubeflow-stack-name: 'kubeflow-stack-name' is not allowed; "
            "kubeflow-stack-name, k8s, terraform say whose a thing is; choose another key",
        ),
        (
            {"network": {"cidr": "10.0.0.0/28"}},
            "cluster.network.cidr: '10.0.0.0/28' is not allowed; a VPC takes /16 to /24 of "
            "10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        ),
    ],
)
def test_a_mistake_on_digitalocean_is_named_by_its_place_in_the_file(
    change: dict[str, Any], line: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(lambda s: (s.update(cluster={**OCEAN, **change}), s.pop("pools")))
    assert str(caught.value) == f"stack sandbox: the settings have 1 mistake\n  {line}"
