"""The linear probe in training: values and gradients are those of plain indexing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rs2c.train.probe_gradient import read_lines, sum_of_lines
from rs2c.train.torch_setup import load_torch

ROWS, POINTS = 7, 60


def by_indexing(nodes: Any, u: Any, base: Any, columns: int) -> Any:
    """What each row reads, (m, L, C), with the gradients that torch finds itself."""
    node = u.detach().floor().clamp(max=columns - 2)
    place = node.long() + base
    return nodes[place] + (u - node)[..., None] * (nodes[place + 1] - nodes[place])


@pytest.mark.parametrize("arrays", [1, 3, ROWS])
@pytest.mark.parametrize("columns", [4, 8])
def test_values_and_gradients(arrays: int, columns: int) -> None:
    torch = load_torch(arrays)
    base = torch.arange(ROWS) % arrays * columns
    u = (torch.rand(POINTS, ROWS) * (columns - 1)).requires_grad_()
    with torch.no_grad():
        u[0], u[1], u[2] = 0.0, columns - 1.0, 1.0  # both ends, and a node
    for scores in (1, 5):
        nodes = torch.randn(arrays * columns, scores, requires_grad=True)
        weight = torch.randn(POINTS, ROWS, scores) if scores == 1 else torch.randn(POINTS, 1, scores)
        reads = by_indexing(nodes, u, base, columns)
        expected = reads if scores == 1 else reads.sum(1, keepdim=True)
        if scores == 1:
            found = read_lines(torch, nodes[:, 0], u, base, columns)[..., None]
        else:
            found = sum_of_lines(torch, nodes, u, base, columns)[:, None]
        np.testing.assert_allclose(found.detach(), expected.detach(), atol=1e-5)
        for a, b in zip(*(torch.autograd.grad((v * weight).sum(), (nodes, u)) for v in (found, expected)), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-4)
