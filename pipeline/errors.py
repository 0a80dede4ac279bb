"""Every exception this project raises on purpose.

DatelineError                 base; its text is one line that says what to do
├── UsageError                a bad option or combination of options (exit code 2)
├── RuleError                 a file of ``models/`` that can't be used: names file and line
├── ModelError                the spaCy pipeline is missing or of the wrong kind
├── InputError                an input that is missing or of no known kind
├── OutputError               an output folder that can't be written or is in use
├── RunStopped                a run that a person stopped: says how far it came (exit code 130)
├── TableError                rows that break their table's contract: a defect of ours
├── GoldError                 a gold file whose labels don't fit its text
└── RecordError               one record that can't be processed: becomes a row of ``rejects``
"""

from __future__ import annotations


class DatelineError(Exception):
    """Base of all errors raised on purpose; ``str(error)`` is one line for a person."""


class UsageError(DatelineError):
    """A bad option, or options that do not go together."""


class RuleError(DatelineError):
    """A rule, lexicon or gazetteer file that can't be used.

    ``file`` is the path as the user knows it, ``line`` counts from 1 (0: the file as a whole).
    """

    def __init__(self, file: object, line: int, message: str) -> None:
        self.file = str(file)
        self.line = line
        self.reason = message
        super().__init__(f"{self.file}:{line}: {message}" if line else f"{self.file}: {message}")


class ModelError(DatelineError):
    """The spaCy pipeline asked for is not installed, or lacks a component we read."""


class InputError(DatelineError):
    """An input path that does not exist or that no reader takes."""


class OutputError(DatelineError):
    """An output folder that exists already, or that can't be written."""


class RunStopped(DatelineError):
    """A run that a person stopped: says how far it came, and the command that goes on with it."""


class TableError(DatelineError):
    """Rows that break the declared contract of their table."""


class GoldError(DatelineError):
    """A gold file that can't be used: names file, line and label."""


class RecordError(DatelineError):
    """One record that can't be processed.

    ``kind`` is a short stable word for counting (``empty``, ``encoding``, ``too-large`` …).
    """

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)
