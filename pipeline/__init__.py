"""Dateline: news articles in, event tables out.

The way of the data, one module a room: ``read`` → ``layout`` → ``annotate`` →
``extract`` → ``resolve`` → ``tables`` → ``write``; ``run`` walks it. See
``pipeline/README.md`` for the house and its rules.
"""

__version__ = "0.1.0"
