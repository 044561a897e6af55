"""How the bootstrap parameters of a Pipes session reach the job's process."""
