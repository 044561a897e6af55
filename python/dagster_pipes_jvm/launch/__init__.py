"""Starting a job where it runs: one client a file, each read top to bottom as a run happens."""
