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
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.design import layout_of
from matcher.errors import BrokenVersion, MatcherError
from matcher.expert import HEADS, Expert, parse_expert
from matcher.features import cards_of
from matcher.menu import Menu, parse_menu
from matcher.model import Facts, FittedHead, Model, empty_support

FORMAT = 1
MANIFEST = "manifest.json"
TEMPORARY = ".writing-"
"""Prefix of a version that is still being written; what a crash leaves behind starts with it."""
VERSION = re.compile(r"\d{8}T\d{6}Z-([0-9a-f]{12})")
_FILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}\.(npy|json|toml|md|html|csv)")
_LARGEST = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version comes from."""

    created: str
    data_sha256: str
    menu_sha256: str
    expert_sha256: str
    code_sha256: str
    seed: int
    libraries: Mapping[str, str]
    verdict: str


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
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=models))
    try:
        for name, content in {**contents, MANIFEST: manifest}.items():
            _write(folder / name, content)
        folder.chmod(0o755)
        _flush_folder(folder)
        if not (models / version).exists():  # the same second and the same bytes: it is there
            folder.rename(models / version)
        _flush_folder(models)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
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
        return _model(contents), Provenance(**json.loads(contents["model.json"])["provenance"])
    except (MatcherError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BrokenVersion(f"{folder.name}: {error}") from error


def page(folder: Path, name: str) -> str:
    """Return a text that was saved with a version, after the check of its manifest."""
    return _checked(folder)[name].decode("utf-8")


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
    contents["expert.toml"] = model.expert_text.encode()
    contents["support.npy"] = _array(model.support)
    contents["companies.npy"] = _array(model.companies)
    heads = {}
    for name, head in model.heads.items():
        contents[f"{name}-mean.npy"] = _array(head.mean)
        contents[f"{name}-draws.npy"] = _array(head.draws)
        heads[name] = {
            "block_sd": dict(head.block_sd),
            "group_sd": list(head.group_sd),
            "noise_sd": head.noise_sd,
            "n_rows": head.n_rows,
            "log_evidence": head.log_evidence,
        }
    contents["model.json"] = _json(
        {"facts": asdict(model.facts), "heads": heads, "provenance": asdict(provenance)}
    )
    return contents


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files of a version, none of them parsed but the manifest."""
    named = VERSION.fullmatch(folder.name)
    if named is None:
        raise BrokenVersion(f"{folder.name[:60]!r} is not the name of a version")
    try:
        manifest = (folder / MANIFEST).read_bytes()
        if sha256(manifest)[:12] != named.group(1):
            raise BrokenVersion(f"{folder.name}: {MANIFEST} is not the one it was saved with")
        listed: Mapping[str, Mapping[str, Any]] = json.loads(manifest)["files"]
        present = {entry.name for entry in os.scandir(folder)} - {MANIFEST}
        if strange := sorted(present ^ set(listed)):
            raise BrokenVersion(f"{folder.name}: missing or added: {', '.join(strange)}")
        return {name: _file(folder, name, facts) for name, facts in listed.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenVersion(f"{folder.name}: {error}") from error


def _file(folder: Path, name: str, facts: Mapping[str, Any]) -> bytes:
    path = folder / name
    if not _FILE.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise BrokenVersion(f"{folder.name}: {name} is not a file that a version holds")
    size = path.stat().st_size
    if size != facts["bytes"] or size > _LARGEST:
        raise BrokenVersion(f"{folder.name}: {name} has {size} bytes, not {facts['bytes']}")
    content = path.read_bytes()
    if sha256(content) != facts["sha256"]:
        raise BrokenVersion(f"{folder.name}: {name} was altered after it was saved")
    return content


def _load_array(content: bytes, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
    array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    if array.shape != shape or array.dtype.kind != kind:
        raise ValueError(f"an array of {array.dtype} {array.shape} where {shape} was expected")
    if kind == "f" and not np.isfinite(array).all():
        raise ValueError("an array with numbers that are not finite")
    array.setflags(write=False)
    return array


def _model(contents: Mapping[str, bytes]) -> Model:
    menu: Menu = parse_menu(contents["menu.toml"].decode(), "menu.toml")
    expert_text = contents["expert.toml"].decode()
    expert: Expert = parse_expert(expert_text)
    described = json.loads(contents["model.json"])
    cards = cards_of(menu)
    heads = {}
    for head in HEADS:
        width = layout_of(head, expert, cards).width
        n_draws = _load_draws_count(contents[f"{head}-draws.npy"])
        facts = described["heads"][head]
        heads[head] = FittedHead(
            mean=_load_array(contents[f"{head}-mean.npy"], (width,), "f"),
            draws=_load_array(contents[f"{head}-draws.npy"], (width, n_draws), "f"),
            block_sd=facts["block_sd"],
            group_sd=tuple(facts["group_sd"]),
            noise_sd=float(facts["noise_sd"]),
            n_rows=int(facts["n_rows"]),
            log_evidence=float(facts["log_evidence"]),
        )
    support, companies = empty_support(cards.n)
    return Model(
        menu=menu,
        expert=expert,
        expert_text=expert_text,
        heads=heads,
        support=_load_array(contents["support.npy"], support.shape, "i"),
        companies=_load_array(contents["companies.npy"], companies.shape, "i"),
        facts=Facts(**described["facts"]),
    )


def _load_draws_count(content: bytes) -> int:
    buffer = io.BytesIO(content)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("an array in an unknown form")
    shape, _, _ = np.lib.format.read_array_header_1_0(buffer)
    return int(shape[-1])
