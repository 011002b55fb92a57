"""Studies under way: folders of raw files with what was decided of them, until trials come out.

A study is of one organisation, in a folder under a name that nobody can guess. Its rows of
respondents leave that folder never. One that nobody touched for a while is erased, unless somebody
chose to keep it for a later wave.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import FileStorage

from matcher.files import whole_file
from matcher.study.study_file import NAME, StudyFile, read_study_file
from matcher.vocabulary import Language
from service.errors import ServiceError
from service.research import inspection
from service.research.uploads import LARGEST, shown_name
from service.research.workspace import Workspace, alone
from service.store.clock import now

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".ods", ".sav", ".zsav", ".dta")
MOST_FILES, MOST_BYTES = 40, 5 * LARGEST
"""Of one study."""
KEPT_DAYS = 7
"""Days that a study stays when nobody touches it."""
MADE = (
    *("trials.csv", "measurements.csv", "off-menu.csv"),
    *("report.nl.html", "report.en.html", "codebook.csv"),
)
"""What a study may be asked for once it is closed; the key file is given apart."""
_KEYS, _STUDY = "keys.csv", "study.json"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_UNSAFE = re.compile(r"[^\w .()+-]+")

State = Literal["open", "kept", "erased"]
"""open: somebody works on it. kept: built, and kept for a later wave. erased: built, and what was
sent is gone."""


class TooMuch(ServiceError):
    """More files, or larger ones, than a study may have."""

    kind = "content_too_large"


class Gone(ServiceError):
    """The study was erased since it was looked up."""

    kind = "not_found"


class Overtaken(ServiceError):
    """Somebody else changed the study since the page was shown."""

    kind = "conflict"


@dataclass(frozen=True, slots=True)
class Study:
    """A study and who works on it."""

    token: str
    name: str
    organisation: str
    by: str
    at: str
    state: State = "open"
    keys_given: bool = False
    """Whether somebody took the key file as it is now."""
    accepted: tuple[str, ...] = ()
    """Digests of the lists of warnings that somebody took for right."""


_STORED = TypeAdapter(Study)


def start(workspace: Workspace, organisation: str, name: str, by: str) -> Study:
    """Make the folder of a new study."""
    forget_old(workspace)
    study = Study(secrets.token_hex(16), name, organisation, by, now())
    folder = folder_of(workspace, study)
    (folder / "files").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    _write(folder, study)
    return study


def folder_of(workspace: Workspace, study: Study) -> Path:
    """Return where a study is."""
    return workspace.studies / study.token


def find(workspace: Workspace, token: str, organisation: str) -> Study | None:
    """Return a study of an organisation; None where it is of another, or is no longer there."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        study = _STORED.validate_json((workspace.studies / token / _STUDY).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return study if study.organisation == organisation else None


def studies(workspace: Workspace, organisation: str) -> list[Study]:
    """Return the studies of an organisation, the newest first."""
    found = (find(workspace, name, organisation) for name in _names(workspace))
    return sorted((s for s in found if s is not None), key=lambda s: s.at, reverse=True)


def erase(workspace: Workspace, study: Study) -> None:
    """Remove a study with all that is in it."""
    shutil.rmtree(folder_of(workspace, study), ignore_errors=True)


def forget_old(workspace: Workspace) -> int:
    """Erase what nobody touched for KEPT_DAYS and nobody chose to keep; return how many."""
    folders = old_ones(workspace)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)


def old_ones(workspace: Workspace) -> list[Path]:
    """Return the folders of studies that may be erased."""
    oldest = time.time() - 86_400 * KEPT_DAYS
    return [
        folder
        for name in _names(workspace)
        if _touched(folder := workspace.studies / name) < oldest and not _is_kept(folder)
    ]


def _touched(folder: Path) -> float:
    path = folder / _STUDY
    return (path if path.exists() else folder).stat().st_mtime


def _is_kept(folder: Path) -> bool:
    try:
        return _STORED.validate_json((folder / _STUDY).read_bytes()).state == "kept"
    except (FileNotFoundError, ValidationError):
        return False


def _names(workspace: Workspace) -> Iterator[str]:
    if workspace.studies.is_dir():
        names = [entry.name for entry in os.scandir(workspace.studies)]
        yield from filter(_TOKEN.fullmatch, names)


