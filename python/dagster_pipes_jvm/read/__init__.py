"""What a job reports, on its way to Dagster's events: `chunks` and `logs` bring lines, `messages` handles them."""
