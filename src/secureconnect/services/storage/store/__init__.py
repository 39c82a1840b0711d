"""The rows of storage and the queries on them."""
