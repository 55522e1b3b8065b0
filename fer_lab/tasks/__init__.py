"""LightningModules, one a kind of task, and what reads their predictions while they train."""
