"""EMR: what a job becomes there, and how it ends."""
