"""A small project to begin with: assets, Spark jobs in Scala, Java or Python, and a test."""
