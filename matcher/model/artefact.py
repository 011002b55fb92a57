"""A model version on disk: arrays that cannot carry code, the menu inside, a manifest over all.

``manifest.json`` holds size and SHA-256 of every file; the version's name ends in the start of the
manifest's own SHA-256. So the name vouches for the manifest and the manifest for the rest, and
nothing is parsed before all of it has been checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from matcher.design.expert import HEADS, Head, parse_expert
from matcher.design.setup import Setup
from matcher.design.tree_columns import N_FEATURES
from matcher.errors import BrokenVersion, Fault, Refused
from matcher.files import whole_folder, write_flushed
from matcher.menu.card import parse_menu
from matcher.model.fitted import Facts, FittedHead, Model, empty_support
from matcher.model.trees import Trees
from matcher.tables.faults import shown
from matcher.validation import first_broken

T = TypeVar("T")

FORMAT: Literal[2] = 2
MANIFEST = "manifest.json"
TEMPORARY = ".writing-"
"""Prefix of a version that is still being written; what a crash leaves behind starts with it."""
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}Z-([0-9a-f]{12})")
_FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}\.(npy|json|toml|md|html|csv)")
_TREES: Mapping[str, str] = {
    "feature": "<i4",
    "threshold": "<f8",
    "missing": "|u1",
    "kept": "|u1",
    "value": "<f8",
}
"""Arrays of the boosted trees of a head -> type of their numbers."""
_LARGEST, _LARGEST_MANIFEST = 512 * 2**20, 2**20


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version comes from."""

    created: str
    data_sha256: str
    menu_sha256: str
    """Of what the order can depend on; of the whole file in versions of before facts."""
    expert_sha256: str
    code_sha256: str
    seed: int
    libraries: Mapping[str, str]
    verdict: str
    accepted_warnings: Mapping[str, int] = field(default_factory=dict)
    """Code of what was odd in the trials and taken for right -> rows that showed it."""

    def told(self) -> dict[str, object]:
        """Return it as it is saved: without warnings where there were none."""
        saved = asdict(self)
        if not self.accepted_warnings:
            del saved["accepted_warnings"]
        return saved


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file as the manifest lists it."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    format: Literal[2]
    files: Mapping[str, _Listed]


@dataclass(frozen=True, slots=True)
class _HeadFacts:
    """What is saved of a head besides its arrays."""

    block_sd: Mapping[str, float]
    group_sd: tuple[float, ...]
    noise_sd: float
    n_rows: int
    log_evidence: float
    trees_start: float | None = None
    """Start of the boosted trees of the head, if there are any."""


@dataclass(frozen=True, slots=True)
class _Described:
    """What is in ``model.json``."""

    facts: Facts
    heads: Mapping[Head, _HeadFacts]
    provenance: Provenance


