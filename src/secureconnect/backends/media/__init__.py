"""Rooms for calls."""
