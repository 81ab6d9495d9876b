"""Wrong and odd inputs: each is one sentence that names the thing and the way out, exit code 2, no traceback.

The command line runs in this process, so that a hundred of them take a few seconds.
"""

from __future__ import annotations

import json
import shlex
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from rs2c.base.errors import DataError, DoesNotFitError, OptionError, Rs2cError, shortened
from rs2c.cli import app
from rs2c.cli.doctor import Finding
from rs2c.model.file import save
from rs2c.read.teacher_scores import as_scores
from tests.emit.models import GOLDENS

LONG = "L" * 4000
TABLE = "a,b,y\n" + "".join(f"{i * 37 % 40 / 8},{i * 11 % 40 / 8},{i % 2}\n" for i in range(40))
CSV = {
    "num": TABLE,
    "text": TABLE.replace("y\n", "y\nlow,1,0\n", 1),
    "empty": "",
    "nul": TABLE.replace("y\n", "y\n1\x002,3,0\n", 1),
    "header": "a,b,y\n",
    "ragged": TABLE + "1,2\n",
    "dup": TABLE.replace("a,b", "a,a"),
    "onecol": "y\n" + "0\n1\n" * 20,
    "oneclass": TABLE.replace(",1\n", ",0\n"),
    "inf": TABLE.replace("y\n", "y\ninf,1,0\n", 1),
    "huge": TABLE.replace("y\n", "y\n1e999,1,0\n", 1),
    "const": "a,b,y\n" + "".join(f"7,{i},{i % 2}\n" for i in range(40)),
    "quote": TABLE + '"1,2,0\n',
    "few": "a,b,y\n1,2,0\n2,1,1\n",
    "longcell": TABLE.replace("y\n", f"y\n{LONG},1,0\n", 1),
    "longname": TABLE.replace("a,b", f"{LONG},b").replace("y\n", "y\nx,1,0\n", 1),
    "nolabel": TABLE.replace(",1\n", ",\n", 1),
    "manyclasses": "a,b,y\n" + "".join(f"{i},{i % 7},c{i}\n" for i in range(40)),
    "blank": "\n\n \n",
}
HEAD = "{'descr': '<f8', 'fortran_order': False, 'shape': (40,), }"
# Headers of .npy files: whole, cut, and as no tool writes them.
HEADERS = {
    "open": HEAD[:-2],
    "string": "'''",
    "deep": "(" * 500,
    "huge": HEAD.replace("40", "9" * 14),
    "less": HEAD.replace("40", "-1"),
    "type": HEAD.replace("<f8", "q9"),
    "call": "__import__('os').getcwd()",
    "list": "[1, 2]",
    "latin": "\xff\xfe",
}

