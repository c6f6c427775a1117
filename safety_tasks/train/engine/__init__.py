"""The engine: one training on one machine, from pictures in a folder to weights, whatever cuts it."""
