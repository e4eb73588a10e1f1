"""An account that takes the stack `kf`, and the things that a stack leaves in one."""

from typing import Any

from tests.ops.digitalocean_api import Api

STACK = "kubeflow-stack-name:kf"
CLUSTER = "k8s:4f0d6c5e"
OURS = [STACK, "k8s", CLUSTER, "k8s:worker"]
THEIRS = ["kubeflow-stack-name:kf-2", "k8s", "k8s:99999999"]
REGION = {"slug": "fra1"}
SIZES = ("s-1vcpu-2gb", "s-4vcpu-16gb-amd", "gpu-4000adax1-20gb")


def sound() -> Api:
    """Nothing in it, and room for everything."""
    api = Api(
        account={
            "droplet_limit": 25, "volume_limit": 100, "email": "ada@example.com",
            "status": "active", "status_message": "", "email_verified": True, "uuid": "u",
            "team": {"name": "ml"},
        },
        options={
            "regions": [{"name": name, "slug": name} for name in ("fra1", "nyc1")],
            "sizes": [{"name": name, "slug": name} for name in SIZES],
            "versions": [
                {"slug": f"1.{minor}.1-do.0", "kubernetes_version": f"1.{minor}.1"}
                for minor in (34, 35, 36)
            ],
        },
    )  # fmt: skip
    api.lists["sizes"] = [
        {"slug": name, "available": True, "regions": ["fra1", "nyc1"]} for name in SIZES
    ]
    api.lists["vpcs"] = [network("default-fra1", "10.135.0.0/16") | {"default": True}]
    return api


def cluster(name: str, tags: list[str], id_: str = "4f0d6c5e") -> dict[str, Any]:
    return {"id": id_, "name": name, "tags": tags, "vpc_uuid": f"vpc-{name}"}


def network(name: str, cidr: str = "10.10.0.0/16") -> dict[str, Any]:
    return {
        "id": f"vpc-{name}", "name": name, "ip_range": cidr, "region": "fra1", "default": False,
    }  # fmt: skip


def droplet(id_: int, tags: list[str], stack: str = "kf") -> dict[str, Any]:
    return {
        "id": id_, "name": f"general-{id_}", "size_slug": "s-4vcpu-16gb-amd", "status": "active",
        "region": REGION, "tags": tags, "vpc_uuid": f"vpc-{stack}",
    }  # fmt: skip


def volume(id_: str, tags: list[str], droplets: tuple[int, ...] = ()) -> dict[str, Any]:
    return {
        "id": id_, "name": f"pvc-{id_}", "size_gigabytes": 20, "region": REGION, "tags": tags,
        "droplet_ids": list(droplets),
    }  # fmt: skip


def balancer(id_: str, name: str, stack: str, ip: str) -> dict[str, Any]:
    return {
        "id": id_, "name": name, "ip": ip, "region": REGION, "vpc_uuid": f"vpc-{stack}",
        "type": "REGIONAL", "size_unit": 2, "status": "active",
    }  # fmt: skip


def leave(api: Api, stack: str, tags: list[str], first: int) -> None:
    """One of every kind, as a killed destroy leaves it."""
    ip = f"203.0.113.{first}"
    api.lists["vpcs"].append(network(stack, f"10.{first}.0.0/16"))
    api.lists["droplets"].append(droplet(first, tags, stack))
    api.lists["volumes"].append(volume(f"v-{first}", tags[1:], (first,)))
    api.lists["load_balancers"].append(balancer(f"lb-{first}", stack, stack, ip))
    api.lists["snapshots"].append(
        {
            "id": f"s-{first}",
            "name": "nightly",
            "resource_id": f"v-{first}",
            "tags": tags[1:],
            "resource_type": "volume",
            "size_gigabytes": 2.5,
            "regions": ["fra1"],
        }
    )
    api.lists["databases"].append(
        {
            "id": f"db-{first}",
            "name": stack,
            "engine": "mysql",
            "size": "db-s-2vcpu-4gb",
            "num_nodes": 2,
            "region": "fra1",
            "tags": tags[:1],
            "status": "online",
        }
    )
    if not api.lists["domains"]:
        api.lists["domains"].append({"name": "example.test", "ttl": 1800})
    api.records["example.test"].append(
        {"id": first, "type": "A", "name": stack, "data": ip, "ttl": 1800}
    )
