"""The linear probe while rows are trained: what rows read on the line between two nodes, and its gradients.

Both functions take u (m, L), the places of m inputs in the columns of L rows, within [0, R - 1], and `base` (L,), where
the count array of each row begins among all nodes. The gradient to a node is its share of the line, that to u the slope
of the line. They are written by hand because the gradient of torch's own indexing takes most of a training.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def read_lines(torch: Any, line: Any, u: Any, base: Any, columns: int) -> Any:
    """What each row reads, (m, L), from nodes (T * R,)."""
    return _functions(torch)[0].apply(line, u, base, columns)


def sum_of_lines(torch: Any, nodes: Any, u: Any, base: Any, columns: int) -> Any:
    """The sum (m, C) of what the rows read from nodes (T * R, C)."""
    return _functions(torch)[1].apply(nodes, u, base, columns)


@lru_cache(maxsize=1)
def _functions(torch: Any) -> tuple[Any, Any]:
    def places(u: Any, base: Any, columns: int) -> tuple[Any, Any]:
        """The node left of each u, as a place among all nodes, and how far u lies beyond it."""
        node = u.floor().clamp_(max=columns - 2)
        return node.long() + base, u - node

    class Lines(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, line: Any, u: Any, base: Any, columns: int) -> Any:
            place, share = places(u, base, columns)
            flat = place.flatten()
            slope = line.diff().index_select(0, flat).view_as(u)
            ctx.save_for_backward(flat, share, slope)
            ctx.nodes = len(line)
            return torch.addcmul(line.index_select(0, flat).view_as(u), share, slope)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> tuple[Any, Any, None, None]:
            flat, share, slope = ctx.saved_tensors
            whole, right = (
                torch.bincount(flat, part.flatten(), ctx.nodes).to(gradient.dtype)
                for part in (gradient, gradient * share)
            )
            whole -= right
            whole[1:] += right[:-1]
            return whole, gradient * slope, None, None

    class Sum(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, nodes: Any, u: Any, base: Any, columns: int) -> Any:
            place, share = places(u, base, columns)
            shares = torch.zeros(len(u), len(nodes))
            shares.scatter_add_(1, place, 1 - share).scatter_add_(1, place + 1, share)
            ctx.save_for_backward(nodes, shares, place)
            return shares @ nodes

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> tuple[Any, Any, None, None]:
            nodes, shares, place = ctx.saved_tensors
            worth = gradient @ nodes.T
            return shares.T @ gradient, worth.gather(1, place + 1) - worth.gather(1, place), None, None

    return Lines, Sum
