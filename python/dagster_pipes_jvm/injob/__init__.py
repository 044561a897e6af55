"""The code that runs inside a job, on Python 3.9."""
