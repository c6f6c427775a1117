"""The two forms that a model's graph may have, behind one protocol.

Rules: a network keeps its buffers from frame to frame, so only one frame at a time may be in it; what it was opened
with is proved against its class map and size; NaN and infinity are an error, never "nothing found".

``ReferenceNetwork`` is fed (1, 3, S, S) float32 RGB 0-1 and gives (1, 4 + classes, N), decoded and through the sigmoid.
``EdgeNetwork`` is fed the square itself, (1, S, S, 3) uint8 BGR, and gives the raw heads, of which only the places that
score are decoded (see ``heads.py``).
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.decode import Boxes, Floats, decode
from safety_tasks.inference.heads import Heads, head_shapes
from safety_tasks.inference.letterbox import Letterbox, Placement, to_blob


class Network(Protocol):
    """A model that takes one picture at a time: ``load``, ``run``, ``boxes``, in this order."""

    def load(self, picture: npt.NDArray[np.uint8]) -> Placement:
        """Letterbox a (height, width, 3) uint8 BGR picture into the input."""

    def run(self) -> None:
        """Run the graph on what was loaded."""

    def boxes(self, min_score: float) -> Boxes:
        """Return what was found (score 0-1 at least ``min_score``), in pixels of the square."""


class ReferenceNetwork:
    """A graph as the training framework exports it."""

    def __init__(
        self, session: ort.InferenceSession, imgsz_px: int, classes: int, *, what: str
    ) -> None:
        """Take a session over, having proved the forms of its input and output.

        Raises:
            ArtifactError: they are not those of the class map and size.
        """
        (model_input,), outputs = session.get_inputs(), session.get_outputs()
        expected, rows = [1, 3, imgsz_px, imgsz_px], 4 + classes
        shapes = [list(output.shape) for output in outputs]
        if (
            list(model_input.shape) != expected
            or len(shapes) != 1
            or shapes[0][:2] != [1, rows]
            or len(shapes[0]) != 3
            or {model_input.type, outputs[0].type} != {"tensor(float)"}
        ):
            raise ArtifactError(
                f"{what}: expected input {expected} and output [1, {rows}, anchors] of floats, found "
                f"{model_input.shape} {model_input.type} and {', '.join(map(str, shapes))} {outputs[0].type}."
            )
        self._session, self._what, self._input = session, what, model_input.name
        self._rows = rows
        self._letterbox = Letterbox(imgsz_px)
        self._output: Floats = np.zeros((rows, 0), np.float32)

    def load(self, picture: npt.NDArray[np.uint8]) -> Placement:
        """Letterbox a picture into the input."""
        return self._letterbox.fit(picture)

    def run(self) -> None:
        """Run the graph."""
        self._output = self.run_raw(to_blob(self._letterbox.square))[0]

    def run_raw(self, blob: Floats) -> Floats:
        """Run the graph: (1, 3, imgsz, imgsz) float32 RGB 0-1 to (1, 4 + classes, anchors) float32.

        Raises:
            ArtifactError: the runtime fails, or the output is not finite.
        """
        try:
            (output,) = self._session.run(None, {self._input: blob})
        except Exception as problem:  # the runtime raises bare RuntimeError subclasses
            raise failed(self._what, problem) from problem
        if output.ndim != 3 or output.shape[:2] != (1, self._rows):
            raise ArtifactError(
                f"{self._what}: expected an output [1, {self._rows}, anchors], found {list(output.shape)} when it ran. "
                "Export the model again."
            )
        require_finite(output, self._what)
        return output  # type: ignore[no-any-return]

    def boxes(self, min_score: float) -> Boxes:
        """Return what was found."""
        return decode(self._output, min_score)


class EdgeNetwork:
    """A graph cut before the decode, fed with the square as it lies in memory; ``heads`` are its answers."""

    def __init__(
        self, session: ort.InferenceSession, imgsz_px: int, classes: int, *, what: str
    ) -> None:
        """Take a session over, having proved the forms of its input and outputs.

        Raises:
            ArtifactError: they are not those of the class map and size.
        """
        (model_input,), outputs = session.get_inputs(), session.get_outputs()
        wanted = head_shapes(imgsz_px, classes)
        expected, found = (
            {"input": [1, imgsz_px, imgsz_px, 3]} | {n: list(s) for n, s in wanted.items()},
            {"input": list(model_input.shape)} | {o.name: list(o.shape) for o in outputs},
        )
        kinds = {o.type for o in outputs}
        if found != expected or model_input.type != "tensor(uint8)" or kinds != {"tensor(float)"}:
            raise ArtifactError(
                f"{what}: expected a uint8 input and float heads {expected}, found {found} of {model_input.type} and "
                f"{', '.join(sorted(kinds))}. Export the model again."
            )
        self._session, self._what = session, what
        self._letterbox = Letterbox(imgsz_px)
        arrays = {name: np.zeros(shape, np.float32) for name, shape in wanted.items()}
        # On a CPU these values are the arrays' own memory: nothing is copied, nor made anew for a frame.
        self._binding = session.io_binding()
        self._values = [ort.OrtValue.ortvalue_from_numpy(self._letterbox.square[None])]
        self._binding.bind_ortvalue_input(model_input.name, self._values[0])
        for name, array in arrays.items():
            value = ort.OrtValue.ortvalue_from_numpy(array)
            self._values.append(value)
            self._binding.bind_ortvalue_output(name, value)
        self.heads = Heads(arrays, imgsz_px)

    def load(self, picture: npt.NDArray[np.uint8]) -> Placement:
        """Letterbox a picture into the input."""
        return self._letterbox.fit(picture)

    def run(self) -> None:
        """Run the graph.

        Raises:
            ArtifactError: the runtime fails.
        """
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as problem:  # the runtime raises bare RuntimeError subclasses
            raise failed(self._what, problem) from problem

    def boxes(self, min_score: float) -> Boxes:
        """Return what was found.

        Raises:
            ArtifactError: the output is not finite.
        """
        return self.heads.boxes(min_score, what=self._what)


def failed(what: str, problem: Exception) -> ArtifactError:
    """Return the tree's error for what the runtime raised in a run."""
    return ArtifactError(f"{what}: expected the model to run, found: {problem}.")


def require_finite(values: Floats, what: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ArtifactError: there is one.
    """
    if not np.isfinite(values).all():
        raise ArtifactError(
            f"{what}: expected finite output, found NaN or infinity. Export it again."
        )
