"""The way of reports to Dagster's events: `chunks` and `logs` bring lines, and `messages` handles them."""
