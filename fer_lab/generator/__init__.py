"""Procedural faces: identities, action units over time, rendering, ground truth."""
