"""Commands that make trials of the raw files of a study."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.common import ACCEPT, MENU_CARD, path_of, telling, told_warnings
from matcher.errors import Refused, Unconfirmed
from matcher.evaluation.verdict import BAD_INPUT, UNCONFIRMED
from matcher.messages import say
from matcher.vocabulary import Language

if TYPE_CHECKING:
    from matcher.places.lookup import Places
    from matcher.study.cards import CardWords
    from matcher.study.look import Looked
    from matcher.survey.result import Role

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
_NEW_FOLDER = click.option(
    "--out", "folder", required=True, type=click.Path(file_okay=False, path_type=Path)
)


_JSON = click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for a program.")
_ROLES = ("before", "after", "both", "respondents", "companies", "log", "other")


@contextmanager
def _telling(language: Language, as_json: bool) -> Iterator[None]:
    """Turn what the domain refuses into lines or JSON, and an exit code."""
    if not as_json:
        with telling(language):
            yield
        return
    from matcher.study.told import doubted_told, refused_told

    try:
        yield
    except Refused as refused:
        _tell(refused_told(refused))
        raise SystemExit(BAD_INPUT) from None
    except Unconfirmed as doubted:
        _tell(doubted_told(doubted))
        raise SystemExit(UNCONFIRMED) from None


def _tell(told: object) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))


@click.group()
def study() -> None:
    """From questionnaires, a list of companies and a log to a file of trials."""


@study.command()
@click.argument("files", type=path_of(), nargs=-1, required=True)
@_NEW_FOLDER
@click.option("--as", "role", type=click.Choice(_ROLES), help="What these files are, if you know.")
@_JSON
@click.pass_obj
def look(
    lang: Language, files: tuple[Path, ...], folder: Path, role: Role | None, as_json: bool
) -> None:
    """Tell what each of FILES is, and write it to study.toml in a folder, each guess with why."""
    from matcher.study.look import look as look_at
    from matcher.study.told import looked_told

    with _telling(lang, as_json):
        looked = look_at(files, folder, lang, role)
    if as_json:
        _tell(looked_told(looked))
        return
    for line in _told_files(looked, lang):
        click.echo(line)
    for note in looked.notes:
        click.echo(note.line(lang))
    click.echo(say(lang, "study.looked", n=looked.n_undecided, folder=folder))


def _told_files(looked: Looked, lang: Language) -> list[str]:
    lines = []
    for each in looked.files:
        survey = each.survey
        role = say(lang, f"study.role.{each.role}")
        lines.append(say(lang, "study.file", file=survey.file, role=role, rows=len(survey.rows)))
        lines += [f"  {reason.text(lang)}" for reason in (*each.because, *each.doubt)]
        if survey.dropped:
            told = ", ".join(
                f"{say(lang, f'study.dropped.{why}')}: {n}" for why, n in survey.dropped.items()
            )
            lines.append(f"  {say(lang, 'study.left_rows', told=told)}")
        if survey.personal and each.role not in ("companies", "log"):
            columns = ", ".join(survey.personal)
            lines.append(f"  {say(lang, 'study.left_columns', columns=columns)}")
    if looked.n_known:
        lines.append(say(lang, "study.known_files", n=looked.n_known))
    return lines


@study.command()
@_FOLDER
@MENU_CARD
@_JSON
@click.pass_obj
def match(lang: Language, folder: Path, menu: Path, as_json: bool) -> None:
    """List the companies and words that nobody can be sure of, and write them to study.toml.

    Exit: 0 nothing to decide, 2 something to decide, or faults.
    """
    from matcher.study.told import matched_told
    from matcher.study.who import match_study

    with _telling(lang, as_json):
        cards, places = _words(menu)
        found = match_study(folder, cards, places, lang)
    n = len(found.doubts) + len(found.others)
    if as_json:
        _tell(matched_told(found, cards.menu))
        raise SystemExit(BAD_INPUT if n else 0)
    click.echo(say(lang, "study.matched", **found.n_rows))
    for doubt in found.doubts:
        click.echo(doubt.fault.line(lang))
    for fault in found.others:
        click.echo(fault.line(lang))
    for line in told_warnings(found.known.warnings, lang, None):
        click.echo(line)
    click.echo(say(lang, "study.to_decide" if n else "study.all_known", n=n, folder=folder))
    if n:
        raise SystemExit(BAD_INPUT)


@study.command()
@_FOLDER
@MENU_CARD
@ACCEPT
@_JSON
@click.pass_obj
def build(lang: Language, folder: Path, menu: Path, accept_warnings: bool, as_json: bool) -> None:
    """Write trials.csv, measurements.csv, the report and the codebook, or say all that is wrong.

    Exit: 0 done, 2 faults or something to decide, 6 warnings that nobody accepted.
    """
    from matcher.study.build import KEYS, build_study
    from matcher.study.pseudonyms import warning
    from matcher.study.told import built_told
    from matcher.study_report.page import study_pages  # drawing costs seconds to import

    with _telling(lang, as_json), _bar(folder) as progress:
        cards, places = _words(menu)
        built = build_study(
            folder,
            cards,
            places,
            lang,
            accepted=accept_warnings,
            describe=study_pages,
            progress=progress,
        )
    if as_json:
        _tell(built_told(built))
        return
    for file, counts in built.gathered.counts.items():
        told = ", ".join(f"{say(lang, f'study.dropped.{why}')}: {n}" for why, n in counts.items())
        click.echo(f"{file}: {told}")
    click.echo(
        say(
            lang,
            "study.built",
            trials=len(built.trials),
            measurements=len(built.measurements),
            off_menu=len(built.off_menu),
            folder=folder,
        )
    )
    if built.keys.n_made:
        click.echo(f"{KEYS}: {warning(lang)}", err=True)


@contextmanager
def _bar(folder: Path) -> Iterator[Callable[[str], None]]:
    """Show on a terminal how far a build is: a step per file that is read, and two of its own."""
    from tqdm import tqdm

    from matcher.study.study_file import read_study_file

    files = read_study_file(folder).of_role("companies", "respondents", "log")
    with tqdm(total=len(files) + 2, disable=None, leave=False, file=sys.stderr) as bar:

        def step(name: str) -> None:
            bar.set_description(name)
            bar.update()

        yield step


@study.command()
@_NEW_FOLDER
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
@click.pass_obj
def example(lang: Language, folder: Path, seed: int) -> None:
    """Write a whole invented study with flaws, to try the steps on."""
    from matcher.study.example import write_example

    with telling(lang):
        for path in write_example(folder, seed):
            click.echo(path)


@study.command()
@_NEW_FOLDER
@MENU_CARD
@click.pass_obj
def templates(lang: Language, folder: Path, menu: Path) -> None:
    """Write blank files to start a study with: questions, list of companies, log."""
    from matcher.menu.card import read_menu
    from matcher.study.templates import write_templates

    with telling(lang, menu):
        for path in write_templates(folder, lang, read_menu(menu)):
            click.echo(path)


def _words(menu: Path) -> tuple[CardWords, Places]:
    from matcher.menu.card import read_menu
    from matcher.region import read_region
    from matcher.study.cards import card_words

    return card_words(menu, read_menu(menu)), read_region(menu).places
