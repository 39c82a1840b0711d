"""Calls, signaling and ICE servers."""
