"""The result as one page that needs nothing else, and as a document of the repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from tests.benchmarks.ranking.sections import Section, Table, markdown

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; font-size: .8rem; margin: 1rem 0; display: block;
  overflow-x: auto; }
th, td { border-bottom: 1px solid #ccc; padding: .2rem .6rem; text-align: left; }
svg { max-width: 100%; height: auto; }
@media print { table { display: table; } }
"""
INTRODUCTION = Path(__file__).with_name("introduction.md")


def document(made: Sequence[Section]) -> str:
    """Return the document of the repository."""
    return f"{INTRODUCTION.read_text(encoding='utf-8')}\n{markdown(made)}"


def page(made: Sequence[Section], drawn: Mapping[str, str]) -> str:
    """Return a page in HTML with the plots in it: no script, no other file."""
    body = "\n".join(_section(section, drawn) for section in made)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Benchmark of the ranking</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>Benchmark of the ranking</h1>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section, drawn: Mapping[str, str]) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{_words(text)}</p>" for text in section.text]
    parts += [f"<figure>{drawn[name]}</figure>" for name in section.plots if name in drawn]
    parts += [_table(table) for table in section.tables]
    return "\n".join(parts)


def _table(table: Table) -> str:
    head, rows = table
    top = "".join(f'<th scope="col">{_words(cell)}</th>' for cell in head)
    body = "\n".join(f"<tr>{''.join(f'<td>{_words(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _words(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
