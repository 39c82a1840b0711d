"""The rows of auth and the queries on them."""
