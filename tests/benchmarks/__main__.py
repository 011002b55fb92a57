"""``python -m tests.benchmarks [NAME ... | all]``: measure, print, judge nothing.

Without a name the service is measured on a socket, beside a bare view and the usual app.
"""

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names):
    known = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    names = known if names == ["all"] else names or ["serving"]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(
            f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}, all",
            file=sys.stderr,
        )
        return 2
    for name in names:
        module = import_module(f"tests.benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"\n{name}: {module.__doc__.splitlines()[0]}", flush=True)
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
