"""The 56 inputs that have to be refused in words, or why a stack has no such setting."""

from typing import Any, NamedTuple

from tests.settings.test_settings import AWS, GOOD, OCEAN

TEAM = {"name": "vision", "owner": "ada@corp.test"}
ON_AWS: dict[str, Any] = {"cluster": AWS, "ingress": GOOD["ingress"]}
ON_OCEAN: dict[str, Any] = {"cluster": OCEAN, "ingress": GOOD["ingress"]}
DROPLET = "s-4vcpu-16gb-amd"


class Refused(NamedTuple):
    """`said` over `base` is refused, in words among which are these."""

    number: int
    base: dict[str, Any]
    said: dict[str, Any]
    words: str


class Elsewhere(NamedTuple):
    """Another test shows it, for the settings alone do not tell."""

    number: int
    test: str


class Impossible(NamedTuple):
    """Nobody can say it, and why."""

    number: int
    why: str


def _pool(**said: Any) -> dict[str, Any]:
    return {"pools": [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3, **said}]}


def _gpus(*types: str) -> dict[str, Any]:
    gpu = {"name": "gpu", "instanceTypes": list(types), "nodes": 0, "minNodes": 0, "maxNodes": 2}
    return {"pools": [*_pool()["pools"], {**gpu, "spot": True}]}


def _team(**said: Any) -> dict[str, Any]:
    return {"teams": [{**TEAM, **said}]}


def _network(**said: Any) -> dict[str, Any]:
    return {"cluster": {"network": said}}


