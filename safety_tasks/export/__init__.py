"""Export: the candidate as the reference ONNX model, proved to agree with its weights."""

from safety_tasks.export.verb import export_candidate

__all__ = ["export_candidate"]
