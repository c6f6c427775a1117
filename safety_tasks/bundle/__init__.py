"""How a release is laid out and proved: release writes it, edge reads it, nobody else knows."""
