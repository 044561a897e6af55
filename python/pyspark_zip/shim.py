"""The `__init__` of the packages of the zip, see `_pipes_jvm`. It leaves no name behind."""

__import__("_pipes_jvm").load(__name__)
