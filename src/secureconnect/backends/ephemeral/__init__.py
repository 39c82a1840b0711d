"""Values that expire."""
