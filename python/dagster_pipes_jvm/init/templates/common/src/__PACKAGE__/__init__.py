"""Assets that Spark jobs materialize."""
