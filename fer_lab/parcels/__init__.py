"""Recipes for whoever holds data that are not here, and what comes back. No torch."""
