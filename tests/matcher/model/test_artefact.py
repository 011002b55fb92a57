"""A version on disk: the same after loading, and refused when anything about it is not right."""

import hashlib
import io
import json
import os
import pickle
import shutil
from dataclasses import asdict, fields

import numpy as np
import pytest

from matcher.errors import BrokenVersion
from matcher.model.artefact import MANIFEST, TEMPORARY, clean_up, is_version, load, save
from matcher.model.fitted import expert_model
from matcher.ranking.engine import Engine
from tests.matcher.conftest import seal

ARRAYS = (
    "companies.npy",
    "completed-draws.npy",
    "completed-mean.npy",
    "gain-draws.npy",
    "gain-mean.npy",
    "started-draws.npy",
    "started-mean.npy",
    "support.npy",
)
NEEDED = (*ARRAYS, "expert.toml", "menu.toml", "model.json")
PAGES = ("evaluation.en.md", "evaluation.json", "evaluation.nl.md")
FILES = (*NEEDED, *PAGES, MANIFEST)


def alter(path, at=0.5):
    """Flip one bit of one byte, a share of the way into a file."""
    content = bytearray(path.read_bytes())
    content[min(int(at * len(content)), len(content) - 1)] ^= 1
    path.write_bytes(content)


def refusal(folder):
    with pytest.raises(BrokenVersion) as refused:
        load(folder)
    assert folder.name[:16] in str(refused.value)
    return str(refused.value)


# What is saved comes back


def test_a_version_holds_exactly_these_files(version):
    assert sorted(os.listdir(version)) == sorted(FILES)


