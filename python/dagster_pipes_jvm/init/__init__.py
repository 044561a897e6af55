"""A small project to begin with: assets, Spark jobs in Scala, Java or Python, and a test."""

from dagster_pipes_jvm.init.project import LANGUAGES, Language, create_project
from dagster_pipes_jvm.init.repository import copy_maven_repository

__all__ = ["LANGUAGES", "Language", "copy_maven_repository", "create_project"]
