"""Running mutants: many in one program, each in a process of its own, compared with the reference vector by vector.

The vectors are those that verify runs. A mutant is noticed when any x, score or answer differs, when it crashes or
runs too long, or does not compile; else when a sanitizer stops it, as the host tier of verification would.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rs2c.base.arrays import Array
from rs2c.emit import library_files
from rs2c.model import reference
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.verify.verdicts import verification_vectors
from tests.mutation.mutants import Mutant, mutants

_BATCH = 40
_SECONDS = 2  # of processor time, hundreds of times what a source takes: after that a mutant does not end
_PLAIN = ("-std=gnu99", "-O0", "-w")
_SANITIZED = (*_PLAIN, "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

_MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
typedef int (*mutant_t)(const void *raw, int32_t *record);
static const mutant_t mutants[] = { @MUTANTS@ };
static const char *raw; /* static, so that the leak sanitizer sees them held */
static const int32_t *expected;
static void *load(const char *path, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    void *content = malloc(bytes);
    if (file == NULL || content == NULL || fread(content, 1, bytes, file) != bytes) exit(2);
    fclose(file);
    return content;
}
static int differs(mutant_t mutant)
{
    int32_t record[@RECORD@];
    long i;
    for (i = 0; i < @VECTORS@L; i++) {
        mutant(raw + i * @RAW_BYTES@L, record);
        if (memcmp(record, expected + i * @RECORD@L, sizeof record) != 0) return 1;
    }
    return 0;
}
int main(int argc, char **argv)
{
    size_t k;
    (void)argc;
    raw = load(argv[1], @VECTORS@UL * @RAW_BYTES@UL);
    expected = load(argv[2], @VECTORS@UL * @RECORD@UL * 4UL);
    for (k = 0; k < sizeof mutants / sizeof *mutants; k++) {
        int status = 0;
        const pid_t child = fork();
        if (child < 0) return 2;
        if (child == 0) {
            const struct rlimit limit = { @SECONDS@, @SECONDS@ };
            setrlimit(RLIMIT_CPU, &limit);
            alarm(60);
            _exit(differs(mutants[k]));
        }
        if (waitpid(child, &status, 0) != child) return 2;
        printf("%d ", WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    return 0;
}
"""


@dataclass(frozen=True)
class Subject:
    """A model with its emitted texts, the vectors that verify would run, and what the reference makes of them."""

    model: IntegerModel
    name: str
    header: str
    source: str
    raw: Array
    expected: Array  # int32: x, scores, answers

    @property
    def mutants(self) -> list[Mutant]:
        """All mutants of the source."""
        return mutants(self.source, self.name)


def make_subject(content: ModelFile, name: str, vectors: int, seed: int) -> Subject:
    """Emit a model, and choose its vectors as verify does."""
    files, model = library_files(content, name), content.model
    raw = verification_vectors(model, vectors, seed)
    x = reference.quantize(model, raw)
    scores = reference.scores(model, x)
    expected = np.concatenate([x, scores, reference.answers(model, scores)], axis=1).astype("<i4")
    header, source = (files[path].decode("ascii") for path in (f"include/{name}.h", f"src/{name}.c"))
    return Subject(model, name, header, source, raw, expected)


@dataclass(frozen=True)
class Outcome:
    """What became of some mutants of one model."""

    by_value: list[Mutant]  # another x, score or answer; a crash, no end, no program
    by_sanitizer: list[Mutant]  # the same values, but memory was touched that is not the library's
    alive: list[Mutant]


def try_out(subject: Subject, chosen: Sequence[Mutant]) -> Outcome:
    """Run mutants against all vectors; those that no vector notices, once more with sanitizers."""
    with tempfile.TemporaryDirectory(prefix="rs2c-mutation-") as scratch:
        folder = Path(scratch)
        (folder / "raw").write_bytes(subject.raw.tobytes())
        (folder / "expected").write_bytes(subject.expected.tobytes())
        by_value, rest = _split(subject, chosen, folder, _PLAIN)
        by_sanitizer, alive = _split(subject, rest, folder, _SANITIZED)
    return Outcome(by_value, by_sanitizer, alive)


