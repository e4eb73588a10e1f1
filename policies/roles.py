"""Upstream's roles that may do much, in every release there is: whoever joins them is seen."""

# A `*` among what, on what or of which group.
WILDCARDS = frozenset(
    {
        "aggregate-to-kubeflow-pipelines-edit",
        "dex",
        "istio-reader-clusterrole-istio-system",
        "istiod-clusterrole-istio-system",
        "katib-controller",
        "katib-ui",
        "knative-serving-core",
        "knative-serving-namespaced-admin",
        "knative-serving-namespaced-edit",
        "knative-serving-namespaced-view",
        "kubeflow-istio-edit",
        "kubeflow-istio-view",
        "kubeflow/ml-pipeline-viewer-controller-role",
        "kubeflow/pipeline-runner",
        "ml-pipeline-viewer-controller-role",
        "notebook-controller-role",
        "prometheus-operator",
    }
)
# Secrets of other components, of a namespace or of the cluster.
SECRET_READERS = frozenset(
    {
        "argo-cluster-role",
        "cert-manager-cainjector",
        "cert-manager-controller-certificates",
        "cert-manager-controller-challenges",
        "cert-manager-controller-clusterissuers",
        "cert-manager-controller-issuers",
        "cert-manager-controller-orders",
        "cert-manager/cert-manager-webhook:dynamic-serving",
        "istio-reader-clusterrole-istio-system",
        "istio-system/cluster-local-gateway-sds",
        "istio-system/istio-ingressgateway-sds",
        "istio-system/istiod",
        "istiod-clusterrole-istio-system",
        "jobset-manager-role",
        "katib-controller",
        "knative-serving-core",
        "knative-serving/knative-serving-activator",
        "kserve-llmisvc-manager-role",
        "kserve-localmodelnode-agent-role",
        "kserve-manager-role",
        "kube-state-metrics",
        "kubeflow-kubernetes-edit",
        "kubeflow-metacontroller",
        "kubeflow-system/jobset-manager-secrets-role",
        "kubeflow-trainer-controller-manager",
        "kubeflow/argo-role",
        "kubeflow/centraldashboard",
        "kubeflow/ml-pipeline-ui",
        "kubeflow/pipeline-runner",
        "kubeflow/spark-operator-webhook",
        "llmisvc-manager-role",
        "ml-pipeline-ui",
        "prometheus-operator",
        "training-operator",
    }
)
# They fill in the CA of their own webhooks.
HOOK_WRITERS = frozenset(
    {
        "cert-manager-cainjector",
        "istiod-clusterrole-istio-system",
        "jobset-manager-role",
        "katib-controller",
        "knative-serving-core",
        "kserve-manager-role",
        "kubeflow-trainer-controller-manager",
        "spark-operator-webhook",
        "training-operator",
    }
)
