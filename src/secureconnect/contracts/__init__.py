"""The product's words as types: what stands on the wire and between the services."""