def _split(
    subject: Subject, chosen: Sequence[Mutant], folder: Path, flags: Sequence[str]
) -> tuple[list[Mutant], list[Mutant]]:
    """Noticed mutants, and the others. The source itself runs too, and must not differ."""
    if _run(subject, [subject.source], folder, flags) != [0]:
        raise AssertionError(f"{subject.name} does not compute what the reference does")
    status: list[int] = []
    for start in range(0, len(chosen), _BATCH):
        status += _statuses(subject, chosen[start : start + _BATCH], folder, flags)
    halves: tuple[list[Mutant], list[Mutant]] = ([], [])
    for mutant, result in zip(chosen, status, strict=True):
        halves[result == 0].append(mutant)
    return halves


def _statuses(subject: Subject, batch: Sequence[Mutant], folder: Path, flags: Sequence[str]) -> list[int]:
    """0 for each mutant that nothing notices; a batch that does not compile is halved until it is one mutant."""
    found = _run(subject, [mutant.apply(subject.source) for mutant in batch], folder, flags)
    if found is not None:
        return found
    half = len(batch) // 2
    if not half:
        return [1]
    return _statuses(subject, batch[:half], folder, flags) + _statuses(subject, batch[half:], folder, flags)


def _run(subject: Subject, sources: Sequence[str], folder: Path, flags: Sequence[str]) -> list[int] | None:
    """Exit status of each source, or None where they do not compile together."""
    texts = [_renamed(subject, source, k) for k, source in enumerate(sources)]
    values = {
        "MUTANTS": ", ".join(f"mutant_{k}" for k in range(len(sources))),
        "RECORD": subject.expected.shape[1],
        "VECTORS": len(subject.raw),
        "RAW_BYTES": subject.raw.shape[1] * subject.raw.itemsize,
        "SECONDS": _SECONDS,
    }
    main = re.sub("@([A-Z_]+)@", lambda match: str(values[match.group(1)]), _MAIN)
    (folder / "all.c").write_text("\n".join([*texts, main]))
    if subprocess.run(["gcc", *flags, "all.c", "-o", "all"], cwd=folder, capture_output=True).returncode != 0:
        return None
    ran = subprocess.run(["./all", "raw", "expected"], cwd=folder, capture_output=True, text=True, check=True)
    return [int(status) for status in ran.stdout.split()]


def _renamed(subject: Subject, source: str, k: int) -> str:
    """Header, source and one call as a text of its own prefix."""
    name, upper = subject.name, subject.name.upper()
    model = subject.model
    answer = f"answers[0] = {name}_predict(x)" if model.task == "classify" else f"{name}_values(x, answers)"
    call = f"""
int mutant(const void *raw, int32_t *record)
{{
    enum {{ n = {model.n_inputs}, s = {model.n_scores}, a = {model.n_answers} }};
    {name}_feature_t x[n];
    int32_t scores[s], answers[a];
    int i;
    {name}_quantize((const {name}_raw_t *)raw, x);
    {name}_scores(x, scores);
    {answer};
    for (i = 0; i < n; i++) record[i] = x[i];
    for (i = 0; i < s; i++) record[n + i] = scores[i];
    for (i = 0; i < a; i++) record[n + s + i] = answers[i];
    return 0;
}}
"""
    text = subject.header + source.replace(f'#include "{name}.h"', "") + call
    text = re.sub(rf"\b{name}_", f"{name}{k}_", re.sub(rf"\b{upper}_", f"{upper}{k}_", text))
    return text.replace(f"RS2C_{upper}_H", f"RS2C_{upper}{k}_H").replace("int mutant(", f"static int mutant_{k}(")
