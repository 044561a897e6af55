"""spark-submit on this machine, to any master."""
