"""Open a model in ONNX Runtime, with every setting that its speed hangs on said aloud.

Rules: one thread unless somebody says more, since two on a busy machine are slower than one; threads that wait do not
spin, since a spinning one takes the core from the camera's own work; every graph optimisation is on; whatever the
runtime raises becomes the tree's error.
"""

from dataclasses import dataclass

import onnxruntime as ort

from safety_tasks.errors import ArtifactError


@dataclass(frozen=True)
class SessionSettings:
    """How the runtime works: threads inside an operator, and whether a thread that waits spins."""

    threads: int = 1
    spinning: bool = False

    def options(self) -> ort.SessionOptions:
        """Return them in the runtime's words."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "1" if self.spinning else "0"
        )
        options.log_severity_level = 3
        return options


def open_session(payload: bytes, settings: SessionSettings, *, what: str) -> ort.InferenceSession:
    """Open a model that was judged before.

    Raises:
        ArtifactError: the runtime refuses it.
    """
    try:
        return ort.InferenceSession(payload, settings.options(), providers=["CPUExecutionProvider"])
    except Exception as problem:  # the runtime raises bare RuntimeError subclasses
        raise ArtifactError(f"{what}: the runtime refused it: {problem}.") from problem
