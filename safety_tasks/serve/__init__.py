"""Serve: the champion behind a SageMaker endpoint, by the same inference path as on a device.

Rule: a part is imported when it is asked for, since the endpoint's container holds only what the handler needs.
"""
