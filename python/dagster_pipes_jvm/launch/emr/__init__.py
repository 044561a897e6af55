"""EMR, the parts that need no cluster: each a pure function from what a user has to what AWS is sent."""
