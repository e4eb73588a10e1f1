"""Images that upstream names without a version: whatever is newest on the day they run. Pure."""

import json

from components.platform.patches.model import Json, Patch, Selector, with_data

CACHE_VERSION = "1.36"


def tag_patches() -> tuple[Patch, ...]:
    """One patch per place."""
    return (
        Patch(
            name="cache-image-version",
            component="pipelines",
            selector=Selector(
                kind="ConfigMap", namespace="kubeflow", name="pipeline-install-config"
            ),
            why="without a version every cached step pulls it anew, and no mirror can hold it",
            source="github.com/kubeflow/pipelines/issues/9565; the version that its publisher "
            "tests with: containerd, integration/images/image_list.go",
            change=_versioned_cache_image,
        ),
        Patch(
            name="art-explainer-version",
            component="kserve",
            selector=Selector(
                kind="ConfigMap", namespace="kubeflow", name="inferenceservice-config"
            ),
            why="latest is of another day than the rest of KServe",
            source="KServe publishes it at each release under the release's version: "
            ".github/workflows/artexplainer-docker-publish.yml",
            change=_versioned_explainer,
        ),
    )


def _versioned_cache_image(body: Json) -> Json:
    return with_data({"cacheImage": f"{body['data']['cacheImage']}:{CACHE_VERSION}"}, body)


def _versioned_explainer(body: Json) -> Json:
    """KServe puts the image and the version together itself; the version is its agent's."""
    agent = json.loads(body["data"]["agent"])["image"]
    explainers = json.loads(body["data"]["explainers"])
    art = {**explainers["art"], "defaultImageVersion": agent.rpartition(":")[2]}
    return with_data({"explainers": json.dumps({**explainers, "art": art}, indent=2)}, body)