_HEAD_FACTS = ("block_sd", "group_sd", "noise_sd", "n_rows", "log_evidence")
_MANIFEST, _DESCRIBED = TypeAdapter(_Manifest), TypeAdapter(_Described)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hex."""
    return hashlib.sha256(content).hexdigest()


def is_version(name: str) -> bool:
    """Return whether a name has the form of a version, and so names no path."""
    return VERSION.fullmatch(name) is not None


def save(
    model: Model, provenance: Provenance, models: Path, pages: Mapping[str, str] | None = None
) -> str:
    """Write a model as a new version and return its name.

    Everything goes to a temporary folder, is flushed to disk, and appears by one rename: a version
    is there whole or not at all. ``pages`` are texts to go with it, by file name.
    """
    contents = _contents(model, provenance, pages or {})
    manifest = _json(
        {
            "format": FORMAT,
            "files": {
                name: {"bytes": len(content), "sha256": sha256(content)}
                for name, content in sorted(contents.items())
            },
        }
    )
    stamp = datetime.fromisoformat(provenance.created).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    version = f"{stamp}-{sha256(manifest)[:12]}"
    models.mkdir(parents=True, exist_ok=True)
    # Where the name is taken, it is by the same bytes in the same second.
    with whole_folder(models / version, TEMPORARY) as folder:
        for name, content in {**contents, MANIFEST: manifest}.items():
            write_flushed(folder / name, content)
    return version


def load(folder: Path) -> tuple[Model, Provenance]:
    """Return the model in a version's folder, after its manifest has been checked.

    Raises
    ------
    BrokenVersion
        If a file is missing, added, cut short, altered or of a kind that a version does not hold.
    """
    contents = _checked(folder)
    try:
        described = _read_json(_DESCRIBED, "model.json", contents["model.json"])
        return _model(contents, described), described.provenance
    except Exception as error:  # hashes vouch for the bytes, not for their sense
        raise BrokenVersion(_within(folder, error)) from error


def _within(folder: Path, error: Exception) -> Fault:
    """Return what is wrong with the content of a version, as of that version."""
    if isinstance(error, BrokenVersion | Refused):
        fault = error.fault if isinstance(error, BrokenVersion) else error.faults[0]
        return Fault(f"{folder.name}, {fault.where}", fault.code, fault.params)
    return _fault(folder, "version_content", rule=str(error) or type(error).__name__)


def _fault(folder: Path, code: str, **params: object) -> Fault:
    return Fault(folder.name, code, params)


def read_page(folder: Path, name: str) -> bytes:
    """Return one page of a version as it was saved; KeyError if its manifest lists none so named.

    Raises
    ------
    BrokenVersion
        If the manifest or the page was altered, or is not there.
    """
    listed = _manifest(folder).files
    try:
        return _listed_file(folder, name, listed[name])
    except OSError as error:
        raise BrokenVersion(_fault(folder, "version_unreadable", rule=str(error))) from error


def clean_up(models: Path) -> None:
    """Remove what a crash left half-written; only the holder of the folder's lock may call this."""
    for folder in models.glob(f"{TEMPORARY}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _array(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _contents(model: Model, provenance: Provenance, pages: Mapping[str, str]) -> dict[str, bytes]:
    contents = {name: text.encode() for name, text in pages.items()}
    contents["menu.toml"] = model.menu.source_text.encode()
    contents["expert.toml"] = model.expert.source_text.encode()
    for name, counts in (("support", model.support), ("companies", model.companies)):
        contents[f"{name}.npy"] = _array(_known_places(counts))
    heads: dict[Head, dict[str, object]] = {}
    for name, head in model.heads.items():
        contents[f"{name}-mean.npy"] = _array(head.mean)
        contents[f"{name}-draws.npy"] = _array(head.draws)
        heads[name] = {field: getattr(head, field) for field in _HEAD_FACTS}
        if model.trees is not None:
            trees = model.trees[name]
            heads[name]["trees_start"] = trees.start
            for field in _TREES:
                contents[f"{name}-trees-{field}.npy"] = _array(getattr(trees, field))
    contents["model.json"] = _json(
        {"facts": asdict(model.facts), "heads": heads, "provenance": provenance.told()}
    )
    return contents


def _known_places(counts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return counts without the places of an unknown size and pressure, where nothing is there."""
    known = counts[:, :-1, :-1]
    return known if known.sum() == counts.sum() else counts


def _checked(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files of a version, none of them parsed but the manifest."""
    listed = _manifest(folder).files
    try:
        present = {entry.name for entry in os.scandir(folder)} - {MANIFEST}
        if strange := sorted(present ^ set(listed)):
            raise BrokenVersion(_fault(folder, "version_files", names=", ".join(strange)))
        return {name: _listed_file(folder, name, facts) for name, facts in listed.items()}
    except (OSError, ValueError) as error:
        raise BrokenVersion(_fault(folder, "version_unreadable", rule=str(error))) from error


def _manifest(folder: Path) -> _Manifest:
    """Return the manifest of a version, vouched for by its name."""
    named = VERSION.fullmatch(folder.name)
    if named is None:
        raise BrokenVersion(Fault("", "version_name", {"value": shown(folder.name)}))
    try:
        manifest = _file(folder, MANIFEST, _LARGEST_MANIFEST)
        if sha256(manifest)[:12] != named.group(1):
            raise BrokenVersion(_fault(folder, "version_manifest", file=MANIFEST))
        return _read_json(_MANIFEST, MANIFEST, manifest)
    except (OSError, ValueError) as error:
        raise BrokenVersion(_fault(folder, "version_unreadable", rule=str(error))) from error


def _listed_file(folder: Path, name: str, listed: _Listed) -> bytes:
    if not _FILE.fullmatch(name):
        raise BrokenVersion(_fault(folder, "version_odd_file", file=shown(name)))
    content = _file(folder, name, _LARGEST)
    if len(content) != listed.bytes:
        sizes = {"found": len(content), "bound": listed.bytes}
        raise BrokenVersion(_fault(folder, "version_size", file=name, **sizes))
    if sha256(content) != listed.sha256:
        raise BrokenVersion(_fault(folder, "version_altered", file=name))
    return content


def _file(folder: Path, name: str, largest: int) -> bytes:
    """Return the content of a file; a link may change behind our back, a pipe never ends."""
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise BrokenVersion(_fault(folder, "version_no_file", file=name))
    if path.stat().st_size > largest:
        raise BrokenVersion(_fault(folder, "version_large_file", file=name, bound=largest))
    return path.read_bytes()


def _read_json(kind: TypeAdapter[T], name: str, content: bytes) -> T:
    """Return a JSON file as the values it should hold, none of them NaN."""
    from_json(content, allow_inf_nan=False)
    try:
        return kind.validate_json(content, strict=True, extra="forbid")
    except ValidationError as error:
        raise ValueError(": ".join((name, *first_broken(error)))) from None


def _read_array(name: str, content: bytes, kind: str) -> NDArray[Any]:
    """Return an array of one type of number; whatever the header says, nothing is unpickled."""
    buffer = io.BytesIO(content)
    form = np.lib.format.read_magic(buffer)
    if form != (1, 0):
        raise _odd_array(name, f"NPY {form[0]}.{form[1]}")
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(buffer)
    if by_column or dtype != np.dtype(kind):
        raise _odd_array(name, f"{dtype} {shape}")
    # Without a copy, and so read-only; the shape must fit the bytes that are there.
    array: NDArray[Any] = np.frombuffer(content, dtype, offset=buffer.tell()).reshape(shape)
    if array.shape != shape:
        raise _odd_array(name, f"{dtype} {shape}")
    if not np.isfinite(array).all():
        raise BrokenVersion(Fault(name, "version_not_finite"))
    return array


def _odd_array(name: str, found: str) -> BrokenVersion:
    return BrokenVersion(Fault(name, "version_array", {"found": found}))


def _model(contents: Mapping[str, bytes], described: _Described) -> Model:
    menu = parse_menu(contents["menu.toml"].decode(), "menu.toml")
    setup = Setup(menu, parse_expert(contents["expert.toml"].decode()))

    def array(name: str, kind: str, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
        found = _read_array(name, contents[name], kind)
        if shape is not None and found.shape != shape:
            raise _odd_array(name, f"{found.dtype} {found.shape}")
        return found

    draws = array("started-draws.npy", "<f4")
    n_draws = draws.shape[-1:]
    if not n_draws or n_draws[0] < 2 or n_draws[0] % 2:  # they come in mirrored pairs
        raise _odd_array("started-draws.npy", f"{draws.dtype} {draws.shape}")
    heads: dict[Head, FittedHead] = {}
    for head in HEADS:
        width = setup.layouts[head].width
        facts = described.heads[head]
        heads[head] = FittedHead(
            mean=array(f"{head}-mean.npy", "<f8", (width,)),
            draws=array(f"{head}-draws.npy", "<f4", (width, *n_draws)),
            **{field: getattr(facts, field) for field in _HEAD_FACTS},
        )

    def counts(name: str, empty: NDArray[np.int32]) -> NDArray[np.int32]:
        # Saved without its last places where the size and pressure of every company were known.
        shape = _known_places(empty).shape
        found = _read_array(name, contents[name], "<i4")
        if found.shape == shape:
            widths = [(0, whole - own) for whole, own in zip(empty.shape, shape, strict=True)]
            found = np.pad(found, widths)
            found.flags.writeable = False
        if found.shape != empty.shape:
            raise _odd_array(name, f"{found.dtype} {found.shape}")
        return found

    support, companies = empty_support(len(menu))
    return Model(
        menu=menu,
        expert=setup.expert,
        heads=heads,
        support=counts("support.npy", support),
        companies=counts("companies.npy", companies),
        facts=described.facts,
        trees=_trees(contents, described),
    )


def _trees(contents: Mapping[str, bytes], described: _Described) -> Mapping[Head, Trees] | None:
    """Return the boosted trees of every head, or None; those of some heads alone cannot be."""
    starts = {head: described.heads[head].trees_start for head in HEADS}
    if all(start is None for start in starts.values()):
        return None
    found: dict[Head, Trees] = {}
    for head, start in starts.items():
        if start is None:
            raise BrokenVersion(Fault("model.json", "version_trees", {"head": head}))
        names = {field: f"{head}-trees-{field}.npy" for field in _TREES}
        arrays = {
            field: _read_array(names[field], contents[names[field]], kind)
            for field, kind in _TREES.items()
        }
        found[head] = Trees(start, **arrays)
        found[head].check(N_FEATURES)
    return found
