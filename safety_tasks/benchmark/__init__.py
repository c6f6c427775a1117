"""Benchmark: measure an exported model on the holdout; no verdict here."""

from safety_tasks.benchmark.verb import benchmark_artifact, benchmark_candidate, benchmark_champion

__all__ = ["benchmark_artifact", "benchmark_candidate", "benchmark_champion"]
