"""Durable rows in transactions."""
