"""A cluster in numbers: what it asks of a write at its moment, and how long after which writes.

Told from the bodies alone and from what is known of single programs, without a look at how the
product derives its order: this is what that order is judged by. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.upstream.pods import named_by, pod_of
from tests.upstream.programs import (
    CA_INJECTOR,
    CERT_MANAGER,
    CNI,
    EXITS_WITHOUT,
    FETCHED,
    FIRST_USER,
    INJECTOR,
    OPERATED,
    READS,
    READY_ONCE_TRUSTED,
)
from tests.upstream.webhooks import POD, Asked, judges, plural
from upstream.model import CrdRef, Key, Obj

CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
CERTIFIERS = ("Certificate", "ClusterIssuer", "Issuer")
FROM_CERTIFICATE = "cert-manager.io/inject-ca-from"
IN_USE = "InUse"
FROM_SECRET = "cert-manager.io/inject-ca-from-secret"


class Fact(NamedTuple):
    """`written`: the API server has it. `runs`: its pods run. `works`: it does what it is for."""

    what: str
    key: Key


@dataclass(frozen=True, kw_only=True)
class Demand:
    """`fact` must hold when somebody is written, else `reason`."""

    fact: Fact
    reason: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """`demands` of each write; `causes`: the facts after which, some time later, a fact holds."""

    demands: Mapping[Key, tuple[Demand, ...]]
    causes: Mapping[Fact, frozenset[Fact]]


def written(key: Key) -> Fact:
    return Fact("written", key)


def works(key: Key) -> Fact:
    return Fact("works", key)


def in_use(configuration: Key) -> Fact:
    """The API server asks its webhooks with the CA that is in it: a while after that is in."""
    return works(Key("", IN_USE, configuration.kind, configuration.name))


class Survey:
    """Looks through the bodies once."""

    def __init__(self, objs: Iterable[Obj], crds: Iterable[CrdRef]) -> None:
        self.objs = {obj.key: obj for obj in objs}
        self.crds = {(crd.group, crd.kind): crd for crd in crds}
        self.backends = {k: self._behind(k) for k in self.objs if k.kind == "Service"}
        self.configurations = [o for o in self.objs.values() if o.kind in CONFIGURATIONS]

    def cluster(self) -> Cluster:
        base = {key: tuple(self._own_demands(obj)) for key, obj in self.objs.items()}
        causes = self._causes(base)
        spared = {one.key: _before(self._answer(one), base, causes) for one in self.configurations}
        judged = {
            key: (*base[key], *self._judgements(obj, spared)) for key, obj in self.objs.items()
        }
        causes = self._causes(judged)
        return Cluster(demands={**judged, FIRST_USER: self._users_demands()}, causes=causes)

    def _users_demands(self) -> tuple[Demand, ...]:
        closed = (
            configuration
            for configuration in self.configurations
            if any(hook.get("failurePolicy") != "Ignore" for hook in configuration.body["webhooks"])
        )
        facts = (fact for configuration in closed for fact in self._answer(configuration))
        return tuple(Demand(fact=fact, reason="not judged") for fact in facts)

    def _behind(self, service: Key) -> tuple[Key, ...]:
        selector = (self.objs[service].body["spec"].get("selector") or {}).items()
        return tuple(
            obj.key
            for obj in self.objs.values()
            if selector and obj.namespace == service.namespace and (pod := pod_of(obj.body))
            if selector <= (pod["metadata"].get("labels") or {}).items()
        )

    def _own_demands(self, obj: Obj) -> Iterator[Demand]:
        if obj.namespace:
            yield from self._there("no namespace", Key("", "Namespace", "", obj.namespace))
        if definition := self.crds.get((obj.key.group, obj.kind)):
            yield Demand(fact=works(definition.key), reason="no such kind")
        for need in OPERATED.get(obj.key, ()):
            fact = works(need) if need.kind == "Deployment" else written(need)
            yield Demand(fact=fact, reason="no pods of it")
        for need in FETCHED.get(obj.key, ()):
            fact = works(need) if need.kind == "Deployment" else written(need)
            yield Demand(fact=fact, reason="nothing to fetch")
        if obj.kind.endswith("RoleBinding"):
            role = obj.body["roleRef"]
            place = obj.namespace if role["kind"] == "Role" else ""
            yield from self._there("no role", Key(obj.key.group, role["kind"], place, role["name"]))
        if pod := pod_of(obj.body):
            yield from self._pod_demands(obj, pod["spec"])

    def _pod_demands(self, obj: Obj, spec: Mapping[str, Any]) -> Iterator[Demand]:
        account = spec.get("serviceAccountName") or "default"
        yield from self._there("no account", Key("", "ServiceAccount", obj.namespace, account))
        for binding in self.objs.values():
            subjects = binding.body.get("subjects") if binding.kind.endswith("RoleBinding") else ()
            if any(
                (s["kind"], s["name"], s.get("namespace", binding.namespace))
                == ("ServiceAccount", account, obj.namespace)
                for s in subjects or ()
            ):
                yield from self._there("no rights", binding.key)
        priority = Key("scheduling.k8s.io", "PriorityClass", "", spec.get("priorityClassName", ""))
        yield from self._there("no priority class", priority)
        for kind, name in named_by(spec):
            yield from self._there("nothing to mount", Key("", kind, obj.namespace, name))
            for certificate in self.objs.values():
                makes = kind == "Secret" and certificate.kind == "Certificate"
                is_near = certificate.namespace == obj.namespace
                if makes and is_near and certificate.body["spec"]["secretName"] == name:
                    yield Demand(fact=works(certificate.key), reason="nothing to mount")
        for other in EXITS_WITHOUT.get(obj.key, ()):
            yield Demand(fact=works(other), reason="exits")
        for settings in READS.get(obj.key, ()):
            yield from self._there("runs by its defaults", settings)

    def _there(self, reason: str, key: Key) -> Iterator[Demand]:
        if key in self.objs:
            yield Demand(fact=written(key), reason=reason)

    def _answer(self, configuration: Obj) -> tuple[Fact, ...]:
        """What holds once a configuration's webhooks are asked, and answer."""
        named = {_service(hook) for hook in configuration.body["webhooks"]}
        return (works(configuration.key), *(works(s) for s in sorted(named) if s in self.objs))

    def _judgements(self, obj: Obj, spared: Mapping[Key, frozenset[Fact]]) -> Iterator[Demand]:
        """Neither refused by a webhook that does not answer yet, nor past one not there yet."""
        asked = self._asked(obj)
        for configuration in self.configurations:
            hooks = configuration.body["webhooks"]
            caught = [one for one in asked if any(judges(hook, one) for hook in hooks)]
            if not caught or written(obj.key) in spared[configuration.key]:
                continue
            for fact in self._answer(configuration):
                yield Demand(fact=fact, reason="not judged")
            yield Demand(fact=in_use(configuration.key), reason="not judged")
            if configuration.name == INJECTOR:
                yield Demand(fact=works(CNI), reason="a sidecar without CNI plugin")

    def _asked(self, obj: Obj) -> tuple[Asked, ...]:
        metadata = obj.body["metadata"]
        labels = metadata.get("labels") or {}
        crd = self.crds.get((obj.key.group, obj.kind))
        home = obj.name if obj.kind == "Namespace" else obj.namespace
        found = self.objs.get(Key("", "Namespace", "", home))
        own = (found.body["metadata"].get("labels") or {}) if found else {}
        place = {**own, "kubernetes.io/metadata.name": home} if home else None
        version = obj.api_version.rpartition("/")[2]
        named = crd.plural if crd else plural(obj.kind)
        own_request = Asked(obj.key.group, version, named, labels, place)
        pod = pod_of(obj.body)
        if pod is None:
            return (own_request,)
        return own_request, Asked("", "v1", POD, pod["metadata"].get("labels") or {}, place)

    def _causes(self, demands: Mapping[Key, tuple[Demand, ...]]) -> dict[Fact, frozenset[Fact]]:
        causes: dict[Fact, set[Fact]] = defaultdict(set)
        for crd in self.crds.values():
            causes[works(crd.key)] = {written(crd.key)}
        for key, obj in self.objs.items():
            causes[works(key)].add(written(key))
            if pod_of(obj.body):
                causes[Fact("runs", key)] = {written(key), *(d.fact for d in demands[key])}
                causes[works(key)].add(Fact("runs", key))
            causes[works(key)].update(map(works, self.backends.get(key, ())))
            if obj.key.group == "cert-manager.io" and obj.kind in CERTIFIERS:
                causes[works(key)] |= {works(CERT_MANAGER), *self._issuer(obj)}
        for configuration in self.configurations:
            causes[works(configuration.key)] |= set(self._trust(configuration))
            causes[in_use(configuration.key)] = set(self._answer(configuration))
            for backend in self._answerers(configuration) & READY_ONCE_TRUSTED:
                causes[works(backend)].add(works(configuration.key))
        return {fact: frozenset(found) for fact, found in causes.items()}

    def _issuer(self, certificate: Obj) -> Iterator[Fact]:
        if reference := certificate.body["spec"].get("issuerRef"):
            kind = reference.get("kind", "Issuer")
            place = "" if kind == "ClusterIssuer" else certificate.namespace
            yield works(Key("cert-manager.io", kind, place, reference["name"]))

    def _answerers(self, configuration: Obj) -> frozenset[Key]:
        named = map(_service, configuration.body["webhooks"])
        return frozenset(key for service in named for key in self.backends.get(service, ()))

    def _trust(self, configuration: Obj) -> Iterator[Fact]:
        """What fills the caBundle in: cert-manager where annotated, else the program itself."""
        notes = configuration.body["metadata"].get("annotations") or {}
        if FROM_CERTIFICATE in notes:
            place, _, name = notes[FROM_CERTIFICATE].partition("/")
            yield works(Key("cert-manager.io", "Certificate", place, name))
        else:
            yield from (Fact("runs", key) for key in self._answerers(configuration))
        if FROM_CERTIFICATE in notes or FROM_SECRET in notes:
            yield works(CA_INJECTOR)


def _service(hook: Mapping[str, Any]) -> Key:
    service = hook["clientConfig"]["service"]
    return Key("", "Service", service["namespace"], service["name"])


def _before(
    facts: Iterable[Fact],
    demands: Mapping[Key, tuple[Demand, ...]],
    causes: Mapping[Fact, frozenset[Fact]],
) -> frozenset[Fact]:
    """Everything that has to hold before `facts` can."""
    found: set[Fact] = set()
    waiting = list(facts)
    while waiting:
        fact = waiting.pop()
        if fact not in found:
            found.add(fact)
            waiting.extend(causes.get(fact, ()))
            if fact.what == "written":
                waiting.extend(demand.fact for demand in demands.get(fact.key, ()))
    return frozenset(found)
