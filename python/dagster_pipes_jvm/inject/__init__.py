"""The bootstrap parameters of a Pipes session on their way to the job's process."""
