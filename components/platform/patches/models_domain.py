"""The addresses of models, under the platform's domain. Pure."""

import json
from functools import partial

from components.platform.patches.model import Entry, Json, Patch, Selector, with_data
from plan.ingress import ServingPlan

SOURCE = "kubeflow.md, 3; pain-points.md, 27"
UPSTREAMS = "example.com"


def models_domain_patches(serving: ServingPlan) -> tuple[Entry, ...]:
    """Knative's domain and scheme, and the same for KServe."""
    rows = (
        (
            "knative",
            Selector(kind="ConfigMap", namespace="knative-serving", name="config-domain"),
            partial(_domain, serving),
        ),
        (
            "knative",
            Selector(kind="ConfigMap", namespace="knative-serving", name="config-network"),
            partial(_network, serving),
        ),
        (
            "kserve",
            Selector(kind="ConfigMap", namespace="kubeflow", name="inferenceservice-config"),
            partial(_kserve, serving),
        ),
    )
    return tuple(
        Patch(
            name=f"models-domain-{selector.name}",
            component=component,
            selector=selector,
            why=f"upstream gives models addresses under {UPSTREAMS}, by plain HTTP",
            source=SOURCE,
            change=change,
        )
        for component, selector, change in rows
    )


def _domain(serving: ServingPlan, body: Json) -> Json:
    kept = {name: said for name, said in body["data"].items() if name != UPSTREAMS}
    return {**body, "data": {**kept, serving.domain: ""}}


def _network(serving: ServingPlan, body: Json) -> Json:
    told = {"default-external-scheme": serving.scheme, "domain-template": serving.host_template}
    return {**body, "data": {**body.get("data", {}), **told}}


def _kserve(serving: ServingPlan, body: Json) -> Json:
    ingress = {
        **json.loads(body["data"]["ingress"]),
        "ingressDomain": serving.domain,
        "urlScheme": serving.scheme,
        # KServe's own words for the same template.
        "domainTemplate": serving.host_template.replace("{{.", "{{ .")
        .replace("}}", " }}")
        .replace(".Domain ", ".IngressDomain "),
    }
    return with_data({"ingress": json.dumps(ingress, indent=2)}, body)
