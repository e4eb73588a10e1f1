"""`python -m examples.train_and_gate.compile`: writes pipeline.yaml anew."""

from pathlib import Path

from kfp import compiler

from examples.train_and_gate.pipeline import train_and_gate

TARGET = Path(__file__).with_name("pipeline.yaml")


def compiled(target: Path) -> Path:
    """The pipeline as the platform takes it, written to `target`."""
    compiler.Compiler().compile(train_and_gate, str(target))
    return target


if __name__ == "__main__":
    compiled(TARGET)
