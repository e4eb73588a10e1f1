"""No autoscaler goes beyond what three small nodes can hold."""

from upstream.model import Obj, Release

AUTOSCALER = "HorizontalPodAutoscaler"


def test_every_autoscaler_is_capped(release: Release, patched: tuple[Obj, ...]) -> None:
    before = [obj for obj in release.objects if obj.kind == AUTOSCALER]
    assert max(obj.body["spec"]["maxReplicas"] for obj in before) == 20
    caps = {
        obj.name: (obj.body["spec"]["minReplicas"], obj.body["spec"]["maxReplicas"])
        for obj in patched
        if obj.kind == AUTOSCALER
    }
    assert caps == {
        "istiod": (1, 2),
        "istio-ingressgateway": (1, 3),
        "cluster-local-gateway": (1, 2),
        "activator": (1, 3),
        "webhook": (1, 2),
    }
