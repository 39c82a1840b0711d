"""Publish and subscribe, at most once."""
