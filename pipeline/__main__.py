"""The command ``dateline``, also as ``python -m pipeline``; Ctrl-C is heeded from the first moment on."""

from pipeline.stop import leave_at_once


def main() -> None:
    """Run the command line; the process ends with it."""
    leave_at_once()
    from pipeline.cli import main as run

    run()


if __name__ == "__main__":
    main()
