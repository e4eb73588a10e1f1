"""load_data -> train_model -> evaluate_model, and register_model where the accuracy is enough.

Each component is a program of its own: it runs in a container and imports what it needs there.
"""

from typing import NamedTuple

from kfp import dsl, kubernetes

IMAGE = "python:3.11-slim"
LEARN = ["scikit-learn==1.9.1", "pandas==2.3.3"]
REGISTER = ["model-registry==0.3.7"]
THRESHOLD = 0.8
RETRIES = 2
# Of the PodDefault in pod_default.yaml, which brings a token that opens the gateway.
TOKEN_LABEL = "token-for-the-gateway"
TOKEN_FILE = "/var/run/secrets/gateway/token"


@dsl.component(base_image=IMAGE, packages_to_install=LEARN)
def load_data(
    rows: int, noise: float, train: dsl.Output[dsl.Dataset], test: dsl.Output[dsl.Dataset]
) -> None:
    """Points of two classes, a quarter of them set apart; `noise` of them have a wrong label."""
    import pandas as pd
    from sklearn.datasets import make_classification
    from sklearn.model_selection import train_test_split

    points, classes = make_classification(
        n_samples=rows, n_features=8, n_informative=5, flip_y=noise, random_state=7
    )
    whole = pd.DataFrame(points, columns=[f"x{n}" for n in range(8)]).assign(label=classes)
    kept, apart = train_test_split(whole, test_size=0.25, random_state=7, stratify=classes)
    kept.to_csv(train.path, index=False)
    apart.to_csv(test.path, index=False)


@dsl.component(base_image=IMAGE, packages_to_install=LEARN)
def train_model(train: dsl.Input[dsl.Dataset], trees: int, model: dsl.Output[dsl.Model]) -> None:
    """A random forest."""
    import joblib
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    data = pd.read_csv(train.path)
    forest = RandomForestClassifier(n_estimators=trees, random_state=7)
    forest.fit(data.drop(columns="label"), data["label"])
    joblib.dump(forest, model.path)
    model.metadata["framework"] = "sklearn"


@dsl.component(base_image=IMAGE, packages_to_install=LEARN)
def evaluate_model(
    model: dsl.Input[dsl.Model], test: dsl.Input[dsl.Dataset], metrics: dsl.Output[dsl.Metrics]
) -> float:
    """The share of the points set apart that the model calls right."""
    import joblib
    import pandas as pd

    data = pd.read_csv(test.path)
    accuracy = float(joblib.load(model.path).score(data.drop(columns="label"), data["label"]))
    metrics.log_metric("accuracy", accuracy)
    return accuracy


@dsl.component(base_image=IMAGE, packages_to_install=REGISTER)
def register_model(
    model: dsl.Input[dsl.Model],
    accuracy: float,
    name: str,
    version: str,
    platform: str,
    ca_certificate: str,
    token_file: str,
) -> NamedTuple("Registered", [("registered", str)]):  # type: ignore[valid-type]
    """The model in the registry, by the platform's address, with its accuracy beside it."""
    from collections import namedtuple
    from pathlib import Path
    from urllib.parse import urlsplit

    from model_registry import ModelRegistry

    place = urlsplit(platform)
    trusted = Path("/tmp/ca.pem")
    if ca_certificate:
        trusted.write_text(ca_certificate)
    registry = ModelRegistry(
        f"{place.scheme}://{place.hostname}",
        place.port or (443 if place.scheme == "https" else 80),
        author="train-and-gate",
        is_secure=place.scheme == "https",
        user_token=Path(token_file).read_text() if Path(token_file).exists() else None,
        custom_ca=str(trusted) if ca_certificate else None,
    )
    registry.register_model(
        name,
        model.uri,
        version=version,
        model_format_name="sklearn",
        model_format_version="1",
        metadata={"accuracy": accuracy},
    )
    return namedtuple("Registered", ["registered"])(f"{name}:{version}")


@dsl.pipeline(name="train-and-gate", description="A model that is registered if it is good enough.")
def train_and_gate(
    version: str,
    platform: str,
    ca_certificate: str = "",
    name: str = "points",
    rows: int = 2000,
    noise: float = 0.02,
    trees: int = 100,
    threshold: float = THRESHOLD,
    token_file: str = TOKEN_FILE,
) -> None:
    """`platform` is the address of the stack, `version` what the model is registered as."""
    data = load_data(rows=rows, noise=noise)
    trained = train_model(train=data.outputs["train"], trees=trees).set_retry(RETRIES)
    judged = evaluate_model(model=trained.outputs["model"], test=data.outputs["test"])
    with dsl.If(judged.outputs["Output"] >= threshold, name="good-enough"):
        registered = register_model(
            model=trained.outputs["model"],
            accuracy=judged.outputs["Output"],
            name=name,
            version=version,
            platform=platform,
            ca_certificate=ca_certificate,
            token_file=token_file,
        )
        # Registering is not a figure to be looked up: it has to happen each time.
        registered.set_caching_options(enable_caching=False).set_retry(RETRIES)
        kubernetes.add_pod_label(registered, TOKEN_LABEL, "true")
    for task in (data, trained, judged):
        task.set_cpu_request("500m").set_memory_request("512M").set_memory_limit("1G")
