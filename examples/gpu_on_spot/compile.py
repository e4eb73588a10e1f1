"""`python -m examples.gpu_on_spot.compile`: writes pipeline.yaml anew."""

from pathlib import Path

from kfp import compiler

from examples.gpu_on_spot.pipeline import gpu_on_spot

TARGET = Path(__file__).with_name("pipeline.yaml")


def compiled(target: Path) -> Path:
    """The pipeline as the platform takes it, written to `target`."""
    compiler.Compiler().compile(gpu_on_spot, str(target))
    return target


if __name__ == "__main__":
    compiled(TARGET)
