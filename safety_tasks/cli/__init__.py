"""The ``safety-tasks`` command: each stage's verb, typed by hand."""
