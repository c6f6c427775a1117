"""Benchmark: measurements of the exported model, without a verdict."""

from safety_tasks.benchmark.verb import benchmark_artifact, benchmark_champion

__all__ = ["benchmark_artifact", "benchmark_champion"]
