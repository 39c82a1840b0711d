"""One service asking another."""