def _write(folder: Path, study: Study) -> None:
    with whole_file(folder / _STUDY, 0o600) as file:
        file.write(orjson.dumps(asdict(study)))


@contextmanager
def changing(workspace: Workspace, study: Study) -> Iterator[tuple[Path, Study]]:
    """Yield the folder of a study, and the study as it is by now, while nobody else changes it.

    Gone where it is no longer there.
    """
    folder = folder_of(workspace, study)
    try:
        with alone(folder / ".lock"):
            os.utime(folder / _STUDY)
            yield folder, _STORED.validate_json((folder / _STUDY).read_bytes())
    except FileNotFoundError:
        if (folder / _STUDY).exists():
            raise
        raise Gone from None


def seen(folder: Path) -> str:
    """Return by what a form knows the decisions that it was made from."""
    path = folder / NAME
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def settings_of(workspace: Workspace, study: Study) -> StudyFile:
    """Return what is decided of a study; nothing where no file was read yet."""
    folder = folder_of(workspace, study)
    return read_study_file(folder) if (folder / NAME).exists() else StudyFile()


# The first step


def suffix_of(name: str) -> str | None:
    """Return the ending of a kind of file that a study may hold, or None."""
    suffix = Path(name).suffix.casefold()
    return suffix if suffix in SUFFIXES else None


def add(
    workspace: Workspace, study: Study, sent: Sequence[FileStorage], language: Language
) -> Mapping[str, Any]:
    """Read files and take them into a study; where one has a fault, none is kept.

    Each name must have one of ``SUFFIXES``. A file that the study has already is not kept twice.

    Raises
    ------
    TooHeavy
        If reading takes more memory or time than such files need.
    TooMuch
        If the study would have too many files, or too large ones.
    """
    with changing(workspace, study) as (folder, study):
        there = list((folder / "files").iterdir())
        if len(there) + len(sent) > MOST_FILES:
            raise TooMuch
        taken = {path.name.casefold() for path in there}
        paths: list[Path] = []
        done = False
        try:
            for each in sent:
                name = _free_name(shown_name(each.filename), taken)
                taken.add(name.casefold())
                paths.append(folder / "files" / name)
                each.save(paths[-1])
                paths[-1].chmod(0o600)
            if sum(path.stat().st_size for path in (*there, *paths)) > MOST_BYTES:
                raise TooMuch
            told = _look(workspace, folder, paths, language)
            done = told["state"] == "done"
        finally:
            if not done:
                for path in paths:
                    path.unlink(missing_ok=True)
        if done:
            _drop_twins(folder, paths)
            if study.state == "kept":
                _write(folder, replace(study, state="open"))
    return told


