"""The languages of a new project's jobs. The command line imports this module whenever it starts, so it is light."""

from typing import Literal, get_args

Language = Literal["scala", "java", "pyspark"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
