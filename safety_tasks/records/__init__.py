"""Frozen records: all that crosses a stage. No I/O happens here."""
