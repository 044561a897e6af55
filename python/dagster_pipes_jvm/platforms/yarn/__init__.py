"""YARN: its applications, and the logs of their containers."""
