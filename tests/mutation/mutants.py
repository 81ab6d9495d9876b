"""Every single change of one constant by one, or of one operator, in an emitted C source.

The lines for machines that are not known to be little-endian are left out, for they are not compiled here, and so is
the guard against files of two models, which is not a part of the computation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<skip>/\*.*?\*/ | "(?:\\.|[^"\\])*"
        | ^\#if\ !defined\(__BYTE_ORDER__\).*?^\#else
        | ^\#\s*(?:include|if|ifdef|ifndef|elif|else|endif|error)\b[^\n]*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>(?:0[xX][0-9A-Fa-f]+|\d+)[uUlL]*)
      | (?P<operator><<=|>>=|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|\|=|[-+*/&|<>?])
      | (?P<other>\S)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_OPERATORS = {
    "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"],
    "<": ["<=", ">"], ">": [">=", "<"], "<=": ["<"], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "+=": ["-="], "-=": ["+="], "*=": ["+="], "|=": ["&="], "<<=": [">>="], ">>=": ["<<="], "++": ["--"], "--": ["++"],
    "||": ["&&"], "&&": ["||"], "?": ["== 0 ?"],
}  # fmt: skip
_DECLARES = re.compile(r".*_t|char|const")  # a star after one of these makes a pointer


@dataclass(frozen=True)
class Mutant:
    """One change of a source text."""

    start: int  # of the token
    end: int
    text: str  # that stands in its place
    kind: str  # "table", "macro", "literal" or "operator"
    line: int  # from 1
    where: str  # the table, macro or function that is changed
    index: int  # of the entry, in a table

    def apply(self, source: str) -> str:
        """The whole changed source."""
        return source[: self.start] + self.text + source[self.end :]

    def before(self, source: str) -> str:
        """The token that is changed."""
        return source[self.start : self.end]

    def context(self, source: str) -> str:
        """The line that is changed, the token marked as in `return (a «<» b) ? a : b;`."""
        start, end = source.rfind("\n", 0, self.start) + 1, source.find("\n", self.end)
        return f"{source[start : self.start].lstrip()}«{self.before(source)}»{source[self.end : end]}"

    def describe(self, source: str) -> str:
        """`line 12, min: return (a «<» b) ? a : b; becomes <=`, with long lines cut."""
        text = self.context(source)
        at = max(0, text.index("«") - 50)
        return f"line {self.line}, {self.where}: {'...' * (at > 0)}{text[at : at + 90]} becomes {self.text}"


def mutants(source: str, name: str) -> list[Mutant]:
    """All mutants of a source, in the order of its text."""
    found: list[Mutant] = []
    where, before, depth, index, in_table = "", "", 0, 0, False
    for token in _TOKEN.finditer(source):
        text, kind = token.group(), token.lastgroup
        if kind == "skip":
            continue
        line = source.count("\n", 0, token.start()) + 1
        line_start = source.rfind("\n", 0, token.start()) + 1
        macro = source.startswith("#define", line_start)
        defined = depth == 0 and text.startswith(f"{name}_") and source[token.end()] in "(["
        if kind == "word" and (before == "define" or (defined and not macro)):
            where = text[len(name) + 1 :]
        in_table = (in_table or (text == "{" and before == "=")) and text != "}"
        index += (text == ",") if in_table else -index
        depth += (text == "{") - (text == "}")
        changes: list[str] = []
        if kind == "number":
            changes = _numbers(text)
        elif kind == "operator" and not macro and not in_table and depth and _is_operator(text, before):
            changes = _OPERATORS[text]
        group = "table" if in_table else "macro" if macro else "literal" if kind == "number" else "operator"
        found += [Mutant(token.start(), token.end(), change, group, line, where, index) for change in changes]
        before = text
    return found


def _numbers(text: str) -> list[str]:
    digits = text.rstrip("uUlL")
    value, suffix = int(digits, 0), text[len(digits) :]
    return [f"{value + 1}{suffix}", f"{value - 1}{suffix}" if value else f"(0{suffix} - 1{suffix or ''})"]


def _is_operator(text: str, before: str) -> bool:
    """Whether a star or ampersand is arithmetic, rather than a pointer or an address."""
    if text not in ("*", "&"):
        return True
    return bool(re.fullmatch(r"[\w)\]]+", before)) and not _DECLARES.fullmatch(before)
