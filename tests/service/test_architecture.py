"""Who may know whom, and what the serving process does not carry along."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from service.store.database import Database, sqlite_url

ROOT = Path(__file__).parents[2]
TRAINING_ONLY = [
    "pandas",
    "sklearn",
    "pyarrow",
    "openpyxl",
    "joblib",
    "matplotlib",
    "scipy",
    "alembic",
]


def imports(path):
    """Return the modules a file imports, with the names taken from them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports from a place relative to itself"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def knows(folder, package):
    """Return the files under a folder that import a package."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / folder).rglob("*.py"))
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    ]


FORBIDDEN = [
    ("matcher", "service"),
    ("matcher", "flask"),
    ("service/api", "service.pages"),
    ("service/pages", "service.api"),
    ("service/answering", "service.api"),
    ("service/answering", "service.pages"),
    ("service", "pandas"),
    ("service", "sklearn"),
]


@pytest.mark.parametrize(("folder", "package"), FORBIDDEN)
def test_the_direction_of_imports_holds(folder, package):
    assert knows(folder, package) == []


def test_only_the_settings_read_the_environment():
    readers = [
        path.relative_to(ROOT).as_posix()
        for package in ("matcher", "service")
        for path in sorted((ROOT / package).rglob("*.py"))
        if any(name in path.read_text() for name in ("os.environ", "os.getenv", "environb"))
    ]
    assert readers == ["service/settings.py"]


@pytest.mark.parametrize("version", ["expert prior", "trained"])
def test_the_serving_process_carries_nothing_of_training(models, tmp_path, version):
    folder = models if version == "trained" else tmp_path / "models"
    database = Database(sqlite_url(tmp_path))
    database.prepare()
    database.close()
    script = f"""
import sys
from pathlib import Path
from service import create_app
from service.settings import Settings
app = create_app(Settings(models=Path({str(folder)!r}), instance=Path({str(tmp_path)!r})))
profile = {{"employees": 38, "sector": "F", "sbi_version": "2008", "needs": ["taal"],
           "staffing_pressure": "krap"}}
answer = app.test_client().post("/api/v1/recommendations", json={{"profile": profile}})
assert answer.status_code == 200, answer.text
print(*(name for name in {TRAINING_ONLY!r} if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
