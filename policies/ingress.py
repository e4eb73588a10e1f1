"""How people and programs get in, and what the mesh lets through."""

from policies.model import Resource, Rule, Stack, each

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"
GATEWAY = ":Gateway"
MESH = ":PeerAuthentication"
POLICY = ":AuthorizationPolicy"

PLAIN_TCP = ("TCP", "TLS")  # a network load balancer that passes TLS through speaks TCP
ENTRY = "ingressgateway"
MESH_WIDE = "istio-system/default"
DENY_ALL = "istio-system/global-deny-all"
SETTINGS_OF_LOGIN = "oauth2-proxy-parameters"
CONFIG_OF_LOGIN = "oauth2_proxy.cfg"
# Called by what has no sidecar: the API server, and pods outside the mesh.
PLAIN_PORTS = {
    "knative-serving/net-istio-webhook": {"8443"},
    "knative-serving/webhook": {"8443"},
    "kubeflow/cache-server-plain-callers": {"8443"},
    "kubeflow/metadata-grpc-deployment-plain-callers": {"8080"},
    "kubeflow/ml-pipeline-plain-callers": {"8887", "8888"},
    "kubeflow/seaweedfs-plain-callers": {"8111", "8333"},
}
OPEN_TO_THE_MESH = frozenset(
    {
        "istio-system/cluster-local-gateway",
        "istio-system/istio-ingressgateway",
        "knative-serving/activator-service",
        "knative-serving/autoscaler",
        "knative-serving/controller",
        "knative-serving/istio-webhook",
        "knative-serving/webhook",
        "kubeflow/metadata-grpc-service",
        "kubeflow/model-registry-service",
        "kubeflow/seaweedfs-service",
        "kubeflow/service-cache-server",
    }
)
NO_DOMAIN = {"dev": "without a domain it is reached by port-forward only"}


def _servers(one: Resource) -> list[dict[str, object]]:
    """Of a gateway at the entry; those inside the cluster are the mesh's business."""
    if one.get("spec.selector", {}).get("istio") != ENTRY:
        return []
    found: list[dict[str, object]] = one.get("spec.servers", [])
    return found


def _plain_only_redirects(one: Resource) -> bool:
    plain = [server for server in _servers(one) if _part(server, "port").get("protocol") == "HTTP"]
    return all(_part(server, "tls").get("httpsRedirect") is True for server in plain)


def _tls_is_new(one: Resource) -> bool:
    secure = [server for server in _servers(one) if _part(server, "port").get("protocol") != "HTTP"]
    versions = [_part(server, "tls").get("minProtocolVersion") for server in secure]
    return all(version in ("TLSV1_2", "TLSV1_3") for version in versions)


def _hosts_are_named(one: Resource) -> bool:
    secure = [server for server in _servers(one) if _part(server, "port").get("protocol") != "HTTP"]
    return all("*" not in _listed(server.get("hosts")) for server in secure)


