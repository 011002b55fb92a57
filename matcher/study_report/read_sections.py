"""How the files of a study were read, and who is who in them."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.disclosure import alone
from matcher.report.parts import Part, Section, Table, Wording
from matcher.study.study_file import FileSettings
from matcher.study_report.seen import Seen, who_is_who


def wave_name(name: str, say: Wording) -> str:
    """Return how a wave is called."""
    return say(f"study.wave.{name}") if name in ("before", "after") else name


def files_section(seen: Seen, say: Wording) -> Section:
    """Return what each file was taken for, and what of it was left out."""
    settings = seen.built.known.settings
    counts = seen.built.gathered.counts
    names = {file.name: _name(at, file, seen, say) for at, file in enumerate(settings.file, 1)}
    rows = tuple(
        (
            names[file.name],
            say(f"study.role.{file.role}"),
            wave_name(file.wave, say) if file.wave else say("none"),
            _left(counts.get(file.name, {}), say),
        )
        for file in settings.file
    )
    dropped = [
        say("study.files.columns", file=names[file.name], columns=_columns(file, seen))
        for file in settings.file
        if file.left_out and file.role != "leave_out"
    ]
    head = say.head("study.files.file study.files.role study.files.wave study.files.left")
    parts: list[Part] = [
        say("study.files.what"),
        Table(say("study.files.table"), head, rows, frozenset(range(4))),
    ]
    if dropped:
        parts += [say("study.files.personal"), dropped]
    return Section("files", say("study.files.title"), tuple(parts))


def _name(at: int, file: FileSettings, seen: Seen, say: Wording) -> str:
    return say("study.files.nth", n=at) if seen.names.are_in(file.name) else file.name


def _columns(file: FileSettings, seen: Seen) -> str:
    told = [name for name in file.left_out if not seen.names.are_in(name)]
    return ", ".join([*told, *(["..."] if len(told) < len(file.left_out) else [])])


def _left(counts: Mapping[str, int], say: Wording) -> str:
    """Return why rows were left out; those without a company are told in all, further on."""
    told = [
        f"{say.elsewhere(f'study.dropped.{why}')}: {say.count(alone(n))}"
        for why, n in counts.items()
        if why not in ("counted", "no_company")
    ]
    return "; ".join(told) or say("none")


def who_section(seen: Seen, say: Wording) -> Section:
    """Return how rows found their company."""
    who = who_is_who(seen.built)
    shares = {"by_code": who.by_code, "by_name": who.by_name, "confirmed": who.confirmed}
    rows = tuple(
        (say(f"study.who.{how}"), say("hidden") if n is None else say.percent(n))
        for how, n in shares.items()
    )
    head = say.head("study.who.how study.who.n")
    parts: list[Part] = [
        say("study.who.what"),
        Table(say("study.who.table"), head, rows),
        say("study.who.left_out", n=say.count(who.left_out)),
    ]
    if seen.built.known.log:
        n = seen.built.known.log.matching.counts
        chosen = say.count(alone(n["confirmed"]))
        left = say.count(alone(seen.built.left_out["no_company"]))
        parts.append(say("study.who.log", chosen=chosen, left=left))
    parts.append(say("study.who.pseudonyms"))
    return Section("who", say("study.who.title"), tuple(parts))
