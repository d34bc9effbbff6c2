"""The HTTP servers: the worker and the coordinator."""
