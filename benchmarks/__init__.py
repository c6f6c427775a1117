"""Side-by-side measurements. Each has a bar that it must keep; see ``python -m benchmarks --help``."""
