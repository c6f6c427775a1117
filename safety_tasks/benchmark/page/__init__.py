"""The benchmark report as one page that works offline, in English and Korean."""
