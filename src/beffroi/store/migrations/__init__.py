"""Migrations of the records, one file a version; they travel inside the package."""
