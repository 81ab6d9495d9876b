"""Which names an emitted library may have, and how names from data are shown without ever becoming code."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rs2c.base.errors import OptionError
from rs2c.boards.headers import owner_of_header

_FORM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MAX_LENGTH = 40
_MAX_SHOWN = 60  # letters of a name from data
# Words of C and C++, and macros that compilers and Arduino cores define in lower case.
_WORDS = frozenset(
    (
        "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl complex concept const "
        "constexpr continue decltype default delete do double else enum explicit export extern false float for friend "
        "goto if imaginary inline int long main mutable namespace new noexcept not not_eq nullptr operator or or_eq "
        "private protected public register reinterpret_cast requires restrict return short signed sizeof static "
        "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename "
        "typeof union unsigned using virtual void volatile wchar_t while xor xor_eq "
        "abs bit boolean byte constrain degrees interrupts loop map max min radians round setup sq word yield "
        "linux unix arm avr esp32 esp8266 i386 mips riscv xtensa"
    ).split()
)
_DEVICES = re.compile("aux|con|nul|prn|(com|lpt)[0-9]")  # of Windows, whatever the ending
# Targets that CMake or make define themselves, and libraries of a system, which a target of that name would replace.
_TARGETS = frozenset(
    (
        "all clean depend edit_cache help install package preinstall rebuild_cache test "
        "atomic c crypt dl gcc m nsl resolv rt util"
    ).split()
)
_OURS = "rs2c"  # the headers, macros and functions of the firmware around a library begin so


def check_name(name: str) -> list[str]:
    """What is wrong with a library name, one sentence each; empty where nothing is."""
    problems = []
    if not _FORM.fullmatch(name):
        problems.append(
            f"the name {name!r} does not work as a C prefix; use lower-case letters, digits and single underscores, "
            "starting with a letter, such as 'gesture'"
        )
    elif name in _WORDS or keyword.iskeyword(name):
        problems.append(f"the name {name!r} is a word of C, C++ or an Arduino core; use another, as in '{name}_model'")
    elif (owner := owner_of_header(name)) is not None:
        problems.append(f"{name}.h would hide a header of {owner}; use another name, as in {_other(name)!r}")
    elif _DEVICES.fullmatch(name):
        problems.append(f"{name}.h would be a device of Windows; use another name, as in '{name}_model'")
    elif name in _TARGETS:
        problems.append(f"the name {name!r} means another target to CMake; use another, as in '{name}_model'")
    elif _is_ours(name):
        problems.append(f"names from {_OURS} on belong to the firmware around the model; use one that begins otherwise")
    elif name.endswith("_selftest"):
        problems.append(f"{name}.h could be the self-test of another model; use a name that does not end in _selftest")
    if len(name) > _MAX_LENGTH:
        problems.append(f"the name {name[:20]!r}... has {len(name)} letters; use at most {_MAX_LENGTH}")
    return problems


def _is_ours(name: str) -> bool:
    return name.split("_")[0] == _OURS


def default_name(stem: str) -> str:
    """A valid library name made from a file's stem."""
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:_MAX_LENGTH].rstrip("_")
    if not name or not name[0].isalpha() or _is_ours(name):
        name = f"model_{name}".rstrip("_")[:_MAX_LENGTH]
    return name if not check_name(name) else _other(name)


def _other(name: str) -> str:
    """A name beside one that is taken: _model behind it, or before it where all that begin so are taken."""
    other = f"{name[: _MAX_LENGTH - 6].rstrip('_')}_model"
    return other if owner_of_header(other) is None else f"model_{name}"[:_MAX_LENGTH].rstrip("_")


def shown(text: str) -> str:
    """A name from data as it may stand in a C comment or a Markdown table: printable ASCII that closes nothing.

    Anything else becomes `_`, so that no comment can end, continue on the next line, or hold a trigraph. Of more than
    60 characters the middle is left out, for names that go together often begin alike.
    """
    return _cut(re.sub(r"[^A-Za-z0-9 .,:;=()\[\]{}%$#@!^~<>+-]", "_", text))


def all_shown(texts: Sequence[str]) -> list[str]:
    """`shown` of names that stand together; those that would look the same end in their number, as in "level_ #2"."""
    return _told_apart(map(shown, texts))


def c_string(text: str) -> str:
    """A name from data as a C string literal of its UTF-8 text: at most 60 characters, `_` for what is not printable.

    Bytes beyond ASCII become octal escapes, which end after three digits whatever follows; so do the quote, the
    backslash, and the question mark that could begin a trigraph.
    """
    return _literal(_printable(text))


def c_strings(texts: Sequence[str]) -> list[str]:
    """`c_string` of names that stand together, no two of which print the same, see `all_shown`."""
    return list(map(_literal, _told_apart(map(_printable, texts))))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:28]}...{text[-29:]}"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in _cut(text))


def _literal(printable: str) -> str:
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in printable.encode()) + '"'


def _told_apart(texts: Iterable[str]) -> list[str]:
    """Texts of which those that are equal have got their number; one so made may equal another, hence the loop."""
    told = list(texts)
    while len(set(told)) < len(told):
        times = Counter(told)
        numbers = [f" #{number}" if times[text] > 1 else "" for number, text in enumerate(told)]
        told = [text[: _MAX_SHOWN - len(number)] + number for text, number in zip(told, numbers, strict=True)]
    return told


def shown_in_markdown(text: str) -> str:
    """`shown`, with what could begin a link, an image or HTML made literal."""
    return re.sub(r"([\[\]<>])", r"\\\1", shown(text))


def check_all(name: str) -> None:
    """Raise one OptionError that lists every problem."""
    problems = check_name(name)
    if problems:
        raise OptionError("; ".join(problems))
