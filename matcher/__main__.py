"""``python -m matcher``: the command line of the researchers."""

from matcher.cli import main

if __name__ == "__main__":
    main()
