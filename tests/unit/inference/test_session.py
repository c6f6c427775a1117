"""Every setting that a model's speed hangs on is said to the runtime, and its refusals become the tree's error."""

import numpy as np
import onnxruntime as ort
import pytest
from toy_models import strong_model, toy_graph

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import session as module
from safety_tasks.inference.session import SessionSettings, open_session

SPINNING = "session.intra_op.allow_spinning"


def test_without_a_word_one_thread_and_no_spinning() -> None:
    """What is best beside a camera's own work is what nobody has to ask for."""
    assert SessionSettings() == SessionSettings(threads=1, spinning=False)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize(("spinning", "entry"), [(False, "0"), (True, "1")])
def test_the_runtime_is_told(threads: int, spinning: bool, entry: str) -> None:
    """Threads and spinning as asked for; always one after another, with every optimisation, and quiet."""
    options = SessionSettings(threads, spinning).options()
    assert options.intra_op_num_threads == threads
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry(SPINNING) == entry
    assert options.execution_mode == ort.ExecutionMode.ORT_SEQUENTIAL
    assert options.graph_optimization_level == ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    assert options.log_severity_level == 3


def test_a_session_has_these_settings() -> None:
    """What was asked for reaches the session; it runs on the CPU alone, also where there is more."""
    session = open_session(strong_model(), SessionSettings(2, True), what="m")
    options = session.get_session_options()
    assert options.intra_op_num_threads == 2
    assert options.get_session_config_entry(SPINNING) == "1"
    assert session.get_providers() == ["CPUExecutionProvider"]
    (output,) = session.run(None, {"images": np.zeros((1, 3, 64, 64), np.float32)})
    assert output.shape == (1, 7, 16)


def newer() -> bytes:
    """Return a model of operators that nobody has written yet."""
    model = toy_graph()
    model.opset_import[0].version = 99
    payload: bytes = model.SerializeToString()
    return payload


@pytest.mark.parametrize("payload", [b"", b"text", strong_model()[:-100], newer()])
def test_what_the_runtime_refuses_is_an_artifact_error(payload: bytes) -> None:
    """The runtime's own exceptions never leave; the message names the model."""
    with pytest.raises(ArtifactError, match=r"run 7: the runtime refused it: .") as caught:
        open_session(payload, SessionSettings(), what="run 7")
    assert caught.value.__cause__ is not None


def test_whatever_the_runtime_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exceptions have no common base but Exception, so none is let through."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(module.ort, "InferenceSession", refuse)
    with pytest.raises(ArtifactError, match="m: the runtime refused it: out of luck"):
        open_session(strong_model(), SessionSettings(), what="m")
