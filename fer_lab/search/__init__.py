"""Hyper-parameter search where a thesis tuned by hand: trials are runs of the ledger, judged on validation alone."""