# A command line in the folder of the inputs, and what its sentence says: the thing, the way out.
COMMANDS: list[tuple[str, str, str]] = [
    ("fit num.csv", "num.csv needs a label", "--label"),
    ("fit num.csv --label Y", "no column 'Y'", "did you mean 'y'"),
    ("fit num.csv --label ''", "no column ''", "its columns are 'a', 'b', 'y'"),
    (f"fit num.csv --label {LONG}", "(4002 letters)", "its columns are"),
    (f"fit num.csv --label y --drop {LONG}", "(4002 letters)", "its columns are"),
    ("fit num.csv --label y --drop y", "'y' is the label", "take it out of --drop"),
    ("fit num.csv --label y --drop a --drop b", "num.csv has no feature left", "keep at least one"),
    ("fit num.csv --label y --categorical zz", "no column 'zz'", "its columns are"),
    ("fit none.csv --label y", "none.csv does not exist", "check its name"),
    ("fit . --label y", ". is a folder", "name a file"),
    ("fit empty.csv --label y", "empty.csv is empty", "needs a header line"),
    ("fit blank.csv --label y", "blank.csv", "; "),
    ("fit nul.csv --label y", r"'1\x002' in line 2 of nul.csv", "--drop a"),
    ("fit text.csv --label y", "'low' in line 2 of text.csv", "--categorical a"),
    ("fit utf16.csv --label y", "utf16.csv is not UTF-8", "save it"),
    ("fit header.csv --label y", "header.csv has no rows", "add some"),
    ("fit ragged.csv --label y", "line 42 of ragged.csv", "mend that line"),
    ("fit dup.csv --label y", "two columns named 'a'", "rename"),
    ("fit onecol.csv --label y", "onecol.csv has no feature", "keep at least one"),
    ("fit oneclass.csv --label y", "'y' has one class only", "give data"),
    ("fit inf.csv --label y", "'a' is infinite in line 2", "correct it"),
    ("fit huge.csv --label y", "'a' is infinite in line 2", "correct it"),
    ("fit const.csv --label y", "'a' is constant", "--drop a"),
    ("fit quote.csv --label y", "quote.csv is not a valid CSV", "mend its quotes"),
    ("fit few.csv --label y", "few.csv has 2 rows", "at least 10"),
    ("fit longcell.csv --label y", "column 'a' holds text", "--categorical a"),
    ("fit longname.csv --label y", "(4002 letters)", "--categorical"),
    ("fit nolabel.csv --label y", "'y' is missing in line", "fill it in"),
    ("fit manyclasses.csv --label y", "'y' has 40 different values", "--task classify"),
    ("fit words.txt --label y", "words.txt has an unknown ending", "save the data as"),
    ("fit x.xlsx --label y", "x.xlsx has an unknown ending", "save the data as"),
    ("fit bad.parquet --label y", "bad.parquet cannot be read", "write it again"),
    ("fit bad.npz", "bad.npz is damaged", "save it again"),
    ("fit other.npz", "other.npz has none of the arrays", "name its features so"),
    ("fit num.csv --label y --raw-type uint8", "'a' holds", "--raw-type float32"),
    ("fit num.csv --label a --task classify", "'a' is", "--task regress"),
    ("fit num.csv --label y --test none.csv", "none.csv does not exist", "check its name"),
    ("fit num.csv --label y --test header.csv", "header.csv has no rows", "add some"),
    ("fit num.csv --label y --test dup.csv", "dup.csv", "'a'; rename"),
    ("fit num.csv --label y --group-column zz", "no column 'zz' as named by --group-column", "its columns are"),
    ("fit num.csv --label y --group-column a --time b", "which cut groups in two", "choose one"),
    ("fit num.csv --label y --group-column y", "'y' is the label", "name another with --group-column"),
    ("fit num.csv --label y --time a --drop a", "in both --drop and --time", "take it out of one"),
    ("fit text.csv --label y --time a", "the time 'a' is 'low' in line 2 of text.csv", "give numbers alone, or dates"),
    ("fit const.csv --label y --time a", "all rows are of one time", "leave --time out"),
    ("fit const.csv --label y --group-column a", "one group only ('7')", "leave --group-column out"),
    ("fit num.csv --label y --sample-weight a", "the weight 'a' is '0' in line 2", "give a number above 0"),
    ("fit text.csv --label y --sample-weight a", "the weight 'a' is 'low' in line 2", "or remove that row"),
    ("fit num.csv --label y --test-size 0", "the test size is 0.0", "choose a share"),
    ("fit num.csv --label y --test-size nan", "the test size is nan", "choose a share"),
    ("fit num.csv --label y --test-size x", "'x' is not a valid float", "rs2c fit --help"),
    ("fit num.csv --label y --tolerance -1", "the tolerance is -1.0", "use a number from 0 up"),
    ("fit num.csv --label y --tolerance nan", "the tolerance is nan", "use a number from 0 up"),
    ("fit num.csv --label y --rows 0", "'--rows': 0", "rs2c fit --help"),
    ("fit num.csv --label y --rows 99999999999999999999", "rows is 9999", "use at most 8192"),
    ("fit num.csv --label y --columns 4", "no use for columns", "leave columns out"),
    ("fit num.csv --label y --seed -1", "'--seed': -1", "rs2c fit --help"),
    ("fit num.csv --label y --method best", "'best' is not one of 'auto'", "rs2c fit --help"),
    ("fit num.csv --label y --raw-type int4", "'int4' is not one of", "rs2c fit --help"),
    ("fit num.csv --label y --count-bits 7", "count_bits is 7", "use 4 or 8 or 16"),
    ("fit num.csv --label y --labl y", "No such option: --labl", "rs2c fit --help"),
    ("fit num.csv --label", "'--label' requires an argument", "--help"),
    ("fit num.csv --label y -o=m.rs2c", "'=m.rs2c'", "leave the = out, as in -o m.rs2c"),
    ("fit num.csv --label y -o .", ". is a folder", "give the path of a file"),
    ("fit num.csv --label y -o num.csv", "num.csv is read", "choose another output"),
    ("fit num.csv --label y -o num.csv/m.rs2c", "num.csv/m.rs2c", "choose another output"),
    *((f"fit num.csv --label y --teacher-scores {n}.npy", f"{n}.npy is damaged", "save it again") for n in HEADERS),
    ("fit num.csv --label y --teacher-scores s10.npy", "s10.npy has 10 lines", "one line a row"),
    ("fit num.csv --label y --teacher-scores none.npy", "none.npy does not exist", "check its name"),
    ("fit num.csv --label y --teacher-scores num.csv", "num.csv is damaged or not a NumPy file", "save it again"),
    ("fit num.csv --label y --teacher-scores .", ". is a folder", "name a .npy file"),
    ("fit num.csv --label y --teacher-scores object.npy", "object.npy holds pickled objects", "save plain number"),
    ("inspect none.rs2c", "cannot read none.rs2c", "check the path"),
    ("inspect .", "cannot read .", "check the path"),
    ("inspect cut.rs2c", "cut.rs2c: not an intact", "make it again"),
    ("inspect zero.rs2c", "zero.rs2c: not an intact", "make it again"),
    ("inspect zip.rs2c", "zip.rs2c: this is not an rs2c model", "give one"),
    ("inspect list.rs2c", "list.rs2c: not an intact", "make it again"),
    ("inspect new.rs2c", "new.rs2c: file format 9.0", "install a matching version"),
    (f"inspect {LONG}", "(4000 letters)", "check the path"),
    ("inspect", "Missing argument 'model'", "rs2c inspect --help"),
    ("inspect gesture.rs2c gesture.rs2c", "(gesture.rs2c)", "rs2c inspect --help"),
    ("compile num.csv -o out", "num.csv: not an intact", "make it again"),
    ("compile gesture.rs2c", "'--output'", "rs2c compile --help"),
    ("compile gesture.rs2c -o .", ". is the current folder", "name one below it"),
    ("compile gesture.rs2c -o num.csv", "num.csv was not made by rs2c", "choose another output"),
    ("compile gesture.rs2c -o num.csv/lib", "num.csv is not a folder", "choose another output folder"),
    (f"compile gesture.rs2c -o {LONG}", "(4000 letters)", "choose another output"),
    ("compile gesture.rs2c -o out --name 'A b'", "'A b'", "such as 'gesture'"),
    ("compile gesture.rs2c -o out --name ''", "the name ''", "such as 'gesture'"),
    ("compile gesture.rs2c -o out --name timer", "timer.h would hide", "'timer_model'"),
    ("compile gesture.rs2c -o out --name esp_now", "a header of ESP-IDF", "'model_esp_now'"),
    (f"compile gesture.rs2c -o out --name {LONG}", "(4002 letters)", "use at most 40"),
    ("compile gesture.rs2c -o out --strategy fast", "'fast' is not one of", "rs2c compile --help"),
    ("verify cut.rs2c", "cut.rs2c", "make it again"),
    ("verify gesture.rs2c --board esp32", "no board 'esp32'", "it could be esp32-c3-devkitm-1, esp32dev"),
    ("verify gesture.rs2c --board all --board host", "all stands for every board", "name it alone"),
    ("verify gesture.rs2c --board", "'--board' requires an argument", "--help"),
    ("verify gesture.rs2c --vectors 0", "'--vectors': 0", "rs2c verify --help"),
    ("verify gesture.rs2c --data num.csv", "lacks the column 'acceleration x'", "add it"),
    ("verify gesture.rs2c --emulator bochs", "'bochs' is not one of", "rs2c verify --help"),
    (
        "verify gesture.rs2c --emulator simavr --board cortex-m0",
        "cortex-m0 is not run by simavr",
        "its emulators: unic",
    ),
    ("size gesture.rs2c --board host", "host is no device", "name another board"),
    (f"size gesture.rs2c --board {LONG}", "(4002 letters)", "the known boards are"),
    ("size gesture.rs2c --optimize tiny", "'tiny' is not one of", "rs2c size --help"),
    ("predict gesture.rs2c", "Missing argument 'data'", "rs2c predict --help"),
    ("predict gesture.rs2c none.csv", "none.csv does not exist", "check its name"),
    ("predict gesture.rs2c string.npy", "string.npy is damaged", "save it again"),
    ("predict gesture.rs2c s10.npy", "s10.npy has 1 dimensions", "rows × features"),
    ("predict gesture.rs2c num.csv -o num.csv", "num.csv is read", "choose another output"),
    ("build gesture.rs2c", "Missing option '--board'", "rs2c build --help"),
    ("build gesture.rs2c --board m4", "no board 'm4'", "it could be cortex-m4f"),
    ("build gesture.rs2c --board host -o num.csv", "num.csv exists", "choose another output"),
    ("build gesture.rs2c --board all", "all stands for every board", "name one board here"),
    ("flash gesture.rs2c --board host", "host is no board that can be flashed", "rs2c test --board host"),
    ("test gesture.rs2c --board uno --vectors 0", "'--vectors': 0", "rs2c test --help"),
    ("demo --board cortexx", "no board 'cortexx'", "did you mean cortex-m0"),
    ("boards x", "(x)", "rs2c boards --help"),
    ("doctor --fast", "No such option: --fast", "rs2c doctor --help"),
    ("fitt", "No such command 'fitt'", "rs2c --help"),
    ("--nope", "No such option: --nope", "rs2c --help"),
]


