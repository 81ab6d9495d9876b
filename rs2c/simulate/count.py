"""Exact instruction counts of an emulated function, from the emulator's block hook.

A hook on single instructions would miss those of an IT block that are not executed, which take their time all the
same; a block's bytes hold every one. Blocks are frequent: where the host has a compiler the hook is C (about twenty
times as fast), else Python. Both count the same.
"""

import ctypes
from pathlib import Path
from typing import Any, Protocol

from rs2c.resources import resource_path
from rs2c.simulate.emulator import Program, import_unicorn
from rs2c.toolchain import CompileError, find_host_compilers, run_compiler


class Counter(Protocol):
    """Least and most instructions from `entry` to `exit`, and how often they were counted."""

    minimum: int
    maximum: int
    measured: int


class _NativeCounter(ctypes.Structure):
    """rs2c_counter of firmware/harness/block_counter.c."""

    _fields_ = (
        ("code", ctypes.c_char_p),
        *((name, ctypes.c_uint32) for name in ("origin", "length", "entry", "exit", "riscv", "inside")),
        *((name, ctypes.c_uint64) for name in ("running", "minimum", "maximum", "measured")),
    )


class _PythonCounter:
    def __init__(self, riscv: bool, code: bytes, origin: int, entry: int, exit_: int) -> None:
        self.minimum, self.maximum, self.measured = 2**64 - 1, 0, 0
        self._riscv, self._code, self._origin, self._entry, self._exit = riscv, code, origin, entry, exit_
        self._inside, self._running = False, 0
        self._lengths: dict[tuple[int, int], int] = {}

    def block(self, _uc: Any, address: int, size: int, _data: Any) -> None:
        if not self._inside:
            if address != self._entry:
                return
            self._inside, self._running = True, 0
        elif address == self._exit:
            self._inside = False
            self.measured += 1
            self.minimum, self.maximum = min(self.minimum, self._running), max(self.maximum, self._running)
            return
        length = self._lengths.get((address, size))
        if length is None:
            length = self._lengths[address, size] = self._instructions(address - self._origin, size)
        self._running += length

    def _instructions(self, offset: int, size: int) -> int:
        count, end = 0, offset + size
        while offset < end <= len(self._code):
            offset += _length(self._code[offset], self._code[offset + 1], self._riscv)
            count += 1
        return count


def _length(first: int, second: int, riscv: bool) -> int:
    """Bytes of the instruction that begins with two bytes."""
    if riscv:
        return 4 if first & 3 == 3 else 2
    # Thumb: 0b11101, 0b11110 and 0b11111 begin an instruction of 32 bits
    return 4 if second >= 0xE8 else 2


def attach_counter(uc: Any, program: Program, hook: Any) -> Counter:
    """Count from rs2c_infer to rs2c_returned in whatever `uc` runs of a program from now on.

    `hook` is what `build_hook` gave; None counts in Python.
    """
    unicorn = import_unicorn()
    riscv, (origin, code) = program.machine == "EM_RISCV", program.flash()
    entry, exit_ = program.symbols["rs2c_infer"], program.symbols["rs2c_returned"]
    if hook is None:
        python = _PythonCounter(riscv, code, origin, entry, exit_)
        uc.hook_add(unicorn.UC_HOOK_BLOCK, python.block)
        return python
    from unicorn.unicorn_py3.unicorn import uclib

    native = _NativeCounter(code, origin, len(code), entry, exit_, riscv, 0, 0, 2**64 - 1, 0, 0)
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


def build_hook(folder: Path) -> Any:
    """The C hook compiled in `folder` and loaded, or None.

    None where there is no compiler, the folder may not hold programs, or unicorn's binding is not the one known here.
    """
    try:
        import unicorn.unicorn_py3.unicorn  # noqa: F401

        hook = folder / "block_counter.so"
        source = resource_path("firmware") / "harness" / "block_counter.c"
        compiler = find_host_compilers()[0]
        run_compiler(compiler, ["-O2", "-shared", "-fPIC", str(source), "-o", str(hook)])
        return ctypes.CDLL(str(hook.resolve())).rs2c_count_block
    except (ImportError, IndexError, CompileError, OSError):
        return None
