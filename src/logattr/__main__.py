"""``python -m logattr`` is the command line."""

from logattr.cli import main

if __name__ == "__main__":
    main(prog_name="logattr")
