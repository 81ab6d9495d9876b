"""A board whose packages cannot be had: a sentence within five seconds, and no waiting for PlatformIO."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from rs2c.boards.boards import list_boards, list_cores
from rs2c.firmware import package_registry


def test_without_a_network_the_sentence_says_what_to_do(offline, models, tmp_path):
    for command in ("build", "flash", "test"):
        done = offline(command, models / "gesture.rs2c", "--board", "nucleo_f446re", "-o", tmp_path / "project")
        assert done.code == 2
        assert done.seconds < 5
        assert "platform 'ststm32'" in done.err
        assert "api.registry.platformio.org cannot be reached" in done.err
        assert "rs2c verify --board cortex-m4f" in done.err
        assert done.err.count("\n") == 1
        assert "create_connection" in done.connections  # what the other tests look for is written down


def test_a_closed_proxy_is_found_out_as_quickly(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        started = time.monotonic()
        assert not package_registry.registry_reachable()
        assert time.monotonic() - started < 1


def test_a_proxy_that_listens_counts_as_reachable(monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as open_proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{open_proxy.getsockname()[1]}")
        assert package_registry.registry_reachable()


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(package_registry, "TIMEOUT_SECONDS", 0.2)
    answered = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        answered.wait()
        raise OSError

    monkeypatch.setattr(socket, "create_connection", look_up)
    started = time.monotonic()
    assert not package_registry.registry_reachable()
    assert time.monotonic() - started < 2
    answered.set()


def test_a_package_that_is_missing_beside_an_installed_platform_ends_the_wait(offline, models, tmp_path):
    core_folder = tmp_path / "core"
    platform = core_folder / "platforms" / "atmelavr"
    (platform / "boards").mkdir(parents=True)
    (platform / "builder").mkdir()
    (platform / "builder" / "main.py").touch()
    package = {"toolchain-atmelavr": {"type": "toolchain", "owner": "platformio", "version": "~3.70300.0"}}
    manifest = {"name": "atmelavr", "title": "t", "description": "d", "version": "5.0.0", "packages": package}
    (platform / "platform.json").write_text(json.dumps(manifest))
    spec = {"owner": "platformio", "id": None, "name": "atmelavr", "requirements": None, "uri": None}
    meta = {"type": "platform", "name": "atmelavr", "version": "5.0.0", "spec": spec}
    (platform / ".piopm").write_text(json.dumps(meta))
    board = {"name": "Uno", "url": "u", "vendor": "v", "build": {"mcu": "atmega328p"}, "upload": {}}
    (platform / "boards" / "uno.json").write_text(json.dumps(board))
    given = ("build", models / "gesture.rs2c", "--board", "uno", "-o", tmp_path / "project")
    done = offline(*given, PLATFORMIO_CORE_DIR=str(core_folder))
    assert done.code == 2
    assert done.seconds < 5
    assert "tool 'platformio/toolchain-atmelavr'" in done.err
    assert "cannot be reached" in done.err


def test_a_scons_of_another_version_is_named_and_nothing_is_fetched(offline, models, tmp_path):
    watch = tmp_path / "watch" / "sitecustomize.py"
    watch.write_text(
        watch.read_text()
        + "\nimport sys\nif 'rs2c' in sys.orig_argv:\n    import importlib.metadata as m\n    real = m.version\n"
        + "    m.version = lambda name: '4.8.1' if name == 'scons' else real(name)\n"
    )
    done = offline("build", models / "gesture.rs2c", "--board", "host", "-o", tmp_path / "project")
    assert done.code == 2
    assert done.seconds < 5
    assert done.connections == ""
    assert done.err == "error: PlatformIO 6.2.0 does not work with SCons 4.8.1: pip install 'rs2c[firmware]'\n"


@pytest.mark.parametrize("board", sorted(set(list_boards()) - set(list_cores())))
def test_every_real_board_has_a_project(models, tmp_path, board):
    from rs2c.boards.boards import load_board
    from rs2c.firmware.project import write_project
    from tests.emit.models import GOLDENS

    known = load_board(board).platformio
    project = write_project(GOLDENS["level"], "level", load_board(board), tmp_path / "project", 10)
    text = (project.folder / "platformio.ini").read_text()
    for line in (
        f"[env:{board}]",
        f"platform = {known.platform}",
        f"board = {known.board}",
        f"framework = {known.framework}",
        f"upload_protocol = {known.upload}",
    ):
        assert line in text.splitlines()
    ports = [path.name for path in (project.folder / "src").glob("port_*")]
    assert ports == [{"arduino": "port_arduino.cpp", "zephyr": "port_zephyr.c"}[known.framework]]