BUILT = get_command(app.app)  # typer builds it for every call, which takes longer than a refusal
NAMES = [str(command.name or command.callback.__name__) for command in app.app.registered_commands]


@dataclass(frozen=True)
class Said:
    code: object
    out: str
    err: str


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> Path:
    """The folder of the inputs."""
    folder = tmp_path_factory.mktemp("odd")
    for name, text in CSV.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    for name, header in HEADERS.items():
        line = f"{header}\n".encode("latin-1")
        (folder / f"{name}.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line + bytes(320))
    np.save(folder / "s10.npy", np.zeros(10))
    np.save(folder / "object.npy", np.array([{}], object), allow_pickle=True)
    np.savez(folder / "other.npz", q=np.zeros(3))
    save(folder / "gesture.rs2c", GOLDENS["gesture"])
    for name, content in {
        "utf16.csv": TABLE.encode("utf-16"),
        "words.txt": b"hello",
        "x.xlsx": b"PK\x03\x04" + bytes(60),
        "bad.parquet": b"PAR1 no more PAR1",
        "bad.npz": b"PK\x03\x04" + bytes(60),
        "cut.rs2c": (folder / "gesture.rs2c").read_bytes()[:500],
        "zero.rs2c": b"",
        "zip.rs2c": b"PK\x05\x06" + bytes(18),
    }.items():
        (folder / name).write_bytes(content)
    for name, manifest in {"list": [], "new": {"format": "rs2c", "version": [9, 0], "sections": {}}}.items():
        with zipfile.ZipFile(folder / f"{name}.rs2c", "w") as archive:
            archive.writestr("manifest.json", json.dumps(manifest))
    return folder


@pytest.fixture
def say(inputs, monkeypatch, capsys) -> Callable[[str], Said]:
    """Run a command line in the folder of the inputs."""

    def run(line: str) -> Said:
        monkeypatch.chdir(inputs)
        monkeypatch.setattr(app, "app", BUILT)
        monkeypatch.setattr("sys.argv", ["rs2c", *shlex.split(line)])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return Said(ended.value.code or 0, said.out, said.err)

    return run


def test_there_are_a_hundred() -> None:
    assert len({line for line, *_ in COMMANDS}) == len(COMMANDS) >= 100
    assert {line.split()[0] for line, *_ in COMMANDS} >= set(NAMES)


@pytest.mark.parametrize(("line", "thing", "way_out"), COMMANDS, ids=[line[:60] for line, *_ in COMMANDS])
def test_an_odd_input_is_one_sentence(line, thing, way_out, inputs, say) -> None:
    before = sorted(inputs.rglob("*"))
    said = say(line)
    assert (said.code, said.out) == (2, ""), said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert thing in said.err
    assert way_out in said.err[said.err.index(thing) :]
    assert len(said.err) < 1200
    assert sorted(inputs.rglob("*")) == before


@pytest.mark.parametrize(("line", "thing", "_"), COMMANDS[::7], ids=[line[:60] for line, *_ in COMMANDS[::7]])
def test_with_json_an_error_is_json_too(line, thing, _, say) -> None:
    said = say(f"{line} --json" if not line.endswith(("--label", "--board")) else f"{line} x --jsn --json")
    answer = json.loads(said.out)
    assert (said.code, answer["schema"]) == (2, 1)
    assert said.err == f"error: {answer['error']}\n"
    assert set(answer) == {"schema", "error"}


@pytest.mark.parametrize("command", ["build", "flash", "test"])
def test_without_a_network_json_stays_json(command, say, inputs, monkeypatch, tmp_path) -> None:
    """The board's platform is to be fetched, and cannot be."""
    from rs2c.firmware import platformio

    def fetches(project, *_):
        raise platformio._unreachable(project, "platform 'ststm32'")

    monkeypatch.setattr(platformio, "run_platformio", fetches)
    said = say(f"{command} gesture.rs2c --board nucleo_f446re -o {tmp_path / 'p'} --json")
    assert said.code == 2
    assert "PlatformIO's platform 'ststm32'" in json.loads(said.out)["error"]
    assert said.err.startswith("error: the board nucleo_f446re needs PlatformIO's platform")


def test_what_does_not_fit_is_json_with_exit_1(say, monkeypatch) -> None:
    def too_large(*_):
        raise DoesNotFitError("it needs more than uno has; use a smaller model")

    monkeypatch.setattr("rs2c.firmware.project.write_project", too_large)
    said = say("build gesture.rs2c --board uno --json")
    assert (said.code, json.loads(said.out)["error"]) == (1, "it needs more than uno has; use a smaller model")


@pytest.mark.parametrize("command", ["", *NAMES])
def test_every_command_has_the_same_help_and_outputs(command, say) -> None:
    short, long = say(f"{command} -h"), say(f"{command} --help")
    assert (short.code, short.err) == (0, "")
    assert short == long
    if command:
        assert all(option in short.out for option in ("--json", "--quiet", "-q", "-h"))


def test_rs2c_alone_shows_its_help(say) -> None:
    said = say("")
    assert (said.code, "Usage: rs2c" in said.out) == (0, True)


def test_boards_and_doctor_are_quiet_in_a_way_that_says_something(say, monkeypatch) -> None:
    names = say("boards -q").out.split()
    assert names == [board["name"] for board in json.loads(say("boards --json").out)["boards"]]
    found = [Finding("gcc", "board host", None, "Debian: apt install gcc"), Finding("torch", "fit", "2.0", "pip")]
    monkeypatch.setattr("rs2c.cli.doctor.examine", lambda: found)
    assert say("doctor -q") == Said(0, "gcc: Debian: apt install gcc\n", "")
    assert [f["name"] for f in json.loads(say("doctor --json").out)["findings"]] == ["gcc", "torch"]


def test_names_are_shortened_in_one_place() -> None:
    kind: type[Rs2cError]
    for kind in (DataError, OptionError):
        told = str(kind(f"column {LONG!r} of {'x' * 300}.csv is odd; see the board's manual"))
        assert f"'{LONG[:99]}…" in told
        assert "(4002 letters)" in told
        assert f"{'x' * 300}.csv is odd; see the board's manual" in told
    spaced = "a long name " * 400
    assert len(shortened(f"no column {spaced!r}, nor {spaced + chr(39)!r}; the table's columns are 'a', 'b'")) < 400
    kept = f"it's {'the boards of the users, such as ' * 20}; don't"
    assert shortened(kept) == kept


@pytest.mark.parametrize("scores", ["text", [{"a": 0.5}], [[1.0], [2.0, 3.0]], None, [object()], 1j])
def test_scores_that_are_no_table_are_a_typed_error(scores) -> None:
    with pytest.raises(DataError, match=r"the scores from the teacher are .*; give one line a row"):
        as_scores(scores, "classify", 3, "the teacher")
