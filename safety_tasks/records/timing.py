"""Records of time: how fast a model was, on what, and beside what."""

from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Record

Positive = Annotated[float, Field(gt=0)]


class Fingerprint(Record):
    """The hardware and runtime that a time holds for.

    ``features`` are the processor's instructions that matter to a detector, in Linux's words (``avx512_vnni``).
    """

    processor: str
    architecture: str
    cores: Annotated[int, Field(ge=1)]
    features: tuple[str, ...]
    system: str
    python: str
    onnxruntime: str
    opencv: str
    provider: str


class Latency(Record):
    """Whole-frame time: letterbox, run, decode and suppression, after warm-up, the picture already in memory.

    ``pre_ms``, ``run_ms`` and ``post_ms`` are medians of the parts; ``sustained_fps`` is over ``sustained_s`` seconds
    without a pause; ``load_ms`` is from the file's bytes to a model that is ready, checks included; ``peak_rss_bytes``
    is of a process that loads the model and nothing else.
    """

    p50_ms: Positive
    p95_ms: Positive
    p99_ms: Positive
    frames: Annotated[int, Field(ge=1)]
    threads: Annotated[int, Field(ge=1)]
    machine: str
    mean_ms: Positive | None = None
    warmup_frames: Annotated[int, Field(ge=0)] | None = None
    pre_ms: Annotated[float, Field(ge=0)] | None = None
    run_ms: Positive | None = None
    post_ms: Annotated[float, Field(ge=0)] | None = None
    sustained_fps: Positive | None = None
    sustained_s: Positive | None = None
    load_ms: Positive | None = None
    peak_rss_bytes: Annotated[int, Field(gt=0)] | None = None
    spinning: bool | None = None
    fingerprint: Fingerprint | None = None
