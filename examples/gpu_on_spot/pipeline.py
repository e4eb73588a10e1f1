"""load_data -> train_on_gpu -> evaluate_boosted: trees on a spot GPU, kept as they grow.

Each component is a program of its own: it runs in a container and imports what it needs there.
"""

from kfp import dsl, kubernetes

from examples.train_and_gate.pipeline import IMAGE, load_data

BOOST = ["xgboost==3.2.0", "pandas==2.3.3"]
KEEP = ["boto3==1.44.8"]
GPU = "nvidia.com/gpu"
POOL_LABEL, POOL = "kubeflow-stack/pool", "gpu"
# Of every team's namespace: the keys to the object store, and where in it the team's place is.
KEYS, LAUNCHER = "mlpipeline-minio-artifact", "kfp-launcher"
RETRIES = 5


@dsl.component(base_image=IMAGE, packages_to_install=[*BOOST, *KEEP])
def train_on_gpu(
    train: dsl.Input[dsl.Dataset],
    name: str,
    rounds: int,
    every: int,
    device: str,
    model: dsl.Output[dsl.Model],
) -> int:
    """Boosted trees, kept in the object store as `name` after `every` rounds; gives how many were
    there when it began: after a machine was taken away it goes on, and does not begin anew.
    """
    import json
    import os
    from pathlib import Path
    from typing import Any
    from urllib.parse import urlsplit

    import boto3
    import pandas as pd
    import xgboost as xgb
    from botocore.config import Config

    root = urlsplit(os.environ["PIPELINE_ROOT"])
    place = {"Bucket": root.netloc, "Key": f"{root.path.strip('/')}/checkpoints/{name}.ubj"}
    # A stack without a bucket of its own names no store here: it is the cluster's.
    kept = json.loads(os.environ.get("OBJECT_STORES", "{}")).get("s3", {}).get("default", {})
    store = boto3.client(
        "s3",
        endpoint_url=kept.get("endpoint", "http://seaweedfs.kubeflow:8333"),
        region_name=kept.get("region", "us-east-1"),
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    data = pd.read_csv(train.path)
    taught = xgb.DMatrix(data.drop(columns="label"), label=data["label"])
    said = {"objective": "binary:logistic", "device": device, "max_depth": 6, "seed": 7}

    trees: Any = None
    done = 0
    try:
        found = store.get_object(**place)["Body"].read()
        trees = xgb.Booster(said, model_file=bytearray(found))
        done = trees.num_boosted_rounds()
    except store.exceptions.NoSuchKey:
        print(f"nothing is kept as {name} yet")
    for start in range(done, rounds, every):
        more = min(every, rounds - start)
        trees = xgb.train(said, taught, num_boost_round=more, xgb_model=trees)
        store.put_object(**place, Body=bytes(trees.save_raw("ubj")))
        print(f"{start + more} of {rounds} rounds are kept as {name}")
    Path(model.path).write_bytes(trees.save_raw("ubj"))
    model.metadata["framework"] = "xgboost"
    return done


@dsl.component(base_image=IMAGE, packages_to_install=BOOST)
def evaluate_boosted(
    model: dsl.Input[dsl.Model], test: dsl.Input[dsl.Dataset], metrics: dsl.Output[dsl.Metrics]
) -> float:
    """The share of the points set apart that the model calls right."""
    from pathlib import Path

    import pandas as pd
    import xgboost as xgb

    data = pd.read_csv(test.path)
    trees = xgb.Booster(model_file=bytearray(Path(model.path).read_bytes()))
    likely = trees.predict(xgb.DMatrix(data.drop(columns="label")))
    accuracy = float((likely.round() == data["label"]).mean())
    metrics.log_metric("accuracy", accuracy)
    return accuracy


@dsl.pipeline(name="gpu-on-spot", description="A model trained on machines that come and go.")
def gpu_on_spot(
    name: str,
    rows: int = 2000,
    noise: float = 0.02,
    rounds: int = 200,
    every: int = 20,
    device: str = "cuda",
) -> None:
    """`name` is what the training is kept as: a run with the same name goes on with it."""
    data = load_data(rows=rows, noise=noise)
    trained = train_on_gpu(
        train=data.outputs["train"], name=name, rounds=rounds, every=every, device=device
    )
    judged = evaluate_boosted(model=trained.outputs["model"], test=data.outputs["test"])

    trained.set_accelerator_type(GPU).set_accelerator_limit(1)
    kubernetes.add_toleration(trained, key=GPU, operator="Exists", effect="NoSchedule")
    kubernetes.add_node_selector(trained, POOL_LABEL, POOL)
    trained.set_retry(RETRIES, backoff_duration="30s", backoff_factor=2)
    # An image without CUDA is given the driver's libraries only when it asks for them.
    trained.set_env_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
    trained.set_cpu_request("2").set_memory_request("4Gi").set_memory_limit("8Gi")
    kubernetes.use_secret_as_env(
        trained, KEYS, {"accesskey": "AWS_ACCESS_KEY_ID", "secretkey": "AWS_SECRET_ACCESS_KEY"}
    )
    kubernetes.use_config_map_as_env(trained, LAUNCHER, {"defaultPipelineRoot": "PIPELINE_ROOT"})
    kubernetes.use_config_map_as_env(
        trained, LAUNCHER, {"providers": "OBJECT_STORES"}, optional=True
    )
    for task in (data, judged):
        task.set_cpu_request("500m").set_memory_request("512M").set_memory_limit("1G")
