"""Conversations, members, the event log, receipts and presence."""
