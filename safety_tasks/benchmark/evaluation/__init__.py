"""Evaluation: one model file against any labelled pictures, read, measured and written down."""
