"""The first step of a study: what each file is and what stands in it, written down as guesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from matcher.errors import Fault, InvalidStudy, Refused
from matcher.study.columns import guess_roles
from matcher.study.guesses import PEOPLE, Guesses, Source, headings_of
from matcher.study.sources import in_file
from matcher.study.study_file import Pad, StudyFile
from matcher.survey.likert import blocks
from matcher.survey.reading import read_survey
from matcher.survey.result import Reason, Recognised, Role
from matcher.survey.roles import recognise
from matcher.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look brought."""

    settings: StudyFile
    files: tuple[Recognised, ...]
    """What was read now, in the order given."""
    n_known: int
    """Files that were in the study already."""
    notes: tuple[Fault, ...]
    """What to say that is no fault."""

    @property
    def n_undecided(self) -> int:
        """How many values wait for a person."""
        return sum(1 for _ in self.settings.undecided())


def look(
    paths: Sequence[Path], folder: Path, language: Language = "nl", role: Role | None = None
) -> Looked:
    """Read files and write what they are to the study file of a folder, which is made if need be.

    A file that is in the study already, by its content, is not read again, and nothing that stands
    in the study file is changed but what waits for a decision. With a ``role`` somebody says what
    the files are: then they are read again, and what was guessed of them is guessed anew.

    Raises
    ------
    InvalidStudy
        If files cannot be read, or the study file breaks a rule: all faults at once.
    OSError
        If the study file cannot be written.
    """
    pad = Pad.open(folder, language)
    known = {file.sha256 for file in pad.settings.file} if role is None else set()
    sources, faults = _read(paths, known)
    if role in PEOPLE:
        faults += [_no_questions(each) for each in sources if not blocks(each.survey)]
    if faults:
        raise InvalidStudy(faults)
    told = tuple(map(_by_headings, recognise([source.survey for source in sources])))
    if role is not None:
        told = tuple(_as_told(each, role) for each in told)
        pad.drop({source.digest for source in sources})
    notes = [note for source in sources for note in source.survey.notes]
    pairs = list(zip(sources, told, strict=True))
    notes += Guesses(pad, folder, language).write(pairs)
    folder.mkdir(parents=True, exist_ok=True)
    pad.save(folder)
    return Looked(pad.settings, told, len(paths) - len(sources), tuple(notes))


def _read(paths: Sequence[Path], known: set[str]) -> tuple[list[Source], list[Fault]]:
    sources: list[Source] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for path in paths:
        try:
            digest = sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            told = {"reason": error.strerror or "?"}
            faults.append(Fault(path.name, "table_cannot_open", told))
            continue
        if digest in seen:
            faults.append(Fault(path.name, "study_file_twice", {"other": seen[digest]}))
        seen[digest] = path.name
        if digest in known:
            continue
        try:
            sources.append(Source(path, digest, read_survey(path)))
        except Refused as refused:
            faults += [in_file(path.name, fault) for fault in refused.faults]
    return sources, faults


def _no_questions(source: Source) -> Fault:
    return Fault(source.path.name, "study_no_questions")


def _as_told(found: Recognised, role: Role) -> Recognised:
    """Return a file as what somebody says that it is."""
    wave = found.wave if role == "both" else None
    return replace(found, role=role, because=(Reason("told"),), doubt=(), wave=wave)


def _by_headings(told: Recognised) -> Recognised:
    """Return a file as the log or the list that its headings say, where its cells say nothing.

    What was tried stands in somebody's own words, so that nothing of it is left to recognise; and
    of companies a list may tell no more than code and name.
    """
    if told.role not in ("other", "companies"):
        return told
    headings = headings_of(told.survey)
    roles = set(guess_roles("log", headings).values())
    if "intervention" in roles and roles & {"code", "name"} and roles & {"start", "end", "state"}:
        return replace(told, role="log", because=(Reason("log"),), doubt=())
    if told.role == "other" and {"code", "name"} <= set(guess_roles("list", headings).values()):
        return replace(told, role="companies", because=(Reason("companies"),), doubt=())
    return told
