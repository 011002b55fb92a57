"""Run the commands of a job one after another and write down how the last one ended.

``runner.py FOLDER``, started by its path: it outlives the service that started it, and so imports
nothing but this. The one who starts it hands over a locked file, and the lock ends with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Stop at the first command that fails; then erase the outcomes that it worked on."""
    code = 0
    with (folder / "stdout").open("wb") as told, (folder / "stderr").open("wb") as steps:
        for command in json.loads((folder / "commands.json").read_text(encoding="utf-8")):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=told, stderr=steps, check=False
            )
            code = done.returncode
            if code:
                break
    erase_outcomes(folder)
    aside = folder / ".exit"
    aside.write_text(str(code), encoding="utf-8")
    os.replace(aside, folder / "exit")


def erase_outcomes(folder: Path) -> None:
    """Remove what a job was trained on: what is erased elsewhere may not live on here."""
    for file in folder.glob("trials*"):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
