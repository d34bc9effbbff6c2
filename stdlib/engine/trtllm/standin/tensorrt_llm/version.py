"""The version that the stand-in answers for: an engine of 1.2, marked so that no log can be mistaken."""

__version__ = "1.2.0+standin"
