"""The event log of conversations."""
