"""Beffroi watches the sky round airports, raises explained signs, and lets people decide."""