REFUSED = (
    Refused(1, GOOD, {"cluster": {"provider": "gcp"}},
            "cluster.provider: 'gcp' is not allowed; use 'existing' or 'aws' or 'digitalocean'"),
    Refused(2, ON_AWS, {"cluster": {"region": "us-est-1"}},
            "cluster.region: 'us-est-1' is not a known AWS region; did you mean us-east-1?"),
    Refused(2, ON_OCEAN, {"cluster": {"region": "fra2"}},
            "cluster.region: 'fra2' has no Kubernetes; did you mean fra1?"),
    Refused(5, ON_AWS, {"cluster": {"region": "us-east-1", "zones": ["us-east-1a", "us-east-1e"]}},
            "cluster.zones: 'us-east-1e' cannot host a cluster; use two of us-east-1a, "),
    Refused(6, ON_AWS, {"cluster": {"zones": ["eu-west-1a"]}},
            "cluster.zones: it needs at least 2, and has 1; add to it"),
    Refused(7, ON_AWS, _network(cidr="10.0.0.0/8"),
            "cluster.network.cidr: '10.0.0.0/8' is not allowed; a VPC takes /16 to /28"),
    Refused(8, ON_AWS, _network(cidr="10.0.0.1/16"), "did you mean 10.0.0.0/16?"),
    Refused(9, ON_OCEAN, _network(cidr="10.244.16.0/20"),
            "cluster.network.cidr: '10.244.16.0/20' is not allowed; it overlaps 10.244.0.0/16"),
    Refused(12, ON_AWS, _network(cidr="10.0.0.0/26"),
            "leaves 11 addresses to the nodes and pods of a zone, which may need"),
    Refused(14, GOOD, _pool(instanceTypes=["m5.xlrage"]),
            "pools[0].instanceTypes[0]: 'm5.xlrage' is not a known instance type; did you mean "
            "m5.xlarge?"),
    Refused(15, ON_AWS, _pool(instanceTypes=["m6g.xlarge"]),
            "pools[0].instanceTypes[0]: 'm6g.xlarge' is not a known instance type"),
    Refused(16, ON_AWS, _gpus("g4dn.xlarge", "g5g.xlarge"),
            "pools[1].instanceTypes[1]: 'g5g.xlarge' is not a known instance type"),
    Refused(17, ON_AWS, _gpus("g4ad.xlarge"),
            "pools[1].instanceTypes[0]: 'g4ad.xlarge' is not a known instance type"),
    Refused(18, ON_AWS, _gpus("g4dn.xlarge"),
            "pools[1].instanceTypes: 1 on spot is too few, they run out together; name 3 or more"),
    Refused(19, ON_AWS, _gpus("g4dn.12xlarge", "g5.xlarge", "g6.xlarge"),
            "pools[1].instanceTypes[0]: 'g4dn.12xlarge' is not a known instance type"),
    Refused(21, GOOD, _pool(minNodes=5, maxNodes=3),
            "pools[0]: needs minNodes <= nodes <= maxNodes, got 5 <= 3 <= 3"),
    Refused(22, GOOD, _pool(maxNodes="three"),
            "pools[0].maxNodes: 'three' is not allowed; it has to be a whole number"),
    Refused(22, GOOD, _pool(maxNodes=0),
            "pools[0].maxNodes: 0 is not allowed; it has to be at least 1"),
    Refused(22, GOOD, _pool(nodes=2.5),
            "pools[0].nodes: 2.5 is not allowed; it has to be a whole number"),
    Refused(23, ON_OCEAN, _pool(instanceTypes=[DROPLET], nodes=0, minNodes=0, maxNodes=3),
            "pools[0].minNodes: 0 is not allowed; DigitalOcean empties no pool, use 1 or more"),
    Refused(26, ON_AWS, {"cluster": {"kubernetes": "1.30"}},
            "cluster.kubernetes: '1.30' is not a version to start with; use one of 1.32, "),
    Refused(28, ON_AWS, {"cluster": {"kubernetes": "1.37"}},
            "cluster.kubernetes: '1.37' is not a version to start with; use one of 1.32, "),
    Refused(29, ON_AWS, {"cluster": {"kubernetes": 1.3}},
            "cluster.kubernetes: 1.3 is not allowed; quote it: YAML takes it for a number"),
    Refused(32, ON_AWS, _network(publicAccessCidrs=["0.0.0.0/0"]),
            "cluster.network.publicAccessCidrs: 0.0.0.0/0 is nearly everybody"),
    Refused(35, GOOD, _team(name="Data Science"), "; try data-science"),
    Refused(36, GOOD, _team(name="kubeflow"),
            "teams[0].name: 'kubeflow' is a namespace of the platform; choose another"),
    Refused(37, GOOD, {"teams": [TEAM, TEAM]},
            "teams: team name used twice: vision (teams[0], teams[1]); give each a name of its "
            "own"),
    Refused(38, GOOD, _team(owner="A@B@c"), "teams[0].owner: 'A@B@c' is not allowed; it has to be"),
    Refused(38, GOOD, _team(owner="Ann@x.io"), "in small letters; write ann@x.io"),
    Refused(40, GOOD, _team(owner="user@example.com"),
            "teams[0].owner: 'user@example.com' is not allowed; it is upstream's demo account"),
    Refused(41, GOOD, _team(quota={"memory": "16GB"}), "did you mean 16Gi?"),
    Refused(42, GOOD, _team(quota={"cpu": -2}),
            "teams[0].quota.cpu: -2 is not allowed; it has to be more than 0"),
    Refused(43, GOOD, _team(quota={"cpus": 2}),
            "teams[0].quota.cpus: unknown setting; did you mean cpu?"),
    Refused(44, GOOD, _team(quota={"cpu": 400}),
            "teams[0].quota.cpu: 400 CPU > 11.76 CPU that the pools can reach"),
    Refused(45, GOOD, {"quota": {"overcommit": "refuse"}, "teams": [
        {**TEAM, "name": name, "size": "small"} for name in ("a", "b", "c", "d")]},
            "quota.overcommit: all teams together may ask for 16 CPU > 11.76 CPU"),
    Refused(46, GOOD, _team(quota={"cpu": "10m"}),
            "teams[0].quota.cpu: 0.01 CPU is less than 1 CPU, which one notebook"),
    Refused(47, GOOD, _team(quota={"gpus": 1}),
            "teams[0].quota.gpus: there is no pool with GPUs in this stack"),
    Refused(48, GOOD, {"ingress": {"domain": "ml_team.corp.test"}}, 'it has "_"; name a host'),
    Refused(48, GOOD, {"ingress": {"domain": "*.corp.test"}}, "it has a wildcard"),
    Refused(48, GOOD, {"ingress": {"domain": "10.0.0.1"}}, "it is an address"),
    Refused(48, GOOD, {"ingress": {"domain": "ml.corp.test."}}, "it ends with a dot"),
    Refused(49, GOOD, {"ingress": {"domain": "ml.corp.test", "tls": {"mode": "letsencrypt"}}},
            "ingress.tls: mode 'letsencrypt' needs email and challenge"),
    Refused(49, {**GOOD, "environment": "prod"}, {},
            "ingress.domain: is missing; prod is reached by a name of its own, with TLS"),
    Refused(53, GOOD, {"cluster": {"storageClass": "No Class"}},
            "cluster.storageClass: 'No Class' is not allowed"),
    Refused(54, GOOD, _pool(instanceTyp=["m5.xlarge"]),
            "pools[0].instanceTyp: unknown setting; did you mean instanceTypes?"),
    Refused(54, GOOD, {"pools": "many"}, "pools: 'many' is not allowed; it has to be a list"),
    Refused(55, GOOD, {"environment": "prd"},
            "environment: 'prd' is not allowed; use 'dev' or 'prod'; did you mean prod?"),
)  # fmt: skip
ELSEWHERE = (
    Elsewhere(3, "components/cluster/test_aws.py::"
                 "test_a_pool_offered_nowhere_says_where_it_is"),
    Elsewhere(4, "plan/test_digitalocean.py::test_what_cannot_be_had_is_named"),
    Elsewhere(24, "plan/test_overcommit.py::"
                  "test_a_refusal_says_what_has_no_node_why_and_the_way_out"),
    Elsewhere(25, "plan/test_capacity.py::test_pod_slots_run_out_too"),
    Elsewhere(27, "plan/test_aws.py::test_the_end_of_support_is_told_in_time"),
    Elsewhere(28, "plan/test_expectations.py::test_the_version_is_what_kubeflow_asks_for"),
    Elsewhere(34, "settings/test_bad_inputs.py::test_a_stack_has_a_name_that_a_cluster_can_have"),
    Elsewhere(36, "e2e/test_team_steps.py::"
                  "test_a_namespace_that_is_somebody_elses_is_not_taken_over"),
    Elsewhere(39, "plan/test_teams.py::test_39_one_owner_of_two_teams_is_said"),
    Elsewhere(50, "settings/test_ingress.py::test_a_certificate_that_expired"),
    Elsewhere(51, "test_program.py::test_every_secret_of_a_store_that_is_not_usable_is_named"),
    Elsewhere(53, "plan/test_expectations.py::test_one_default_class_and_the_one_named"),
    Elsewhere(56, "ops/test_digitalocean_doctor.py::"
                  "test_without_a_usable_token_it_says_what_it_could_not_check"),
)  # fmt: skip
IMPOSSIBLE = (
    Impossible(10, "the plan chooses the range of Services, beside the VPC's"),
    Impossible(11, "the plan cuts the subnets"),
    Impossible(13, "there is no peering"),
    Impossible(20, "the plan chooses the image of nodes"),
    Impossible(30, "a plan does not know what runs; the cloud refuses it"),
    Impossible(31, "without a list the API server is private"),
    Impossible(33, "the private endpoint is always on"),
    Impossible(52, "not held: a secret in clear is taken, for a rehearsal has no other"),
)
