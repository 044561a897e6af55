"""One line becomes one message becomes one event; and the account of a run."""
