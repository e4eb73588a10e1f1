"""Every pin of the rehearsal cluster's programs; `tools/*/go.mod` name the same versions."""

KUBERNETES = "1.35.4"
"""https://github.com/kubernetes/kubernetes/releases"""

ETCD = "3.6.5"
"""https://github.com/etcd-io/etcd/releases; the minor that Kubernetes 1.35 is released with."""

KWOK = "0.8.0"
"""https://github.com/kubernetes-sigs/kwok/releases"""
