"""Accounts, sessions, devices, tokens, friends and invites."""
