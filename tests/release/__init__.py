"""The checks before a release: of the tag, and of the bundle for Maven Central."""
