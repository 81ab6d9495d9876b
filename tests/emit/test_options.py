"""Options of emission: they change no score, and are kept wherever the C goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from rs2c.base.choices import StrategyName
from rs2c.base.errors import ModelFileError, OptionError
from rs2c.emit import EmitOptions, emit_library, library_files
from rs2c.emit.options import chosen, options_of, with_options
from rs2c.emit.plan import plan_of, plan_text
from rs2c.emit.strategy import STRATEGIES
from rs2c.measure.size import sizes_of
from rs2c.model import reference
from rs2c.model.file import ModelFile, Section, from_bytes, load, save, to_bytes
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel, Output
from rs2c.model.linear_term import LinearTerm
from rs2c.verify.verdicts import verify
from tests.emit.models import GOLDENS
from tests.emit.shapes import shapes
from tests.support.small_models import front_end
from tests.support.tools import need_modules

UNPACKED = EmitOptions("unpacked")


def test_every_strategy_has_stages() -> None:
    assert set(STRATEGIES) == set(get_args(StrategyName))


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(OptionError, match="unknown strategy 'rolls'; choose one of loops, unpacked"):
        EmitOptions("rolls")  # type: ignore[arg-type]
    with pytest.raises(ModelFileError, match="options of emission that this rs2c does not have"):
        options_of(ModelFile(GOLDENS["motor"].model, {"emit": Section({"strategy": "rolls"})}))
    with pytest.raises(ModelFileError, match="options of emission that this rs2c does not have"):
        options_of(ModelFile(GOLDENS["motor"].model, {"emit": Section({"roll": 3})}))


def test_the_default_leaves_no_trace() -> None:
    content = GOLDENS["motor"]
    assert library_files(content, "motor", EmitOptions("loops")) == library_files(content, "motor")
    assert with_options(content, EmitOptions()) == content
    assert chosen(content, None) is content


def test_a_choice_stands_in_the_banner_the_manifests_and_the_model_file() -> None:
    files = library_files(GOLDENS["motor"], "motor", UNPACKED)
    for path in ("src/motor.c", "include/motor.h", "src/motor_selftest.c", "include/motor_selftest.h"):
        assert b", strategy unpacked. Do not edit" in files[path], path
    assert json.loads(files["library.json"])["description"].endswith("columns, strategy unpacked")
    for path in ("library.properties", "idf_component.yml", "MODEL_CARD.md"):
        assert b", strategy unpacked" in files[path], path
    assert options_of(from_bytes(files["motor.rs2c"])) == UNPACKED


def test_a_model_file_that_keeps_a_choice_gives_that_c_again() -> None:
    kept = from_bytes(to_bytes(with_options(GOLDENS["motor"], UNPACKED)))
    assert library_files(kept, "motor") == library_files(GOLDENS["motor"], "motor", UNPACKED)
    back = library_files(kept, "motor", EmitOptions())
    assert back["src/motor.c"] == library_files(GOLDENS["motor"], "motor")["src/motor.c"]
    assert options_of(from_bytes(back["motor.rs2c"])) == EmitOptions()


def test_unpacked_tables_hold_one_entry_to_a_byte() -> None:
    packed, plain = (plan_of(GOLDENS["motor"].model, EmitOptions(strategy)) for strategy in ("loops", "unpacked"))
    halves = [table.name for table in packed.tables if table.packed]
    assert halves
    assert not any(table.packed for table in plain.tables)
    for one, two in zip(packed.tables, plain.tables, strict=True):
        assert one.name == two.name
        assert two.entries in ((2 * one.entries, 2 * one.entries - 1) if one.name in halves else (one.entries,))
    assert dict(plain.facts)["count arrays"] != dict(packed.facts)["count arrays"]


@pytest.mark.parametrize("name", [*GOLDENS, "shared_probe", "factored", "sparse_rehash", "lists_in_steps", "runs"])
def test_unpacked_c_computes_the_reference(name: str) -> None:
    verdicts = verify(shapes()[name].model, ["host"], vectors=300, options=UNPACKED)
    assert verdicts
    assert all(verdict.passed for verdict in verdicts)


def test_verify_and_size_take_the_choice_with_them() -> None:
    """The text of the C is different, and so is what is measured of it."""
    need_modules("unicorn", "elftools")
    model = GOLDENS["motor"].model
    plain, unpacked = (
        verify(model, ["cortex-m0"], vectors=100, options=options)[0] for options in (EmitOptions(), UNPACKED)
    )
    assert plain.passed
    assert unpacked.passed
    assert plain.instructions is not None
    assert unpacked.instructions is not None
    assert unpacked.instructions[1] < 0.8 * plain.instructions[1]
    contents = GOLDENS["motor"], chosen(GOLDENS["motor"], "unpacked")
    sizes = [sizes_of(content, ["cortex-m0"])[0] for content in contents]
    assert sizes[0].footprint != sizes[1].footprint


def rs2c(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rs2c", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_line_keeps_the_choice(tmp_path: Path) -> None:
    path, library = tmp_path / "motor.rs2c", tmp_path / "lib"
    save(path, GOLDENS["motor"])
    done = rs2c("compile", path, "-o", library, "--strategy", "unpacked", "--dump-plan")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("plan of motor: strategy unpacked\n")
    assert options_of(load(library / "motor.rs2c")) == UNPACKED
    again = rs2c("compile", library / "motor.rs2c", "-o", tmp_path / "again", "--name", "motor", "--quiet")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again/src/motor.c").read_bytes() == (library / "src/motor.c").read_bytes()
    assert "strategy unpacked" in rs2c("inspect", library / "motor.rs2c").stdout
    crcs = []
    for model, options in ((path, ()), (path, ("--strategy", "unpacked")), (library / "motor.rs2c", ())):
        told = rs2c("verify", model, "--vectors", "50", "--json", *options)
        assert told.returncode == 0, told.stderr
        crcs.append({target["crc32_of_scores"] for target in json.loads(told.stdout)["targets"]})
    assert crcs[0] == crcs[1] == crcs[2]
    bad = rs2c("compile", path, "-o", library, "--strategy", "rolls")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "rolls" in bad.stderr
    assert "unpacked" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_the_plan_names_stages_tables_and_bounds() -> None:
    text = plan_text(plan_of(GOLDENS["motor"].model, name="motor"))
    lines = text.splitlines()
    assert lines[0] == "plan of motor: strategy loops"
    assert lines[2].split()[:3] == ["front", "end", "FloatFrontEnd"]
    assert [line.split()[:2] for line in lines[3:5]] == [["projection", "NoProjection"], ["hashes", "SparseHash"]]
    plan = plan_of(GOLDENS["motor"].model, name="motor")
    for table in plan.tables:
        assert f"{table.name} " in text
    for bound in plan.bounds:
        assert f"<= {bound.largest} < {bound.limit}" in text


def linear(layout: Any, **changes: Any) -> IntegerModel:
    given: dict[str, Any] = {
        "task": "classify",
        "raw_type": "int16",
        "feature_names": tuple(f"x{i}" for i in range(5)),
        "categories": ((),) * 5,
        "class_names": ("a", "b", "c"),
        "front_end": front_end(8, multiplier=[3, 2, 1, 4, 5], shift=[7, 6, 5, 8, 8], centre=[0, 9, -7, 100, -300]),
        "projection": None,
        "output": Output(np.array([5, -900, 77], np.int32)),
    }
    weights = np.array([[1, 0, -7, 0, 3], [0, 0, 0, 0, 0], [-128, 127, 5, 0, 1]], np.int8)
    return IntegerModel(**given | changes, blocks=(LinearTerm(weights, np.full(3, 4, np.uint8), layout),))


@pytest.mark.parametrize("strategy", get_args(StrategyName))
@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_a_linear_term_alone_is_emitted(layout: str, strategy: StrategyName) -> None:
    model = linear(layout)
    assert model.block(HashedRows) is None
    for verdict in verify(model, ["host"], vectors=500, options=EmitOptions(strategy)):
        assert verdict.passed
        assert (verdict.coverage.reachable, verdict.coverage.share) == (0, 1.0)
    raw = np.array([[40, 9, -7, 100, -300], [0, 0, 0, 0, 0]], np.int16)
    assert reference.answers(model, reference.scores(model, reference.quantize(model, raw))).shape == (2, 1)


def test_a_linear_term_alone_says_what_it_is(tmp_path: Path) -> None:
    content = ModelFile(linear("dense"))
    emit_library(content, "line", tmp_path / "line")
    card = (tmp_path / "line/MODEL_CARD.md").read_text()
    assert "Linear model, 5 features to 3 classes" in card
    assert "| linear tail | dense |" in card
    assert "hashes" not in card
    text = (tmp_path / "line/src/line.c").read_text()
    assert "_ROWS" not in text
    assert "scores[c] = line_tail(x, c)" in text
