"""What of a network looks at a whole batch, where a process computes a share of it: batch norm and dropout.

The network is not changed: its calls of ``torch.nn.functional`` are answered otherwise while ``SharedBatch`` is on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from fer_lab.datamodules.share import Share
from fer_lab.errors import ConfigError
from fer_lab.tasks.ranks import Ranks, summed_over_ranks

OTHER_DROPOUT = (F.alpha_dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.feature_alpha_dropout)


class SharedBatch(TorchFunctionMode):
    """While it is on, a network that trains on a share of a batch behaves as if it saw the batch.

    Dropout, also between recurrent layers, and timm's stochastic depth draw what one process draws for the batch, and
    take the share's rows. Batch norm takes its statistics over the ranks, of what each of them computes now: of a
    micro-batch, if the batch is done in several. Its running statistics then remember as many batches as ever.

    Args:
        share: of the batch, that goes through the network now.
        ranks: who computes the others.
        pieces: in how many micro-batches each rank's share is done.
        again: whether the same has gone through before: running statistics stay.
    """

    def __init__(self, share: Share, ranks: Ranks, pieces: int = 1, again: bool = False) -> None:
        super().__init__()
        self.share, self.ranks, self.pieces, self.again = share, ranks, pieces, again
        self.answers: Mapping[Any, Callable[..., Any]] = {
            F.dropout: self.dropout,
            F.batch_norm: self.batch_norm,
            torch.Tensor.bernoulli_: self.bernoulli,
            torch.lstm: partial(self.recurrent, torch.lstm),
            torch.gru: partial(self.recurrent, torch.gru),
            **{kind: partial(_refused, kind) for kind in OTHER_DROPOUT},
        }

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Answer a call of torch."""
        return self.answers.get(func, func)(*args, **(kwargs or {}))

    def dropout(self, x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, axis: int = 0) -> Tensor:
        """``F.dropout`` of the share's rows, along an axis."""
        if not training or not p:
            return x
        rows = self._rows(x.shape[axis])
        mask = F.dropout(_longer(x, rows.total, axis).fill_(1), p)[(slice(None),) * axis + (rows.rows,)]
        return x.mul_(mask) if inplace else x * mask

    def bernoulli(self, x: Tensor, p: float = 0.5) -> Tensor:
        """``Tensor.bernoulli_`` of the share's rows."""
        rows = self._rows(len(x))
        return x.copy_(_longer(x, rows.total, 0).bernoulli_(p)[rows.rows])

    def recurrent(self, kind: Callable[..., Any], x: Tensor, states: Any, *rest: Any) -> Any:
        """``torch.lstm`` and ``torch.gru``, layer by layer where there is dropout in between."""
        weights, biases, layers, p, training, both, batch_first = rest
        if not isinstance(biases, bool):
            raise ConfigError("recurrent layers of packed sequences cannot be shared out", do=DO)
        if not p or not training or layers == 1:
            return kind(x, states, *rest)
        x, found, each, ways = x.transpose(0, 1) if batch_first else x, [], len(weights) // layers, 1 + both
        for layer in range(layers):
            x = self.dropout(x, p, axis=1) if layer else x
            cut = slice(layer * ways, (layer + 1) * ways)
            own = states[cut] if isinstance(states, Tensor) else tuple(state[cut] for state in states)
            x, *last = kind(x, own, weights[layer * each :][:each], biases, 1, 0.0, training, both, False)
            found.append(last)
        return (x.transpose(0, 1) if batch_first else x, *map(torch.cat, zip(*found, strict=True)))

    def batch_norm(
        self,
        x: Tensor,
        mean: Tensor | None,
        var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """``F.batch_norm`` with the statistics of all ranks."""
        if not training:
            return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
        if self.again and mean is not None and var is not None:
            mean, var = mean.clone(), var.clone()
        momentum = 1 - (1 - momentum) ** (1 / self.pieces) if self.pieces > 1 else momentum
        if self.ranks.count == 1:
            return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
        return _normalised(x, mean, var, weight, bias, momentum, eps)

    def _rows(self, count: int) -> Share:
        """The share's rows of the batch, where ``count`` of them are the share's."""
        if count % self.share.size:
            raise ConfigError(f"dropout of {count} rows of {self.share.size} items cannot be shared out", do=DO)
        return self.share.times(count // self.share.size)


DO = "set trainer.devices=1, and a batch_size that fits its memory"


def _refused(kind: Callable[..., Any], x: Tensor, *args: Any, training: bool = True, **kwargs: Any) -> Tensor:
    if training:
        raise ConfigError(f"{kind.__name__} of a batch cannot be shared out", expected="dropout", do=DO)
    return x


def _longer(x: Tensor, rows: int, axis: int) -> Tensor:
    """An empty tensor as ``x``, of more rows along an axis, and laid out in memory in the same order."""
    shape = (*x.shape[:axis], rows, *x.shape[axis + 1 :])
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    layout = layouts.get(x.dim(), torch.contiguous_format)
    is_last = not x.is_contiguous() and x.is_contiguous(memory_format=layout)
    return torch.empty(
        shape, dtype=x.dtype, device=x.device, memory_format=layout if is_last else torch.contiguous_format
    )


def _normalised(
    x: Tensor,
    mean: Tensor | None,
    var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    momentum: float,
    eps: float,
) -> Tensor:
    """Batch norm (B, C, ...) by the statistics of all ranks, in float32 at the least, on any device."""
    with torch.autocast(x.device.type, enabled=False):
        values, over = x.to(torch.promote_types(x.dtype, torch.float32)), [0, *range(2, x.dim())]
        shape = (1, -1, *[1] * (x.dim() - 2))
        own = torch.cat([values.sum(over), values.new_tensor([x.numel() / x.shape[1]])])
        summed = summed_over_ranks(own)
        total, count = summed[:-1], summed[-1]
        centred = values - (total / count).view(shape)
        spread = summed_over_ranks(centred.square().sum(over)) / count
        scale = (spread + eps).rsqrt() * (1.0 if weight is None else weight)
        found = centred * scale.view(shape)
        found = found if bias is None else found + bias.view(shape)
    with torch.no_grad():
        if mean is not None and var is not None:
            mean.lerp_(total / count, momentum)
            var.lerp_(spread * count / (count - 1), momentum)
    return found.to(x.dtype)
