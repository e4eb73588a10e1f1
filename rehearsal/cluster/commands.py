"""How each program of the cluster is called. Pure."""

import sys

from rehearsal.cluster.layout import Layout, State
from rehearsal.cluster.processes import Command
from rehearsal.cluster.programs import Programs

SERVICE_NETWORK = "10.96.0.0/16"


def etcd(layout: Layout, state: State, programs: Programs) -> Command:
    """The store. Without fsync: a rehearsal survives a crash of programs, not of the machine."""
    client = f"https://127.0.0.1:{state.ports.etcd}"
    peer = f"https://127.0.0.1:{state.ports.etcd_peer}"
    pair = (f"--cert-file={layout.certificate('etcd')}", f"--key-file={layout.key('etcd')}")
    peer_pair = (
        f"--peer-cert-file={layout.certificate('etcd')}",
        f"--peer-key-file={layout.key('etcd')}",
    )
    return _command(
        layout,
        "etcd",
        str(programs.etcd),
        f"--name={layout.name}",
        f"--data-dir={layout.etcd}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster={layout.name}={peer}",
        *pair,
        "--client-cert-auth",
        f"--trusted-ca-file={layout.certificate('ca')}",
        *peer_pair,
        "--peer-client-cert-auth",
        f"--peer-trusted-ca-file={layout.certificate('ca')}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def api_server(layout: Layout, state: State, programs: Programs) -> Command:
    """The real API server; what it asks of webhooks goes through the admission socket."""
    return _command(
        layout,
        "kube-apiserver",
        str(programs.kube_apiserver),
        "--bind-address=127.0.0.1",
        f"--secure-port={state.ports.api_server}",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={layout.certificate('kube-apiserver')}",
        f"--tls-private-key-file={layout.key('kube-apiserver')}",
        f"--client-ca-file={layout.certificate('ca')}",
        f"--etcd-servers=https://127.0.0.1:{state.ports.etcd}",
        f"--etcd-cafile={layout.certificate('ca')}",
        f"--etcd-certfile={layout.certificate('kube-apiserver')}",
        f"--etcd-keyfile={layout.key('kube-apiserver')}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={layout.certificate('tokens')}",
        f"--service-account-signing-key-file={layout.key('tokens')}",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        f"--egress-selector-config-file={layout.config / 'egress.json'}",
        f"--audit-policy-file={layout.config / 'audit.json'}",
        f"--audit-log-path={layout.audit_log}",
        "--audit-log-format=json",
        "--audit-log-mode=blocking-strict",
        "--audit-log-maxsize=2000",
    )


def controller_manager(layout: Layout, programs: Programs) -> Command:
    """The real controllers; leases are for many of them, here is one."""
    return _command(
        layout,
        "kube-controller-manager",
        str(programs.kube_controller_manager),
        f"--kubeconfig={layout.kubeconfig('kube-controller-manager')}",
        f"--service-account-private-key-file={layout.key('tokens')}",
        f"--root-ca-file={layout.certificate('ca')}",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--secure-port=0",
        "--leader-elect=false",
        "--profiling=false",
        "--kube-api-qps=300",
        "--kube-api-burst=500",
        "--horizontal-pod-autoscaler-sync-period=60s",
    )


def scheduler(layout: Layout, programs: Programs) -> Command:
    """The real scheduler."""
    return _command(
        layout,
        "kube-scheduler",
        str(programs.kube_scheduler),
        f"--config={layout.config / 'scheduler.json'}",
        "--secure-port=0",
    )


def kwok(layout: Layout, programs: Programs) -> Command:
    """The kubelets of all nodes."""
    return _command(
        layout,
        "kwok",
        str(programs.kwok),
        f"--kubeconfig={layout.kubeconfig('kwok')}",
        f"--config={layout.config / 'kwok.yaml'}",
    )


def standins(layout: Layout) -> Command:
    """Everything else a cluster has; `-P`: modules come from the project, not from where we are."""
    python = (sys.executable, "-P", "-m", "rehearsal.standins")
    return _command(layout, "standins", *python, str(layout.folder))


def _command(layout: Layout, name: str, *argv: str) -> Command:
    return Command(name=name, argv=argv, log=layout.log(name))
