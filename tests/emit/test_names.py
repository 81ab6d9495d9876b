"""Library names: what is refused and how, and names made from file names."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rs2c.base.errors import OptionError
from rs2c.base.resources import resource_path
from rs2c.boards.boards import list_boards, load_board
from rs2c.boards.headers import known_headers, owner_of_header
from rs2c.emit import emit_library, library_files
from rs2c.emit.names import (
    _TARGETS,
    _WORDS,
    all_shown,
    c_string,
    c_strings,
    check_all,
    check_name,
    default_name,
    shown,
    shown_in_markdown,
)
from tests.emit.build import emit_all, program
from tests.emit.models import GOLDENS
from tests.support.tools import need_program

BAD_FORM = ["", "Gesture", "gESTURE", "9lives", "_gesture", "gesture_", "two__parts", "a-b", "a b", "größe", "a\n"]
BAD_PATH = ["a.b", "a/b", "../up", "a;rm -rf", "x" * 41]
TAKEN = ["int", "class", "namespace", "constexpr", "setup", "loop", "byte", "min", "async", "lambda"]
TAKEN_BY_FILES = ["stdint", "time", "features", "string", "wire", "aux", "nul", "com1", "test", "all", "net_selftest"]


@pytest.mark.parametrize("name", [*BAD_FORM, *BAD_PATH, *TAKEN, *TAKEN_BY_FILES])
def test_a_name_that_cannot_work_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(OptionError) as refusal:
        library_files(GOLDENS["knock"], name)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert any(way in sentence for way in ("; use ", "; use another"))


@pytest.mark.parametrize("name", ["a", "gesture", "net2", "a1_b2_c3", "x" * 40, "selftest", "time_model"])
def test_an_ordinary_name_is_taken(name: str) -> None:
    check_all(name)


def test_what_the_firmware_calls_its_own_is_no_name_of_a_library() -> None:
    """Its headers and include guards begin with rs2c, in either case, and no library's can."""
    headers = list((Path(__file__).parents[2] / "firmware").rglob("*.h"))
    assert len(headers) > 5
    for header in headers:
        assert check_name(header.stem)
        guards = re.findall(r"#ifndef (\w+_H)", header.read_text())
        assert all(guard.startswith("RS2C_") for guard in guards)
        assert guards
    for name in ("rs2c", "rs2c_model", "rs2c_net"):
        assert check_name(name)
    assert not check_name("rs2cnet")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(OptionError, match=r"C prefix.*60 letters"):
        check_all("X" * 60)


@given(st.text(max_size=60))
@example("net_selftest")
@example("x" * 31 + "_selftest")
@example("time")
@example("2024-01-31 run")
@example("ﬁle İ")
@example("")
@example("rs2c")
@example("rs2c " + "x" * 40)
def test_a_name_from_a_file_is_always_valid(stem: str) -> None:
    assert check_name(default_name(stem)) == []


@pytest.mark.parametrize("word", sorted(_WORDS | _TARGETS | {"aux", "con", "nul", "prn"}))
def test_a_file_named_after_a_word_gets_a_name_that_shows_it(word: str) -> None:
    assert default_name(word) == f"{word}_model"


def test_a_file_named_after_a_header_gets_a_name_that_shows_it() -> None:
    for header in known_headers():
        name = header.replace("*", "x")
        assert check_name(name), name
        assert default_name(name) in (f"{name}_model", f"model_{name}"), name
        assert not check_name(default_name(name)), name
    assert (default_name("timer"), default_name("esp_now")) == ("timer_model", "model_esp_now")


# What cores and libraries of the frameworks have, of which a library's header would hide the one on the include path.
HEADERS = {
    "arduino ststm32": "timer clock board chip debug uart twi interrupt backup stm32_def",
    "arduino espressif8266": "esp fs schedule base64 i2s updater cbuf crypto core_esp8266_features",
    "arduino espressif32": "update network preferences matter console ticker esp_timer nvs",
    "arduino raspberrypi": "kernel mutex queue pico gpio watchdog mbed_version span",
    "arduino atmelavr": "cdc usbapi twi wiring_private",
    "zephyr nordicnrf52": "kernel device init irq sensor zephyr",
}


@pytest.mark.parametrize("framework", HEADERS)
def test_a_header_of_a_framework_is_no_name_of_a_library(framework: str) -> None:
    entries = json.loads((resource_path("boards") / "frameworks" / "headers.json").read_text())["headers"]
    listed = " ".join(name for entry in entries if framework in entry["frameworks"] for name in entry["names"])
    for name in HEADERS[framework].split():
        assert any(fnmatch.fnmatchcase(name, known) for known in listed.split()), name
        with pytest.raises(OptionError, match=rf"{name}\.h would hide a header of .*; use another name"):
            check_all(name)