def test_the_manifest_has_the_size_and_hash_of_every_other_file(version):
    listed = json.loads((version / MANIFEST).read_bytes())["files"]
    for name in set(FILES) - {MANIFEST}:
        content = (version / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        assert listed.pop(name) == {"bytes": len(content), "sha256": digest}
    assert not listed
    named = hashlib.sha256((version / MANIFEST).read_bytes()).hexdigest()[:12]
    assert version.name.endswith(f"-{named}")


def same_model(one, other):
    assert one.facts == other.facts
    assert one.menu.source_text == other.menu.source_text
    assert one.expert == other.expert
    assert one.expert.source_text == other.expert.source_text
    for head, ours in one.heads.items():
        for field in fields(ours):
            np.testing.assert_array_equal(
                getattr(ours, field.name), getattr(other.heads[head], field.name)
            )
    np.testing.assert_array_equal(one.support, other.support)
    np.testing.assert_array_equal(one.companies, other.companies)


def test_a_saved_model_is_the_same_when_loaded(version, models):
    model, provenance = load(version)
    again = save(model, provenance, models / "again")
    loaded, told = load(models / "again" / again)
    same_model(loaded, model)
    assert told == provenance


def test_a_saved_model_ranks_the_same_to_the_bit(menu, expert, models, version, profile):
    trained, provenance = load(version)
    for model in (expert_model(menu, expert), trained):
        folder = models / save(model, provenance, models)
        before = Engine(model, "v").rank(profile)
        after = Engine(load(folder)[0], "v").rank(profile)
        assert asdict(after) == asdict(before)


def test_the_same_model_at_the_same_second_is_one_version(version, models):
    model, provenance = load(version)
    names = {save(model, provenance, models / "twice") for _ in range(2)}
    assert os.listdir(models / "twice") == list(names)


def test_what_a_crash_left_is_cleaned_up_and_nothing_else(version, models):
    shutil.copytree(version, models / f"{TEMPORARY}abc")
    (models / "ledger.jsonl").touch()
    clean_up(models)
    assert sorted(os.listdir(models)) == sorted([version.name, "ledger.jsonl"])


# Anything that is not as it was saved is refused

DAMAGE = {
    "cut to half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "without its last byte": lambda path: os.truncate(path, path.stat().st_size - 1),
    "empty": lambda path: os.truncate(path, 0),
    "a byte longer": lambda path: os.truncate(path, path.stat().st_size + 1),
    "one bit in the first byte": lambda path: alter(path, 0.0),
    "one bit in the middle": lambda path: alter(path, 0.5),
    "one bit in the last byte": lambda path: alter(path, 1.0),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a link to itself": lambda path: (path.unlink(), path.symlink_to(path.name)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_refused(version, name, damage):
    damage(version / name)
    assert name in refusal(version)


@pytest.mark.parametrize("name", FILES)
def test_a_link_to_the_very_same_bytes_is_refused(version, name, tmp_path):
    elsewhere = (version / name).rename(tmp_path / name)
    (version / name).symlink_to(elsewhere)
    assert name in refusal(version)


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_is_refused_and_not_waited_for(version, name):
    (version / name).unlink()
    os.mkfifo(version / name)
    assert name in refusal(version)


ADDED = ("model.pkl", "notes.txt", "extra.npy", ".hidden", "manifest.json.bak", "sub")


@pytest.mark.parametrize("name", ADDED)
def test_an_added_file_is_refused(version, name):
    (version / name).mkdir() if name == "sub" else (version / name).write_bytes(b"x")
    assert name in refusal(version)


NAMES = {
    "another hash": lambda name: name[:-12] + "0" * 12,
    "a hash cut short": lambda name: name[:-1],
    "a hash in capitals": lambda name: name[:-12] + "ABCDEF012345",
    "a suffix": lambda name: name + ".bak",
    "no time": lambda name: name[-12:],
    "a line end": lambda name: name + "\n",
    "another word": lambda name: "current",
}


@pytest.mark.parametrize("renamed", NAMES.values(), ids=NAMES.keys())
def test_a_folder_by_another_name_is_refused(version, renamed):
    name = renamed(version.name)
    with pytest.raises(BrokenVersion):
        load(version.rename(version.with_name(name)))


def test_a_folder_that_does_not_exist_is_refused(models):
    with pytest.raises(BrokenVersion):
        load(models / "20260503T101500Z-0123456789ab")


@pytest.mark.parametrize(
    "name", [".", "..", "", "/", "../x", "current", "a\0b", "٢0260503T101500Z-0123456789ab"]
)
def test_a_name_that_could_be_a_path_is_no_version(name):
    assert not is_version(name)


# Nothing is read before all is checked


@pytest.mark.parametrize("name", sorted(set(FILES) - {MANIFEST}))
def test_all_hashes_are_checked_before_any_file_is_parsed(version, name):
    """All others cannot be parsed: the complaint is about the altered one all the same."""
    for path in version.iterdir():
        if path.name != MANIFEST:
            path.write_bytes(b"\xff not what it should be")
    folder = seal(version)
    alter(folder / name)
    assert f"{name} was altered" in refusal(folder)


def test_the_manifest_is_not_parsed_before_its_own_hash_is_checked(version):
    (version / MANIFEST).write_bytes(b"[" * 100_000)
    assert "is not the one" in refusal(version)


# A version made by hand, whose manifest and name agree with what is in it


class Trap:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "the pickle ran"


def test_the_trap_works(mark):
    pickle.loads(pickle.dumps(Trap(mark)))
    assert mark.exists()


def object_array(trap):
    buffer = io.BytesIO()
    np.save(buffer, np.array([trap], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def zip_of(trap):
    buffer = io.BytesIO()
    np.savez(buffer, np.array([trap], dtype=object))
    return buffer.getvalue()


CODE = {"a pickle": pickle.dumps, "an array of objects": object_array, "a zip of arrays": zip_of}


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("written", CODE.values(), ids=CODE.keys())
def test_code_in_place_of_a_file_is_refused_and_does_not_run(version, mark, name, written):
    (version / name).write_bytes(written(Trap(mark)))
    refusal(seal(version))
    assert not mark.exists()


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.npz", "model.py", "a.so"])
def test_a_file_that_can_hold_code_is_refused_even_when_listed(version, mark, name):
    (version / name).write_bytes(pickle.dumps(Trap(mark)))
    assert name in refusal(seal(version))
    assert not mark.exists()


def test_a_version_sealed_by_hand_is_a_good_one(version, profile):
    """The refusals below are for the reason given, not for the hand that wrote the manifest."""
    before = Engine(load(version)[0], "v").rank(profile)
    assert asdict(Engine(load(seal(version))[0], "v").rank(profile)) == asdict(before)


def header(shape, descr="<f8", order=False):
    buffer = io.BytesIO()
    facts = {"descr": descr, "fortran_order": order, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, facts)
    return buffer.getvalue()


def bytes_of(array, form=(1, 0)):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=form)
    return buffer.getvalue()


def with_first(value):
    def change(array):
        array = array.copy()
        array.flat[0] = value
        return array

    return change


ARRAY_FAULTS = {
    "not a number": with_first(np.nan),
    "infinite": with_first(np.inf),
    "a row short": lambda a: a[:-1],
    "a row more": lambda a: np.concatenate((a, a[-1:])),
    "one axis more": lambda a: a[None],
    "flat": lambda a: a.reshape(-1)[:-1],
    "without numbers": lambda a: a[:0],
    "one number": lambda a: a.reshape(-1)[0],
    "complex numbers": lambda a: a.astype(complex),
    "texts": lambda a: a.astype(str),
    "dates": lambda a: np.zeros(a.shape, "M8[D]"),
    "records": lambda a: np.zeros(a.shape, [("x", "f8")]),
}
COUNTS = ("support.npy", "companies.npy")
KINDS = ("gain-draws.npy", "started-mean.npy", *COUNTS)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("change", ARRAY_FAULTS.values(), ids=ARRAY_FAULTS.keys())
def test_an_array_that_does_not_fit_is_refused(version, name, change):
    array = np.load(version / name)
    if name in COUNTS and change in (ARRAY_FAULTS["not a number"], ARRAY_FAULTS["infinite"]):
        array = array.astype(float)  # a whole number is never either of the two
    (version / name).write_bytes(bytes_of(change(array)))
    refusal(seal(version))


HEADERS = {
    "more numbers than there are": lambda n: header((n, 2)) + b"\0" * 8 * n,
    "more numbers than memory": lambda n: header((n, 10**15)) + b"\0" * 64,
    "more than can be counted": lambda n: header((n, 2**62)) + b"\0" * 64,
    "fewer than none": lambda n: header((n, -1)) + b"\0" * 64,
    "no draws": lambda n: header((n, 0)),
    "no axes": lambda n: header(()) + b"\0" * 8,
    "bytes after the numbers": lambda n: header((n, 4)) + b"\0" * (8 * 4 * n + 1),
    "objects": lambda n: header((n, 1), "|O") + pickle.dumps([0.0] * n),
    "no such type": lambda n: header((n, 1), "<q9") + b"\0" * 9 * n,
    "a header that is no header": lambda n: b"\x93NUMPY\x01\x00\x06\x00[[[[[\n",
    "a deep header": lambda n: b"\x93NUMPY\x01\x00\x10\x27" + b"-" * 9999 + b"\n",
    "a header cut short": lambda n: header((n, 4))[:20],
    "a later form": lambda n: bytes_of(np.zeros((n, 4)), (2, 0)),
    "an unknown form": lambda n: b"\x93NUMPY\x09\x00" + header((n, 4))[8:],
}


@pytest.mark.parametrize("name", ["started-draws.npy", "gain-draws.npy"])
@pytest.mark.parametrize("forged", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_lies_is_refused(version, name, forged):
    (version / name).write_bytes(forged(np.load(version / name).shape[0]))
    refusal(seal(version))


def changed(path, change):
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))


def put(*keys, value):
    """Return a change that sets a value somewhere in nested objects."""

    def change(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


FACTS = {
    "no facts": lambda c: c.pop("facts"),
    "facts that are a list": put("facts", value=[]),
    "an unknown fact": put("facts", "secret", value=1),
    "a count that is a text": put("facts", "trials", value="90"),
    "a count that is not whole": put("facts", "trials", value=1.5),
    "yes as a number": put("facts", "simulated", value=1),
    "a level that is not a number": put("facts", "tie_level", value=float("nan")),
    "an infinite share": put("facts", "stopped_share", value=float("inf")),
    "no head": lambda c: c["heads"].pop("gain"),
    "heads that are a text": put("heads", value="gain"),
    "no noise": lambda c: c["heads"]["gain"].pop("noise_sd"),
    "noise that is not a number": put("heads", "gain", "noise_sd", value=float("nan")),
    "a block without a number": put("heads", "gain", "block_sd", "cards", value=None),
    "groups that are a number": put("heads", "gain", "group_sd", value=3),
    "no provenance": lambda c: c.pop("provenance"),
    "a provenance of numbers": put("provenance", "created", value=2026),
    "an unknown provenance": put("provenance", "secret", value="x"),
}


@pytest.mark.parametrize("change", FACTS.values(), ids=FACTS.keys())
def test_facts_that_do_not_fit_are_refused(version, change):
    changed(version / "model.json", change)
    refusal(seal(version))


TEXTS = {
    "empty": b"",
    "nothing but null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "nested without end": b"[" * 100_000,
    "nested in TOML": b"a = " + b"[" * 100_000,
    "not UTF-8": b"\xff\xfe",
    "nul bytes": b"\0" * 100,
}


@pytest.mark.parametrize("name", ["model.json", "menu.toml", "expert.toml"])
@pytest.mark.parametrize("content", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_that_is_not_what_it_should_be_is_refused(version, name, content):
    (version / name).write_bytes(content)
    refusal(seal(version))


def test_a_menu_of_other_cards_than_the_arrays_is_refused(version):
    text = (version / "menu.toml").read_text()
    head, *cards = text.split("[[intervention]]\n")
    (version / "menu.toml").write_text("[[intervention]]\n".join([head, *cards[:-1]]))
    refusal(seal(version))


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_file_that_is_not_even_listed_is_refused(version, name):
    (version / name).unlink()
    assert name in refusal(seal(version))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_was_never_saved_is_not_missed(version, name):
    (version / name).unlink()
    load(seal(version))


def listing(name, **facts):
    """Return a change of the manifest that lists one more file."""
    entry = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()} | facts
    return lambda manifest: manifest | {"files": manifest["files"] | {name: entry}}


MANIFESTS = {
    "a path upwards": listing("../outside.npy"),
    "a path from the root": listing("/etc/hostname"),
    "a path downwards": listing("sub/inside.npy"),
    "no name": listing(""),
    "the folder itself": listing("."),
    "a nul byte": listing("a\0.npy"),
    "the manifest itself": listing(MANIFEST),
    "no files": lambda m: {"format": 2},
    "files that are a list": lambda m: {"format": 2, "files": list(m["files"])},
    "files that are null": lambda m: {"format": 2, "files": None},
    "a size that is a text": listing("menu.toml", bytes="1"),
    "a hash that is null": listing("menu.toml", sha256=None),
    "a file without facts": lambda m: m | {"files": m["files"] | {"menu.toml": None}},
    "no format": lambda m: {"files": m["files"]},
    "a later format": lambda m: m | {"format": 3},
    "a format that is a text": lambda m: m | {"format": "1"},
    "a list": lambda m: [],
    "null": lambda m: None,
    "not JSON": lambda m: "{",
    "nested without end": lambda m: "[" * 100_000,
    "empty": lambda m: "",
}


@pytest.mark.parametrize("listed", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_manifest_that_is_not_one_is_refused(version, listed, models):
    (models / "outside.npy").write_bytes(b"x")
    (version / "sub").mkdir()
    (version / "sub" / "inside.npy").write_bytes(b"x")
    shutil.rmtree(version / "sub") if listed is not MANIFESTS["a path downwards"] else None
    refusal(seal(version, listed))


def test_a_manifest_beyond_all_bounds_is_refused_unread(version):
    with (version / MANIFEST).open("r+b") as file:
        file.truncate(2**40)  # sparse: it takes no room, and reading it would take all memory
    assert MANIFEST in refusal(version)
