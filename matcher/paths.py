"""Where the product's own data stand beside the package."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MENU = ROOT / "training_data" / "menu.toml"
EXPERT = ROOT / "training_data" / "expert.toml"
TRIALS = ROOT / "training_data" / "outcomes.csv"
PLACES = ROOT / "training_data" / "places.toml"
SYNONYMS = ROOT / "training_data" / "synonyms.toml"
