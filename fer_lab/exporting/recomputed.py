"""What a run's own network answers of its items in float32, which tells its precision in training from a fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from fer_lab.exporting.agreement import with_answers
from fer_lab.exporting.network import Network
from fer_lab.exporting.seen import BATCH, Seen
from fer_lab.inference.model import Model
from fer_lab.phases import counted


def recomputed(network: Network, seen: Seen, model: Model) -> pd.DataFrame:
    """The scores of some items with the answers of PyTorch in float32 in the place of the stored ones.

    Args:
        network: of the run.
        seen: the items.
        model: the file of the network, which says in what order it takes its inputs.
    """
    batches = np.array_split(np.arange(len(seen.rows)), max(1, -(-len(seen.rows) // BATCH)))
    found = []
    with torch.inference_mode():
        for numbers in counted("float32", batches, len(batches), "batches of items"):
            shown = seen.inputs(model, numbers)
            given = [torch.from_numpy(np.ascontiguousarray(shown[one.name])) for one in network.takes]
            found.append(network(*given).numpy())
    return with_answers(model.contract.asked, seen.scores, np.concatenate(found))
