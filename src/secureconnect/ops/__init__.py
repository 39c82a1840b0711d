"""Stands outside and looks in: the operator's verbs, doctor, and what generates the reference."""
