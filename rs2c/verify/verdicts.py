"""Verification: every score of the emitted C, on every target, against the integer reference.

Vectors are the user's data (where given), random ones over the whole raw type, ones inside the window the model
resolves, corners, and ones searched for on the edges of cells. A run of no vectors is an error, not a pass.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DoesNotFitError, MissingToolError, OptionError
from rs2c.base.progress import Progress, silent
from rs2c.base.raw_types import RAW_TYPES
from rs2c.boards.boards import EmulatorKind, list_cores, load_core
from rs2c.emit.library import MODEL_NAME, emit_and_describe
from rs2c.emit.options import EmitOptions
from rs2c.measure.footprint import Footprint
from rs2c.model import reference
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import corner_vectors, random_vectors, window_vectors
from rs2c.simulate.targets import Run, Target, targets_of
from rs2c.verify.coverage import Coverage, coverage
from rs2c.verify.edge_search import edge_and_column_vectors

Raw = npt.NDArray[Any]


@dataclass(frozen=True)
class Verdict:
    """What one target computed. `mismatches` counts vectors with any difference in x, scores or answer."""

    target: str
    compiler: str
    flags: str
    vectors: int
    mismatches: int
    coverage: Coverage
    footprint: Footprint | None
    instructions: tuple[int, int] | None
    cycles: tuple[int, int] | None
    cycles_from: str
    crc: int  # CRC-32 of all scores, int32 little-endian, vector by vector

    @property
    def passed(self) -> bool:
        """Whether every vector was equal."""
        return self.vectors > 0 and self.mismatches == 0


@dataclass(frozen=True)
class NotRun:
    """A core that was left out, and what to install for it, or why it cannot hold the model."""

    target: str
    reason: str


def verification_vectors(model: IntegerModel, count: int, seed: int, data: Raw | None = None) -> Raw:
    """At least `count` raw vectors (m, d) in a seeded random order; edge vectors come first and are never dropped."""
    if count < 1:
        raise OptionError(f"{count} vectors prove nothing; ask for at least 1")
    rng = np.random.Generator(np.random.PCG64(seed))
    eighth = max(4, count // 8)
    parts = [] if data is None else [data[rng.permutation(len(data))[: 3 * eighth]].astype(RAW_TYPES[model.raw_type])]
    parts += [random_vectors(model, rng, eighth), corner_vectors(model, rng, eighth)]
    parts.append(window_vectors(model, rng, eighth))
    pool = np.concatenate(parts)
    edges = edge_and_column_vectors(model, rng, pool)
    missing = count - len(pool) - len(edges)
    if missing > 0:
        parts.append(window_vectors(model, rng, missing))
    return np.concatenate([edges, rng.permutation(np.concatenate(parts))])


def expected(model: IntegerModel, raw: Raw) -> Raw:
    """Inputs, scores and answers of the reference, side by side, for raw vectors (m, d)."""
    x = reference.quantize(model, raw)
    scores = reference.scores(model, x)
    return np.concatenate([x, scores, reference.answers(model, scores)], axis=1)


def mismatches(wanted: Raw, run: Run) -> int:
    """Number of vectors for which a run gave anything else than what is expected of them."""
    return int((np.concatenate([run.x, run.scores, run.answers], axis=1) != wanted).any(axis=1).sum())


def verify(
    model: IntegerModel,
    boards: Sequence[str],
    *,
    vectors: int = 10_000,
    emulated_vectors: int | None = None,
    seed: int = 1,
    data: Raw | None = None,
    options: EmitOptions | None = None,
    progress: Progress = silent,
) -> list[Verdict]:
    """`verify_targets` for the targets of these boards; raises as `named_targets` does."""
    return verify_targets(
        model,
        named_targets(boards),
        vectors=vectors,
        emulated_vectors=emulated_vectors,
        seed=seed,
        data=data,
        options=options,
        progress=progress,
    )


def named_targets(boards: Sequence[str], emulator: EmulatorKind | None = None) -> list[Target]:
    """Every target of the boards; without `emulator` each takes the first of its own that is here.

    Raises OptionError for no boards, an unknown one or one that the emulator does not run, MissingToolError where a
    board's compiler or emulator is missing.
    """
    if not boards:
        raise OptionError("no board was named; name at least one, such as --board host")
    return [target for board in boards for target in targets_of(board, emulator=emulator)]


def every_target(emulator: EmulatorKind | None = None) -> tuple[list[Target], list[NotRun]]:
    """The targets of every core, or of every one that `emulator` runs, the host's first; and those without their tools.

    Raises OptionError for a core file that breaks the schema and a bad RS2C_COMPILER.
    """
    targets: list[Target] = []
    missing: list[NotRun] = []
    for core in sorted(list_cores(), key=lambda name: (name != "host", name)):
        if emulator is not None and all(known.kind != emulator for known in load_core(core).emulators):
            continue
        try:
            targets += targets_of(core, emulator=emulator)
        except MissingToolError as error:
            missing.append(NotRun(core, str(error)))
    return targets, missing


def verify_targets(
    model: IntegerModel,
    targets: Sequence[Target],
    *,
    vectors: int = 10_000,
    emulated_vectors: int | None = None,
    seed: int = 1,
    data: Raw | None = None,
    options: EmitOptions | None = None,
    progress: Progress = silent,
    leave_out: Callable[[NotRun], None] | None = None,
) -> list[Verdict]:
    """Emit the model with these options (default ones unless given), build it for every target, and compare.

    `emulated_vectors` limits the vectors on emulated cores, where every instruction is counted; the edge vectors come
    first, so they are kept. `leave_out` is told of targets that cannot hold the model; without it the first one raises
    DoesNotFitError. Where nothing can be run it is raised too, or MissingToolError.
    """
    progress("searching for vectors on the edges of cells")
    raw = verification_vectors(model, vectors, seed, data)
    wanted = expected(model, raw)
    covered: dict[int, Coverage] = {}
    verdicts = []
    refused: DoesNotFitError | None = None
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        library = emit_and_describe(ModelFile(model), MODEL_NAME, Path(scratch) / MODEL_NAME, options)
        for number, target in enumerate(targets):
            progress(f"running {target.name}", number / len(targets))
            try:
                build = target.build(library, Path(scratch))
            except DoesNotFitError as error:
                if leave_out is None:
                    raise
                refused = error
                leave_out(NotRun(target.name, str(error)))
                continue
            footprint = build.footprint()
            share = raw if footprint is None or emulated_vectors is None else raw[: max(emulated_vectors, 1)]
            run = build.run(share)
            if len(share) not in covered:
                covered[len(share)] = coverage(model, share)
            verdicts.append(
                Verdict(
                    target.name,
                    run.compiler,
                    run.flags,
                    len(share),
                    mismatches(wanted[: len(share)], run),
                    covered[len(share)],
                    footprint,
                    run.instructions,
                    run.cycles,
                    run.cycles_from,
                    zlib.crc32(run.scores.astype("<i4").tobytes()),
                )
            )
    if not verdicts:
        raise refused or MissingToolError("no target could be built; run rs2c doctor to see what is missing")
    return verdicts
