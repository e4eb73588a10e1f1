"""Everything on disk that the programs read: certificates once, configurations at every start."""

import json
from dataclasses import asdict
from pathlib import Path

from plan.model import ClusterPlan
from rehearsal.cluster import configs
from rehearsal.cluster.layout import Layout, State
from rehearsal.cluster.pace import Pace
from rehearsal.cluster.pki import Pair, Wish, issue, make_authority, make_token_keys

ENGINE = "rehearsal-engine"
STANDINS = "rehearsal-standins"

_SERVER_NAMES = (
    "127.0.0.1",
    "10.96.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
_MASTERS = ("system:masters",)
_WISHES = {
    "etcd": Wish(common_name="etcd", names=("127.0.0.1", "localhost")),
    "kube-apiserver": Wish(common_name="kube-apiserver", names=_SERVER_NAMES),
    # One identity with every right instead of one service account per controller: 30 tokens fewer.
    "kube-controller-manager": Wish(
        common_name="system:kube-controller-manager", organizations=_MASTERS
    ),
    "kube-scheduler": Wish(common_name="system:kube-scheduler"),
    "kwok": Wish(common_name="kwok", organizations=_MASTERS),
    ENGINE: Wish(common_name=ENGINE, organizations=_MASTERS),
    STANDINS: Wish(common_name=STANDINS, organizations=_MASTERS),
}
_USERS = ("kube-controller-manager", "kube-scheduler", "kwok", STANDINS)


def write_files(layout: Layout, state: State, plan: ClusterPlan, pace: Pace) -> None:
    """Write what is needed for a start; certificates are kept over restarts."""
    for folder in (layout.folder, layout.pki, layout.config, layout.logs):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    layout.folder.chmod(0o700)
    if not layout.key("tokens").exists():
        _write_pki(layout)
    for user in _USERS:
        _write(layout.kubeconfig(user), _kubeconfig(layout, state, user))
    _write(layout.config / "audit.json", configs.audit_policy())
    _write(layout.config / "egress.json", configs.egress_selector(state.socket))
    _write(layout.config / "scheduler.json", configs.scheduler(layout.kubeconfig("kube-scheduler")))
    _write(layout.config / "kwok.yaml", configs.kwok(pace.slowest_seconds))
    said = {**json.loads(standins_settings(plan, pace)), "socket": state.socket}
    _write(layout.config / "standins.json", json.dumps(said, indent=2))


def admin_kubeconfig(layout: Layout, state: State) -> str:
    """The kubeconfig handed to the program and to people."""
    return _kubeconfig(layout, state, ENGINE)


def standins_settings(plan: ClusterPlan, pace: Pace) -> str:
    """What the stand-ins are told, as JSON; a change of it is a reason to start them anew."""
    said = {"cluster": asdict(plan), **asdict(pace)}
    return json.dumps(said, sort_keys=True)


def _kubeconfig(layout: Layout, state: State, user: str) -> str:
    pair = Pair(certificate=layout.certificate(user).read_text(), key=layout.key(user).read_text())
    return configs.kubeconfig(state.server, layout.certificate("ca").read_text(), user, pair)


def _write_pki(layout: Layout) -> None:
    """The token keys come last: their presence says that all is complete."""
    authority = make_authority("rehearsal")
    _write_pair(layout, "ca", authority)
    for name, wish in _WISHES.items():
        _write_pair(layout, name, issue(authority, wish))
    private, public = make_token_keys()
    _write(layout.certificate("tokens"), public)
    _write(layout.key("tokens"), private)


def _write_pair(layout: Layout, name: str, pair: Pair) -> None:
    _write(layout.certificate(name), pair.certificate)
    _write(layout.key(name), pair.key)


def _write(path: Path, text: str) -> None:
    """Whole or not at all, readable by us only."""
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)
