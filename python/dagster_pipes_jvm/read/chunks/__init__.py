"""Numbered chunks in a store, in order; the JVM's partner is `dagsterpipes.write`'s chunked channel."""
