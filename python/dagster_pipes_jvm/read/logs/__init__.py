"""Messages between the lines of a driver's output, and the output itself."""
