"""`secureconnect doctor`: what is right, what is not, and what mends it."""
