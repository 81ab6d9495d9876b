"""The emitted CMake files, built: as a subproject, through FetchContent, as ESP-IDF components and as Zephyr modules.

ESP-IDF and Zephyr are stood in for by the few commands that the files call, written after theirs.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emit.build import build, emit_all, run
from tests.emit.models import GOLDENS
from tests.support.tools import need_program

# One name is a word of CMake, which must not be taken for more than a name.
MODELS = {"gesture": GOLDENS["gesture"], "target": GOLDENS["level"]}
MAIN = (
    '#include "gesture.h"\n#include "gesture_selftest.h"\n#include "target.h"\n#include "target_selftest.h"\n'
    "int main(void) { return (int)(gesture_selftest() + target_selftest()); }\n"
)
LISTS = "set(libraries gesture target)\n"

# tools/cmake/scripts/component_get_requirements.cmake: CMake in script mode reads each component first, and its
# idf_component_register returns from the file.
ESP_IDF_SCRIPT = """
macro(idf_component_register)
    cmake_parse_arguments(_ "" "KCONFIG;KCONFIG_PROJBUILD" "SRCS;SRC_DIRS;EXCLUDE_SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;\
LDFRAGMENTS;REQUIRES;PRIV_REQUIRES;REQUIRED_IDF_TARGETS;EMBED_FILES;EMBED_TXTFILES" "${ARGN}")
    set(registered "${__SRCS}|${__INCLUDE_DIRS}|${__UNPARSED_ARGUMENTS}")
    return()
endmacro()
function(read_component name)
    include("${name}/CMakeLists.txt")
    file(APPEND registered.txt "${registered}\\n")
endfunction()
read_component("gesture")
read_component("target")
"""

# tools/cmake/component.cmake: sources are taken from the component's folder; the library's name has a prefix.
ESP_IDF = """
cmake_minimum_required(VERSION 3.16)
project(firmware LANGUAGES C)
set(ESP_PLATFORM 1)
function(idf_component_register)
    cmake_parse_arguments(_ "" "" "SRCS;INCLUDE_DIRS" ${ARGN})
    get_filename_component(name ${CMAKE_CURRENT_LIST_DIR} NAME)
    list(TRANSFORM __SRCS PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
    add_library(__idf_${name} STATIC ${__SRCS})
    foreach(folder ${__INCLUDE_DIRS})
        target_include_directories(__idf_${name} PUBLIC "${CMAKE_CURRENT_LIST_DIR}/${folder}")
    endforeach()
endfunction()
add_executable(user main.c)
foreach(library ${libraries})
    add_subdirectory(${library} esp-idf/${library})
    target_link_libraries(user PRIVATE __idf_${library})
endforeach()
"""

# cmake/modules/extensions.cmake and kernel.cmake: a library is named after its folder, include folders are everyone's.
ZEPHYR = """
cmake_minimum_required(VERSION 3.20)
project(firmware LANGUAGES C)
add_library(zephyr_interface INTERFACE)
macro(zephyr_library)
    file(RELATIVE_PATH name "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_LIST_DIR}")
    string(REPLACE "/" "__" ZEPHYR_CURRENT_LIBRARY "${name}")
    add_library(${ZEPHYR_CURRENT_LIBRARY} STATIC "")
    set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS ${ZEPHYR_CURRENT_LIBRARY})
    target_link_libraries(${ZEPHYR_CURRENT_LIBRARY} PUBLIC zephyr_interface)
endmacro()
function(zephyr_library_sources source)
    target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${source} ${ARGN})
endfunction()
function(zephyr_include_directories)
    target_include_directories(zephyr_interface INTERFACE ${ARGN})
endfunction()
foreach(library ${libraries})
    add_subdirectory(${library}/zephyr modules/${library})
endforeach()
add_executable(user main.c)
get_property(made GLOBAL PROPERTY ZEPHYR_LIBS)
target_link_libraries(user PRIVATE ${made})
"""

FETCH_CONTENT = """
cmake_minimum_required(VERSION 3.14)
project(user LANGUAGES C)
set(CMAKE_C_STANDARD 90)
set(BUILD_SHARED_LIBS ON)
include(FetchContent)
foreach(library ${libraries})
    FetchContent_Declare(${library} SOURCE_DIR ${CMAKE_SOURCE_DIR}/${library})
endforeach()
FetchContent_MakeAvailable(${libraries})
foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES LINK_LIBRARIES)
    get_directory_property(leaked ${property})
    if(leaked)
        message(FATAL_ERROR "${property} of the project became ${leaked}")
    endif()
endforeach()
if(CMAKE_C_FLAGS)
    message(FATAL_ERROR "flags of the project became ${CMAKE_C_FLAGS}")
endif()
add_executable(user main.c)
target_link_libraries(user PRIVATE ${libraries})
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two libraries and a program that runs both self-tests."""
    need_program("cmake")
    emit_all(MODELS, tmp_path)
    (tmp_path / "main.c").write_text(MAIN)
    return tmp_path


@pytest.mark.parametrize("lists", [ESP_IDF, ZEPHYR, FETCH_CONTENT], ids=["esp-idf", "zephyr", "fetch-content"])
def test_two_libraries_in_one_project(lists: str, project: Path) -> None:
    (project / "CMakeLists.txt").write_text(LISTS + lists)
    build(["cmake", "-S", ".", "-B", "made", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"], project)
    build(["cmake", "--build", "made"], project)
    assert run(["made/user"], project).returncode == 0
    compiled = json.loads((project / "made" / "compile_commands.json").read_text())
    sources = {f"{name}{part}" for name in MODELS for part in (".c", "_selftest.c")}
    assert {Path(unit["file"]).name for unit in compiled} == {"main.c", *sources}
    words = {word for unit in compiled for word in unit["command"].split() if word.startswith("-")}
    assert all(word.endswith("/include") for word in words if word.startswith("-I"))
    assert {word for word in words if not word.startswith("-I")} <= {"-o", "-c", "-std=gnu90"}  # no flags of its own


def test_esp_idf_reads_the_components_in_script_mode(project: Path) -> None:
    (project / "read.cmake").write_text(ESP_IDF_SCRIPT)
    build(["cmake", "-D", "ESP_PLATFORM=1", "-P", "read.cmake"], project)
    expected = [f"src/{name}.c;src/{name}_selftest.c|include|" for name in MODELS]
    assert (project / "registered.txt").read_text().splitlines() == expected
