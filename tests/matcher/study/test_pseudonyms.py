"""Pseudonyms are drawn once, kept in a file apart, and found again at a later wave."""

import itertools
import stat

import pytest

from matcher.study.lookup import Listed
from matcher.study.pseudonyms import COLUMNS, LETTERS, BrokenKeys, keep_pseudonyms, warning
from matcher.tables.cells import before_spreadsheet, is_pseudonym
from matcher.trials.pseudonyms import telling

LIST = (
    Listed("B01", "B01", ("Bakkerij Jansen B.V.",), ("12345678",), 2),
    Listed("=B02", "=B02", ("De Vries; & Zn.",), (), 3),
    Listed("H07", "H07", ("Hoveniersbedrijf\u00a0Börger",), (), 4),
)


def test_every_company_gets_a_name_that_tells_nothing(tmp_path):
    names = keep_pseudonyms(tmp_path / "keys.csv", LIST).pseudonyms
    assert list(names) == [company.key for company in LIST]
    assert len(set(names.values())) == 3
    for name in names.values():
        assert is_pseudonym(name) and telling(name) is None and before_spreadsheet(name) is None
        assert set(name) <= {*LETTERS, "-"}


def test_a_later_wave_keeps_them_and_adds_to_them(tmp_path):
    path = tmp_path / "keys.csv"
    first = keep_pseudonyms(path, LIST[:2])
    before = path.read_bytes()
    again = keep_pseudonyms(path, [LIST[1]])
    assert path.read_bytes() == before
    assert (again.pseudonyms["=B02"], again.n_made, again.n_kept) == (
        first.pseudonyms["=B02"],
        0,
        2,
    )
    grown = keep_pseudonyms(path, [Listed("b-01", "b-01"), LIST[2]])
    assert grown.pseudonyms["b-01"] == first.pseudonyms["B01"]
    assert (grown.n_made, grown.n_kept) == (1, 2)
    kept = path.read_text("utf-8-sig")
    assert all(name in kept for name in {*first.pseudonyms.values(), *grown.pseudonyms.values()})


def test_the_file_warns_is_for_its_owner_and_holds_no_register_number(tmp_path):
    path = tmp_path / "keys.csv"
    keep_pseudonyms(path, LIST, "en")
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines[:2] == [f'"{warning("en")}"', ",".join(COLUMNS)]
    assert lines[2:] == sorted(lines[2:])
    assert "12345678" not in path.read_text("utf-8-sig")
    assert any(",'=B02," in line for line in lines), "a sheet would run it"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_excel_saved_again_is_read(tmp_path):
    path = tmp_path / "keys.csv"
    first = keep_pseudonyms(path, LIST[:1])
    text = path.read_text("utf-8-sig")
    path.write_text(text.replace(",", ";").replace("\n", "\r\n") + ";;\r\n", "utf-8-sig")
    assert keep_pseudonyms(path, LIST[:1]).pseudonyms == first.pseudonyms


def test_two_companies_that_are_written_nearly_alike_have_two(tmp_path):
    two = [Listed("B1", "B1"), Listed("B-1", "B-1")]
    path = tmp_path / "keys.csv"
    first = keep_pseudonyms(path, two).pseudonyms
    assert len(set(first.values())) == 2
    assert keep_pseudonyms(path, two[::-1]).pseudonyms == first
    assert keep_pseudonyms(path, [Listed("b 1", "b 1")]).n_made == 1


BROKEN = {
    "of something else": ("company,name\nB01,Jansen\n", ["keys_not_read"]),
    "not of text": (b"\xff\xfe\x00\xd8", ["keys_not_read"]),
    "with a row without a pseudonym": ("pseudonym,company,name\n,B01,\n", ["keys_bad_row"]),
    "with all kinds": (
        "pseudonym,company,name\nbcdf-ghjk,B01,\nbcdf-ghjk,B02,\nzzzz-zzzz,B01,\n3-jan,B9,\n",
        ["keys_twice", "keys_twice", "keys_bad_row"],
    ),
}


@pytest.mark.parametrize(("content", "codes"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_none_is_refused_and_left_as_it_was(tmp_path, content, codes):
    path = tmp_path / "keys.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BrokenKeys) as refusal:
        keep_pseudonyms(path, LIST)
    assert [fault.code for fault in refusal.value.faults] == codes
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)


def test_one_that_is_taken_is_drawn_again(tmp_path):
    path = tmp_path / "keys.csv"
    letters = itertools.chain("b" * 16, itertools.repeat("z"))
    names = keep_pseudonyms(path, LIST[:2], choose=lambda _: next(letters)).pseudonyms
    assert list(names.values()) == ["bbbb-bbbb", "zzzz-zzzz"]


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        keep_pseudonyms(tmp_path / "away" / "keys.csv", LIST)
    assert list(tmp_path.iterdir()) == []
