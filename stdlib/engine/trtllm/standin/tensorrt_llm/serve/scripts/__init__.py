"""Clients that are run by name."""
