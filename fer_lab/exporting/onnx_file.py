"""A run's network as ONNX: the graph, and what is known of it among its metadata."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version

import onnx
import torch
from torch import Tensor

from fer_lab.exporting.network import Network
from fer_lab.inference.contract import KEY, Contract, Input
from fer_lab.inference.graph import graph_checksum
from fer_lab.inference.model import ANSWERS

OPSET = 18


def onnx_model(network: Network, contract: Contract) -> onnx.ModelProto:
    """A network as one file's content: it takes any number of items at once.

    Args:
        network: on the CPU.
        contract: of it, which travels along.
    """
    model = with_contract(graph_of(network), contract)
    onnx.checker.check_model(model, full_check=True)
    return model


def with_contract(model: onnx.ModelProto, contract: Contract) -> onnx.ModelProto:
    """The same model, which says this of itself and what its graph's checksum is, and nothing else."""
    model.producer_name, model.producer_version = "fer_lab", version("fer_lab")
    del model.metadata_props[:]
    checked = replace(contract, graph=graph_checksum(model.SerializeToString()))
    onnx.helper.set_model_props(model, {KEY: checked.text()})
    return model


def graph_of(network: Network) -> onnx.ModelProto:
    """The graph alone, its weights inside."""
    names = [one.name for one in network.takes]
    items = torch.export.Dim("items")
    with quiet():
        program = torch.onnx.export(
            network,
            example(network.takes, 2),
            input_names=names,
            output_names=[ANSWERS],
            dynamic_shapes={"inputs": tuple({0: items} for _ in names)},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")  # it does where it writes a file itself
    model: onnx.ModelProto = program.model_proto
    return model


def example(takes: Sequence[Input], items: int) -> tuple[Tensor, ...]:
    """So many items of noise, as a network takes them."""
    generator = torch.Generator().manual_seed(0)
    made = [torch.rand((items, *one.shape), generator=generator) for one in takes]
    return tuple((values * 255).byte() if one.is_view else values for one, values in zip(takes, made, strict=True))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what torch's exporters say of their own workings to themselves; their exceptions are not touched."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
