"""Bytes of files under generated names."""