def _part(server: dict[str, object], key: str) -> dict[str, object]:
    found = server.get(key)
    return found if isinstance(found, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _is_the_mesh(one: Resource) -> bool:
    mode = one.get("spec.mtls.mode", "STRICT")
    if one.name == MESH_WIDE:
        return one.has("spec.mtls.mode") and mode == "STRICT"
    ports = one.get("spec.portLevelMtls", {})
    plain = {port for port, said in ports.items() if said.get("mode") != "STRICT"}
    return mode == "STRICT" and plain <= PLAIN_PORTS.get(one.name, set())


def _is_closed_or_known(one: Resource) -> bool:
    allows = one.get("spec.action", "ALLOW") == "ALLOW"
    is_open = allows and {} in one.get("spec.rules", [])
    return not is_open or one.name in OPEN_TO_THE_MESH


def _is_of_login(one: Resource) -> bool:
    return SETTINGS_OF_LOGIN in one.name


def _login_is_by_https(one: Resource) -> bool:
    return not _is_of_login(one) or one.get("data", {}).get("FORCE_HTTPS") == "true"


def _login_checks_certificates(one: Resource) -> bool:
    return not _is_of_login(one) or one.get("data", {}).get("ALLOW_SELF_SIGNED_ISSUER") == "false"


def _login_is_for_some(one: Resource) -> bool:
    if "oauth2-proxy" not in one.name:
        return True
    lines = one.get("data", {}).get(CONFIG_OF_LOGIN, "").splitlines()
    return not any(line.startswith("email_domains") and '"*"' in line for line in lines)


def _has_a_balancer(one: Resource, stack: Stack) -> bool:
    return one.get("spec.type", "ClusterIP") != "NodePort" or any(stack.of(BALANCER))


RULES = (
    Rule(name="listeners-are-secure", wants="listeners speak TLS 1.2, or pass it through",
         types=(LISTENER,), ids=("CKV_AWS_2", "CKV_AWS_103", "CKV2_AWS_74"),
         holds=each(lambda one: one.get("protocol") in PLAIN_TCP)),
    Rule(name="targets-are-secure", types=(TARGETS,), ids=("CKV_AWS_378",),
         wants="what is behind a load balancer is not spoken to in HTTP",
         holds=each(lambda one: one.get("protocol") != "HTTP")),
    Rule(name="balancers-read-no-http", wants="of those that read HTTP: none does",
         types=(BALANCER,), ids=("CKV_AWS_131", "CKV2_AWS_20", "CKV2_AWS_28"),
         holds=each(lambda one: one.get("loadBalancerType") == "network")),
    Rule(name="balancers-reach-every-zone", wants="load balancers reach every zone",
         types=(BALANCER,), severity="medium", checks=("REL-22",), ids=("CKV_AWS_152",),
         holds=each(lambda one: one.get("enableCrossZoneLoadBalancing") is True)),
    Rule(name="node-ports-are-behind-a-balancer", types=(":Service",), checks=("SEC-20",),
         wants="no Service is open on every node, unless a load balancer of the stack is before it",
         holds=_has_a_balancer),
    Rule(name="plain-http-only-redirects", types=(GATEWAY,), severity="critical",
         checks=("SEC-19",), ids=("CIS EKS 5.4.5",), accepted=NO_DOMAIN,
         wants="plain HTTP at the entry does nothing but lead to HTTPS",
         holds=each(_plain_only_redirects)),
    Rule(name="tls-is-new", types=(GATEWAY,), checks=("SEC-19",), ids=("DIG-0002",),
         wants="the entry speaks TLS 1.2 or newer", holds=each(_tls_is_new)),
    Rule(name="hosts-are-named", types=(GATEWAY,), checks=("SEC-19",),
         wants="the entry answers to names of its own", holds=each(_hosts_are_named)),
    Rule(name="login-is-by-https", types=(":ConfigMap",), severity="critical", checks=("SEC-18",),
         wants="the login forces HTTPS and secures its cookie", holds=each(_login_is_by_https),
         accepted=NO_DOMAIN),
    Rule(name="login-checks-certificates", types=(":ConfigMap",), severity="critical",
         checks=("SEC-18",), wants="the login refuses an issuer that it cannot verify",
         holds=each(_login_checks_certificates), accepted=NO_DOMAIN),
    Rule(name="login-is-for-some", types=(":ConfigMap",), severity="critical", checks=("SEC-18",),
         wants="the login is for addresses of some domains, not of all",
         holds=each(_login_is_for_some), accepted=NO_DOMAIN),
    Rule(name="mesh-is-strict", types=(MESH,), severity="critical", checks=("SEC-21",),
         ids=("Istio security best practices",), holds=each(_is_the_mesh),
         wants="everybody in the mesh shows a certificate, but to the known ports"),
    Rule(name="mesh-denies-by-default", types=(MESH,), severity="critical", checks=("SEC-22",),
         wants=f"{DENY_ALL} refuses what nobody allows",
         holds=lambda one, stack: one.name != MESH_WIDE
         or any(p.name == DENY_ALL and not p.has("spec") for p in stack.of(POLICY))),
    Rule(name="nothing-new-is-open", types=(POLICY,), checks=("SEC-22",),
         wants="nobody but the known ones is open to the whole mesh",
         holds=each(_is_closed_or_known)),
)  # fmt: skip
