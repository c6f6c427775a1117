"""The images: who they run as, what they install, how the stage for SageMaker is laid out."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.sagemaker_toolkit import FRAMEWORK_MODULE

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("image", "service"),
    [("airflow", "airflow-scheduler"), ("trainer", "trainer"), ("edge", "edge")],
)
def test_an_image_ends_as_the_user_that_compose_names(
    stack: Any, dockerfiles: dict[str, list[str]], image: str, service: str
) -> None:
    """The last USER is a number above 0, has an account, and is the one of the composed service."""
    users = [line.split()[1] for line in dockerfiles[image] if line.startswith("USER ")]
    assert users == [stack.services[service]["user"]]
    number = users[0].split(":")[0]
    assert int(number) > 0
    last = [line for line in dockerfiles[image] if not line.startswith(("ENTRYPOINT", "CMD"))][-1]
    assert last == f"USER {users[0]}"
    assert any(f"useradd --uid {number} " in line for line in dockerfiles[image])


def test_images_install_only_hashed_wheels(dockerfiles: dict[str, list[str]]) -> None:
    """Each pip install proves digests; only AWS's toolkits run build scripts, where the image does not keep them."""
    for name, lines in dockerfiles.items():
        installs = [line for line in lines if "pip install" in line]
        assert len(installs) == (2 if name == "trainer" else 1), name
        assert "--require-hashes" in installs[0]
        assert "--only-binary :all:" in installs[0]
        for line in installs[1:]:
            assert "pip wheel --no-cache-dir --disable-pip-version-check --require-hashes" in line
            assert "--no-build-isolation -r /tmp/sagemaker.txt -w /tmp/wheels" in line
            assert "--no-index --no-deps /tmp/wheels/*.whl" in line


def test_the_sagemaker_stage_is_laid_out_as_the_jobs_of_the_tests(
    dockerfiles: dict[str, list[str]],
) -> None:
    """AWS's toolkits first, then the project's packages; the framework's module; no code of ours, no entry point."""
    lines = dockerfiles["trainer"]
    heads = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    stages = {lines[a].split(" AS ")[1]: lines[a + 1 : b] for a, b in pairwise([*heads, None])}
    assert list(stages) == ["packages", "toolkits", "sagemaker", "trainer"]
    stage = stages["sagemaker"]
    [env] = [line.removeprefix("ENV ") for line in stage if line.startswith("ENV ")]
    values = dict(pair.split("=", 1) for pair in env.split())
    assert values["PATH"].split(":") == ["/opt/sagemaker/bin", "/opt/venv/bin", "$PATH"]
    assert values["SAGEMAKER_TRAINING_MODULE"] == FRAMEWORK_MODULE
    assert values["PYTHONUNBUFFERED"] == "1"
    assert [line for line in stage if line.startswith("COPY ")] == [
        "COPY --from=packages /opt/venv /opt/venv",
        "COPY --from=toolkits /opt/sagemaker /opt/sagemaker",
    ]
    assert stage[-1] == 'CMD ["train"]'
    assert not [line for line in stage if line.startswith(("ENTRYPOINT", "USER"))]
    [made] = [line for line in stages["toolkits"] if "site.addsitedir" in line]
    assert "addsitedir('/opt/venv/lib/python3.11/site-packages')" in made
    edge = " ".join(dockerfiles["edge"])
    assert "requirements/edge.txt" in edge
    assert "constraints.txt" not in edge
    assert "apt-get" not in edge


@pytest.mark.parametrize("listed", ["requirements/edge.txt", "docker/airflow/postgres.txt"])
def test_compiled_lists_carry_hashes_and_no_addresses(listed: str) -> None:
    """Each package of a compiled list has a hash, and the list names no server."""
    text = (ROOT / listed).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
