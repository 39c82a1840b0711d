"""One folder per need: the port, and beside it the adapters that meet it."""
