"""Find SageMaker's own toolkits, which live in an environment of their own, as in its containers.

Rule: where they are absent a test fails and says how to get them; it never skips.
"""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# What the PyTorch container's image sets as SAGEMAKER_TRAINING_MODULE.
FRAMEWORK_MODULE = "sagemaker_pytorch_container.training:main"
TOOLKIT = CHECKOUT / ".venv-sagemaker"


def toolkit_program(name: str) -> Path:
    """Return a program of the toolkits' environment: ``train``, ``python``.

    Raises:
        AssertionError: the environment is not there.
    """
    path = TOOLKIT / "bin" / name
    assert path.exists(), (
        f"expected SageMaker's toolkits in {TOOLKIT.name}/, found no {path.name}. Run `make test`, "
        "which installs requirements/sagemaker.txt there."
    )
    return path
