"""What documents, comments and docstrings name of the code is there."""

import ast
import io
import re
import tokenize
from functools import cache
from pkgutil import resolve_name

from tests.layers import OURS, ROOT

CODE = [path for side in (*OURS, "tests") for path in sorted((ROOT / side).rglob("*.py"))]
PROSE = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "babel.cfg")),
    *(path for side in ("deploy", "scripts") for path in sorted((ROOT / side).iterdir())),
    *(path for side in ("docs", "models", "training_data") for path in (ROOT / side).glob("*.md")),
    *(path for side in (*OURS, "tests") for path in sorted((ROOT / side).rglob("*.toml"))),
    *sorted((ROOT / "tests").rglob("*.md")),
]
MODULES = {path.stem for path in CODE} | {path.parent.name for path in CODE}
"""Names of modules and packages, without what they are in."""

PATH = re.compile(r"(?<![\w./-])(?:matcher|service|tests|docs|scripts|deploy)/[\w/.-]*\w\.[a-z]+\b")
WITHIN = re.compile(r"`((?:matcher|service|tests)/[\w/-]+\.py)`\s\(`(\w+)`")
FILE = re.compile(r"(?<![\w./*{-])(\w+)\.py\b")
DOTTED = re.compile(r"(?<![\w./-])matcher(?:\.[a-z_]\w+)+")
BARE = re.compile(r"``([a-z][a-z_]{3,})(?:\.[a-z_]+)*``")
"""What could be the name of a module, or of something in it."""
IMPORT = re.compile(r"^from ((?:matcher|service)[\w.]*) import ([\w, ]+)$", re.M)


@cache
def tokens(path):
    """Return the names and texts of a module, each with whether it is for its reader alone."""
    source = path.read_text(encoding="utf-8")
    documented = {
        (node.lineno, node.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        (token.type, token.string, token.type == tokenize.COMMENT or token.start in documented)
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in (tokenize.NAME, tokenize.STRING, tokenize.COMMENT)
    ]


def told(path):
    """Return the comments and docstrings of a module, or a document; of a changelog what is new."""
    if path.suffix == ".py":
        return "\n".join(text for _, text, aside in tokens(path) if aside)
    text = path.read_text(encoding="utf-8")
    return text.split("\n## [")[1] if path.name == "CHANGELOG.md" else text


@cache
def names_in(folder):
    """Return the words of the code in a folder and in those around it, without what is beneath."""
    own = {
        word
        for path in folder.glob("*.py")
        for _, text, aside in tokens(path)
        if not aside
        for word in re.findall(r"\w+", text)
    }
    return own if folder == ROOT else own | names_in(folder.parent)


def is_there(name):
    """Return whether a dotted name is that of a module, or of what stands in one."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_a_path_or_module_that_is_named_is_there():
    gone = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*CODE, *PROSE)
        for pattern, holds in (
            (PATH, lambda name: (ROOT / name).exists()),
            (WITHIN, lambda found: found[1] in names_in((ROOT / found[0]).parent)),
            (FILE, lambda name: name in MODULES),
            (DOTTED, is_there),
        )
        for name in pattern.findall(told(path))
        if not holds(name)
    ]
    assert gone == []


def test_a_word_in_backticks_is_a_name_of_the_code():
    """A name in its package, or a module: a former module is neither."""
    unknown = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] in OURS
        for word in BARE.findall(told(path))
        if word not in MODULES | names_in(path.parent)
    ]
    assert unknown == []


def test_a_program_within_a_text_imports_what_is_there():
    """Tests write programs for other processes: no linter reads their imports."""
    gone = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in CODE
        for kind, text, _ in tokens(path)
        if kind == tokenize.STRING
        for module, names in IMPORT.findall(text)
        for name in names.split(", ")
        if not is_there(f"{module}.{name}")
    ]
    assert gone == []
