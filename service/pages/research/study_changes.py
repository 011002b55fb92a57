"""What a form of the first step of a study changes, and what breaks a rule, each at its field."""

from __future__ import annotations

from matcher.measure.scale import read_range
from matcher.study.columns import SEVERAL
from matcher.study.study_file import LEAVE_OUT, UNDECIDED, StudyFile
from matcher.tables.cells import read_number
from service.pages.research.study_form import (
    IN_COLUMN,
    KIND_OF,
    LATER,
    MIN_ITEMS,
    SCALE,
    Field,
    FileForm,
    StudyForm,
)
from service.pages.shared.language import gettext
from service.research.study_choices import Change


def changes_of(form: StudyForm, settings: StudyFile) -> tuple[list[Change], dict[str, str]]:
    """Return what a form that was sent changes, and files that are something else by now.

    What breaks a rule is told at its field, and in ``form.errors``.
    """
    changes: list[Change] = []
    roles: dict[str, str] = {}
    for each in (*form.instrument, *form.reversed, *form.words):
        changes += _change(each, settings, form)
    for file in form.files:
        was = KIND_OF.get(settings.file[file.at].role, settings.file[file.at].role)
        _check_options(file.role, form)
        if file.role.value not in (was, UNDECIDED):
            # What was guessed of it as something else says nothing of it now.
            roles[file.path] = file.role.value
            continue
        for each in (*file.about, *file.items, *file.heads):
            changes += _change(each, settings, form)
        _check_heads(file, form)
    return changes, roles


def _check_options(field_: Field, form: StudyForm) -> bool:
    if field_.kind == "select" and field_.value not in {key for key, _ in field_.options}:
        _refuse(field_, form, gettext("Kies iets uit de lijst."))
        return False
    return True


def _check_heads(file: FileForm, form: StudyForm) -> None:
    """Refuse two columns that hold what only one can."""
    first: dict[str, Field] = {}
    for each in file.heads:
        if each.value in SEVERAL or each.value in (LEAVE_OUT, UNDECIDED):
            continue
        other = first.setdefault(each.value, each)
        if other is not each:
            said = gettext("Dit koos u ook bij '%(other)s'. Kies er één.", other=other.label)
            _refuse(each, form, said)


def _change(each: Field, settings: StudyFile, form: StudyForm) -> list[Change]:
    if not _check_options(each, form):
        return []
    value = " ".join(each.value.split())
    if each.kind == "tick":
        return [(each.where, each.value == "ja")]
    if each.where == SCALE:
        if not value:
            return [(each.where, UNDECIDED)]
        if read_range(value) is None:
            said = gettext("'%(value)s' is geen schaal. Schrijf het zoals 1-7.", value=value)
            _refuse(each, form, said)
            return []
    elif each.where == MIN_ITEMS:
        number, most = read_number(value), len(settings.instrument.item)
        if not isinstance(number, float) or not number.is_integer() or not 1 <= number <= most:
            _refuse(each, form, gettext("Vul een heel getal in van 1 tot %(most)s.", most=most))
            return []
        return [(each.where, int(number))]
    elif each.where[0] == "answers":
        if not value:
            return [(each.where, UNDECIDED)]
        if value != LEAVE_OUT and not isinstance(read_number(value), float):
            _refuse(each, form, gettext("Vul een getal van de schaal in, of een streepje."))
            return []
    elif each.where[0] == "file" and each.where[2] == "wave":
        return _wave_change(each, form)
    elif each.where[0] == "file" and each.where[2] in ("columns", "items"):
        return [(each.where, value or None)]
    if len(value) > 500:
        _refuse(each, form, gettext("Dit is te lang: hoogstens %(most)s tekens.", most=500))
        return []
    return [(each.where, value)]


def _wave_change(each: Field, form: StudyForm) -> list[Change]:
    """Return which wave a file is of; the name of a later one stands in a field of its own."""
    if each.kind == "text":
        return []
    if each.value == IN_COLUMN:
        return [(each.where, "")]
    if each.value != LATER:
        return [(each.where, each.value)]
    file = next(file for file in form.files if file.at == each.where[1])
    name = next(other for other in file.about if other.name == f"file{file.at}_later")
    value = " ".join(name.value.split())
    if not value or len(value) > 40:
        _refuse(name, form, gettext("Geef de meting een naam van hoogstens 40 tekens."))
        return []
    return [(each.where, value)]


def _refuse(field_: Field, form: StudyForm, said: str) -> None:
    field_.error = said
    form.errors[field_.name] = said


def require_choices(form: StudyForm) -> None:
    """Refuse, each at its field, what has to be chosen before the next step."""
    for each in form.fields():
        empty = not each.value.strip() and (each.where == SCALE or each.where[0] == "answers")
        if (each.is_open or empty) and not each.error:
            _refuse(each, form, gettext("Hier moet u nog kiezen."))
