"""Results as others can cite them: an RO-Crate of tables, verdicts, runs and splits, checked by kept libraries.

`rocrate`, `mlcroissant` and `roc-validator` are the extra ``crate``, imported when a crate is written or checked. No
torch.
"""
