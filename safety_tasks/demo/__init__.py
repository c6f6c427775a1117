"""Synthetic scenes and the embedded demonstration: the whole flow on one machine, without cameras."""
