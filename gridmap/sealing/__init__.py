"""Sealing: personal values are encrypted here, before they reach the database."""
