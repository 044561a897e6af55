"""The one place of the Python distribution's version; it equals `version` in build.sbt (a test compares them)."""

__version__ = "0.1.0"
