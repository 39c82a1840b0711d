"""Wake-ups for devices."""