def _drop_twins(folder: Path, paths: Sequence[Path]) -> None:
    """Remove files that the study had already, under another name."""
    used = {Path(file.path).name for file in read_study_file(folder).file}
    for path in paths:
        if path.name not in used:
            path.unlink()


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name as a file of ours may have it, that no other has."""
    path = Path(_UNSAFE.sub("-", name).lstrip(". -") or "file")
    suffix, stem = path.suffix, path.stem[:80]
    free, n = f"{stem}{suffix}", 2
    while free.casefold() in taken:
        free, n = f"{stem} ({n}){suffix}", n + 1
    return free


def look_again(
    workspace: Workspace, folder: Path, file: str, role: str, language: Language
) -> Mapping[str, Any]:
    """Read one file of a study again, as what somebody says that it is; ``file`` is its path."""
    return _look(workspace, folder, [folder / file], language, "--as", role)


def _look(
    workspace: Workspace, folder: Path, paths: Sequence[Path], language: Language, *more: str
) -> Mapping[str, Any]:
    told = inspection.study_step(
        *("--lang", language, "study", "look", *map(str, paths), "--out", str(folder), *more)
    )
    if told["state"] == "done":
        known = looked(folder)
        files = {each["sha256"]: each for each in (*known["files"], *told["files"])}
        notes = [*known["notes"], *(n for n in told["notes"] if n not in known["notes"])]
        _keep(folder, "looked", {"files": list(files.values()), "notes": notes})
    return told


def looked(folder: Path) -> Mapping[str, Any]:
    """Return what the looks into the files of a study told."""
    return _kept(folder, "looked") or {"files": [], "notes": []}


# The second and third step


def matched(workspace: Workspace, study: Study, language: Language) -> Mapping[str, Any]:
    """Return what a person has to decide as the study is now; TooHeavy if that cannot be told."""
    with changing(workspace, study) as (folder, study):
        return _matched(workspace, folder, language)


def _matched(workspace: Workspace, folder: Path, language: Language) -> Mapping[str, Any]:
    known = _kept(folder, "matched")
    if known is not None and known["seen"] == seen(folder):
        return known
    menu = ("--menu", str(workspace.menu))
    told = dict(inspection.study_step("--lang", language, "study", "match", str(folder), *menu))
    return _keep(folder, "matched", told | {"seen": seen(folder), "warned": _warned(told)})


def _warned(told: Mapping[str, Any]) -> str:
    """Return by what the warnings that were told are known again."""
    return sha256(orjson.dumps([told["warnings"], told["n_warnings"]])).hexdigest()


def accept(workspace: Workspace, study: Study, warned: str) -> None:
    """Keep that somebody took warnings for right, by the digest of those that they saw."""
    with changing(workspace, study) as (folder, study):
        if warned not in study.accepted:
            _write(folder, replace(study, accepted=(*study.accepted, warned)))


def built(workspace: Workspace, study: Study, language: Language) -> Mapping[str, Any]:
    """Build the study as it is now, if it was not built so before, and return what came out.

    ``state`` is ``done``, ``refused`` with every fault, or ``unconfirmed`` where somebody has to
    look at the warnings first. Raises TooHeavy.
    """
    with changing(workspace, study) as (folder, study):
        if study.state == "erased":
            return _kept(folder, "built") or {"state": "refused", "faults": [], "total": 0}
        known = _kept(folder, "built")
        if (
            known is not None
            and known["seen"] == seen(folder)
            and not (known["state"] == "unconfirmed" and known["warned"] in study.accepted)
        ):
            return known
        command = ["--lang", language, "study", "build", str(folder)]
        command += ["--menu", str(workspace.menu)]
        out = inspection.study_step(*command)
        warned = _warned(out)
        if out["state"] == "unconfirmed" and warned in study.accepted:
            out = inspection.study_step(*command, "--accept-warnings")
        if out["state"] == "done" and out["new_names"]:
            _write(folder, replace(study, keys_given=False))
        return _keep(folder, "built", {**out, "seen": seen(folder), "warned": warned})


def close(workspace: Workspace, study: Study, built_from: str, *, keep: bool) -> Study:
    """Hand over what was built; without ``keep`` all that was sent and decided is erased.

    Overtaken if the study is no longer as it was built when somebody saw what came out.
    """
    with changing(workspace, study) as (folder, study):
        if study.state == "erased":
            return study
        out = _kept(folder, "built")
        if out is None or out["state"] != "done" or not out["seen"] == seen(folder) == built_from:
            raise Overtaken
        closed = replace(study, state="kept" if keep else "erased")
        _write(folder, closed)
        if not keep:
            shutil.rmtree(folder / "files", ignore_errors=True)
            for name in (NAME, "looked.json", "matched.json"):
                (folder / name).unlink(missing_ok=True)
        return closed


def made(workspace: Workspace, study: Study) -> list[str]:
    """Return the names of what was made, once the study is closed."""
    if study.state == "open":
        return []
    folder = folder_of(workspace, study)
    return [name for name in MADE if (folder / name).exists()]


def has_keys(workspace: Workspace, study: Study) -> bool:
    """Return whether the key file is there to be taken."""
    there = (folder_of(workspace, study) / _KEYS).exists()
    return study.state != "open" and not study.keys_given and there


def take_keys(workspace: Workspace, study: Study) -> bytes | None:
    """Return the key file, once; where the study is not kept it is erased here."""
    with changing(workspace, study) as (folder, study):
        if not has_keys(workspace, study):
            return None
        path = folder / _KEYS
        keys = path.read_bytes()
        _write(folder, replace(study, keys_given=True))
        if study.state == "erased":
            path.unlink()
        return keys


def _kept(folder: Path, name: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = orjson.loads((folder / f"{name}.json").read_bytes())
    except FileNotFoundError:
        return None
    return told


def _keep(folder: Path, name: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    with whole_file(folder / f"{name}.json", 0o600) as file:
        file.write(orjson.dumps(told))
    return told
