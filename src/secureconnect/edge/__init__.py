"""How bytes become calls: identity, limits, problems, sockets, metrics; it knows no service."""