def test_every_framework_of_a_board_has_its_headers_with_their_source() -> None:
    used = {f"{p.framework} {p.platform}" for name in list_boards() if (p := load_board(name).platformio) is not None}
    entries = json.loads((resource_path("boards") / "frameworks" / "headers.json").read_text())["headers"]
    assert used == set(HEADERS) == {framework for entry in entries for framework in entry["frameworks"]}
    assert all(len("".join(entry["source"])) > 20 and len(entry["names"]) for entry in entries)
    assert all(name == name.lower() for name in known_headers())


def test_a_core_compiles_beside_a_library_that_was_named_after_its_timer(tmp_path: Path) -> None:
    """A core of its own, whose timer.h a library's would hide."""
    need_program("gcc")
    core = tmp_path / "core"
    core.mkdir()
    (core / "timer.h").write_text("typedef struct { int ticks; } core_timer_t;\n")
    (core / "core.c").write_text("#include <timer.h>\ncore_timer_t core_timer;\n")
    name = default_name("timer")
    emit_library(GOLDENS["knock"], name, tmp_path / name)
    command = ["gcc", f"-I{tmp_path / name / 'include'}", f"-I{core}", "-c", core / "core.c", "-o", tmp_path / "core.o"]
    assert subprocess.run(command).returncode == 0
    assert owner_of_header(name) is None


@given(st.text())
def test_shown_text_cannot_leave_a_comment_or_a_table_cell(text: str) -> None:
    safe = shown(text)
    assert len(safe) <= 60
    assert safe.isascii()
    assert safe.isprintable()
    assert not set(safe) & set("*/\\?|`\"'&")
    assert not set(shown_in_markdown(text).replace("\\[", "").replace("\\]", "").replace("\\<", "")) - {"\\"} & set(
        "[]<"
    )


FAULT = "conveyor line 3, gearbox output bearing, outer race fault, level "


def test_names_that_begin_alike_differ_by_their_ends() -> None:
    for show in (shown, c_string):
        assert show(FAULT + "1") != show(FAULT + "2")
        assert len(show(FAULT + "1").strip('"')) == 60
    assert shown(FAULT + "1") == "conveyor line 3, gearbox out...ng, outer race fault, level 1"


@pytest.mark.parametrize(
    ("names", "in_comments", "in_strings"),
    [
        (["low", "high"], ["low", "high"], ['"low"', '"high"']),
        (["gröb", "gräb"], ["gr_b #0", "gr_b #1"], ['"gr\\303\\266b"', '"gr\\303\\244b"']),
        (["a/b", "a|b", "c"], ["a_b #0", "a_b #1", "c"], ['"a/b"', '"a|b"', '"c"']),
        (["a\n", "a\t"], ["a_ #0", "a_ #1"], ['"a_ #0"', '"a_ #1"']),
        (["x\n", "x\t", "x_ #0"], ["x_ #0 #0", "x_ #1", "x_ #0 #2"], ['"x_ #0 #0"', '"x_ #1"', '"x_ #0 #2"']),
    ],
)
def test_names_that_would_look_the_same_are_numbered(
    names: list[str], in_comments: list[str], in_strings: list[str]
) -> None:
    assert all_shown(names) == in_comments
    assert c_strings(names) == in_strings


def test_header_and_printed_answers_never_show_two_classes_alike() -> None:
    content = GOLDENS["gesture"]
    count = len(content.model.class_names)
    middle = [f"{FAULT}{i} of {'five'.ljust(40)}" for i in range(count)]  # alike at both ends
    for names in ([f"{FAULT}{i}" for i in range(count)], middle, ["/" * (i + 1) + "-" * 70 for i in range(count)]):
        named = replace(content, model=replace(content.model, class_names=tuple(names)))
        files = library_files(named, "named")
        listed = files["include/named.h"].decode().split("* Classes:")[1].split("*/")[0]
        sketch = files["examples/print_answers/print_answers.ino"].decode()
        assert len({*re.findall(r"^ \*    +\d+  (.*)$", listed, re.MULTILINE)}) == count
        assert len({*re.findall(r"case \d+: (.*)", sketch)}) == count


@settings(max_examples=60)
@given(st.lists(st.text("ab/|\n\u00e9# 01", max_size=4) | st.text(max_size=80), unique=True, max_size=12))
def test_names_of_a_library_are_never_shown_alike(names: list[str]) -> None:
    for texts in (all_shown(names), c_strings(names)):
        assert len({*texts}) == len(names)
    assert all(len(text) <= 60 for text in all_shown(names))


@pytest.mark.parametrize("name", ["selftest", "int32", "i", "value", "raw", "null", "isr", "model", "n_scores"])
def test_a_name_that_looks_like_code_compiles(name: str, tmp_path: Path) -> None:
    main = f'#include "{name}.h"\n#include "{name}_selftest.h"\nint main(void) {{ return (int){name}_selftest(); }}\n'
    assert program(emit_all({name: GOLDENS["gesture"]}, tmp_path), main, tmp_path).returncode == 0
