"""Exact instruction counts of an emulated function, from the emulator's block hook.

A hook on single instructions would miss those of an IT block that are not executed, which take their time all the
same; a block's bytes hold every one. Blocks are frequent: where the host has a compiler the hook is C (about twenty
times as fast), else Python. Both count the same.
"""

import ctypes
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rs2c.simulate.emulator import Program, import_unicorn
from rs2c.simulate.host_plugin import host_plugin

CycleTable = npt.NDArray[np.uint8]


class Counter(Protocol):
    """Least and most instructions from `entry` to `exit`, how often they were counted, and cycles by a table."""

    minimum: int
    maximum: int
    measured: int
    fewest_cycles: int
    most_cycles: int


class _NativeCounter(ctypes.Structure):
    """rs2c_counter of firmware/harness/block_counter.c."""

    _fields_ = (
        ("code", ctypes.c_char_p),
        ("cycles", ctypes.c_void_p),
        *((name, ctypes.c_uint32) for name in ("origin", "length", "entry", "exit", "riscv", "inside")),
        *((name, ctypes.c_uint64) for name in ("running", "minimum", "maximum", "measured")),
        *((name, ctypes.c_uint64) for name in ("least", "most", "fewest_cycles", "most_cycles", "last", "behind")),
    )


class _PythonCounter:
    def __init__(
        self, riscv: bool, code: bytes, origin: int, entry: int, exit_: int, cycles: CycleTable | None
    ) -> None:
        self.minimum, self.maximum, self.measured = 2**64 - 1, 0, 0
        self.fewest_cycles, self.most_cycles = 2**64 - 1, 0
        self._riscv, self._code, self._origin, self._entry, self._exit = riscv, code, origin, entry, exit_
        self._cycles = np.zeros((4, len(code) // 2 + 1), np.uint8) if cycles is None else cycles
        self._inside, self._running, self._behind = False, np.zeros(3, np.int64), 0
        self._last = np.zeros(2, np.int64)  # what branching adds to the instruction that was last
        self._costs: dict[tuple[int, int], tuple[Any, Any]] = {}

    def block(self, _uc: Any, address: int, size: int, _data: Any) -> None:
        if not self._inside:
            if address != self._entry:
                return
            self._inside = True
            self._running[:] = 0
        elif address != self._behind:
            self._running[1:] += self._last
        if address == self._exit:
            self._inside = False
            count, least, most = self._running.tolist()
            self.measured += 1
            self.minimum, self.maximum = min(self.minimum, count), max(self.maximum, count)
            self.fewest_cycles, self.most_cycles = min(self.fewest_cycles, least), max(self.most_cycles, most)
            return
        if (address, size) not in self._costs:
            self._costs[address, size] = self._cost(address - self._origin, size)
        cost, self._last = self._costs[address, size]
        self._running += cost
        self._behind = address + size

    def _cost(self, offset: int, size: int) -> tuple[Any, Any]:
        """Instructions, least and most cycles of a block (3,); and what branching at its end adds (2,)."""
        end, places = offset + size, []
        while offset < end <= len(self._code):
            places.append(offset // 2)
            offset += _length(self._code[offset], self._code[offset + 1], self._riscv)
        cycles = self._cycles[:, places].astype(np.int64)
        added = cycles[2:, -1] if places else np.zeros(2, np.int64)
        return np.array([len(places), *cycles[:2].sum(axis=1)]), added


def _length(first: int, second: int, riscv: bool) -> int:
    """Bytes of the instruction that begins with two bytes."""
    if riscv:
        return 4 if first & 3 == 3 else 2
    # Thumb: 0b11101, 0b11110 and 0b11111 begin an instruction of 32 bits
    return 4 if second >= 0xE8 else 2


def attach_counter(uc: Any, program: Program, hook: Any, cycles: CycleTable | None) -> Counter:
    """Count from rs2c_infer to rs2c_returned in whatever `uc` runs of a program from now on.

    `hook` is what `native_hook` gave; None counts in Python. `cycles` is a table of `rs2c.simulate.cycles`, or None.
    """
    unicorn = import_unicorn()
    riscv, (origin, code) = program.machine == "EM_RISCV", program.flash()
    entry, exit_ = program.symbols["rs2c_infer"], program.symbols["rs2c_returned"]
    if hook is None:
        python = _PythonCounter(riscv, code, origin, entry, exit_, cycles)
        uc.hook_add(unicorn.UC_HOOK_BLOCK, python.block)
        return python
    from unicorn.unicorn_py3.unicorn import uclib

    native = _NativeCounter(code=code, origin=origin, length=len(code), entry=entry, exit=exit_, riscv=riscv)
    native.minimum = native.fewest_cycles = 2**64 - 1
    if cycles is not None:
        native.table = np.ascontiguousarray(cycles)  # kept as long as the counter is
        native.cycles = native.table.ctypes.data
    status = uclib.uc_hook_add(
        uc._uch,
        ctypes.byref(ctypes.c_size_t()),
        unicorn.UC_HOOK_BLOCK,
        ctypes.cast(hook, ctypes.c_void_p),
        ctypes.cast(ctypes.pointer(native), ctypes.c_void_p),
        ctypes.c_uint64(1),
        ctypes.c_uint64(0),
    )
    if status:
        raise unicorn.UcError(status)
    return native


def native_hook() -> Any:
    """The C hook compiled and loaded.

    None where there is no compiler, files may not hold programs, or unicorn's binding is not the one known here.
    """
    try:
        import unicorn.unicorn_py3.unicorn  # noqa: F401

        hook = host_plugin("block_counter.c")
        return None if hook is None else ctypes.CDLL(str(hook)).rs2c_count_block
    except (ImportError, OSError):
        return None
