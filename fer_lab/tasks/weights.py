"""What of a model trains, and how its weights lie in memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def frozen_parts(model: nn.Module) -> list[nn.Module]:
    """The submodules that ``model.frozen`` names: they do not train."""
    return [model.get_submodule(name) for name in getattr(model, "frozen", ())]


def trained_names(model: nn.Module) -> list[str]:
    """Keys of the model's state outside its frozen parts: parameters and batch statistics."""
    frozen = tuple(f"{name}." for name in getattr(model, "frozen", ()))
    return [name for name in model.state_dict() if not name.startswith(frozen)]


def trained_state(model: nn.Module) -> dict[str, Tensor]:
    """The state outside the frozen parts, on the CPU and contiguous, as safetensors wants it."""
    state = model.state_dict()
    return {name: state[name].detach().cpu().contiguous() for name in trained_names(model)}


def as_channels_last(model: nn.Module) -> nn.Module:
    """Lay out the weights of convolutions channels last, 2-D and 3-D: about twice as fast in bf16 on a CPU."""
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    for parameter in model.parameters():
        if (layout := layouts.get(parameter.dim())) is not None:
            parameter.data = parameter.data.contiguous(memory_format=layout)
    return model
