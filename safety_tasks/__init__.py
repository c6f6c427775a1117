"""Keep the eyes of industrial fire and fall detection sharp: retrain, judge, release, deploy."""

__version__ = "0.1.0"
