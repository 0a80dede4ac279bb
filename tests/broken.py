"""Makes broken inputs, each in its own way: ``broken_files(folder, count, seed)``."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

Make = Callable[[Path, random.Random], Path]
SENTENCE = "Rebels attacked a police post near Aden on 26 February 2021, officials said."


def _noise(rng: random.Random, count: int) -> bytes:
    return rng.randbytes(count)


def _words(rng: random.Random) -> str:
    letters = string.ascii_letters + string.digits + " .,;:“”‘’\"'()[]{}«»\n\t–—…％٣१中文хот\u200b\u0301\ufeff"
    return "".join(rng.choice(letters) for _ in range(rng.randrange(1, 3000)))


def _put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def noise(base: Path, rng: random.Random) -> Path:
    """Random bytes under the name of any format."""
    ending = rng.choice((".txt", ".jsonl", ".csv", ".tsv", ".html", ".parquet", ".txt.gz", ".jsonl.zst", ".warc.gz"))
    return _put(base.with_name(base.name + ending), _noise(rng, rng.randrange(1, 5000)))


def soup(base: Path, rng: random.Random) -> Path:
    """Characters in any order: a text that is none."""
    return _put(base.with_name(base.name + ".txt"), _words(rng).encode("utf-8", "surrogatepass"))


def cut_gzip(base: Path, rng: random.Random) -> Path:
    """A gzipped text that breaks off."""
    whole = gzip.compress(((SENTENCE + "\n") * 300).encode())
    return _put(base.with_name(base.name + ".txt.gz"), whole[: rng.randrange(1, len(whole))])


def cut_zstd(base: Path, rng: random.Random) -> Path:
    """Zstandard with a damaged byte."""
    whole = bytearray(zstandard.compress(((SENTENCE + "\n") * 300).encode()))
    whole[rng.randrange(len(whole))] ^= 0xFF
    return _put(base.with_name(base.name + ".txt.zst"), bytes(whole))


def bomb(base: Path, rng: random.Random) -> Path:
    """A small file that unpacks to very much."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        for _ in range(rng.randrange(20, 60)):
            file.write(b" " * 1_000_000)
    return _put(base.with_name(base.name + ".txt.gz"), out.getvalue())


def odd_json(base: Path, rng: random.Random) -> Path:
    """A line that is no record: broken, of the wrong kind, too deep, with fields of wrong kinds."""
    record = {"id": base.name, "text": SENTENCE}
    line = rng.choice(
        (
            json.dumps(record)[: rng.randrange(1, 60)],
            json.dumps([record]),
            "[" * 100_000,
            json.dumps({**record, "text": rng.choice((None, 5, [], {}, True, ["a", "b"]))}),
            json.dumps({**record, "text": ""}),
            json.dumps({"id": base.name}),
            json.dumps({**record, "text": "\ud800 " * 20}),
            json.dumps({**record, "id": rng.choice((["x"], {"a": 1}, 1e308, "x" * 5000))}),
            json.dumps(
                {**record, "published": rng.choice(("0000-00-00", 10**30, -5, [2020], "31/31/2020", "2021-02-30"))}
            ),
            json.dumps({**record, "language": rng.choice(("de", "xx", 7))}),
            '{"id": "x", "text": "\\u0000\\u0000"}',
            '{"id": NaN, "text": Infinity}',
            json.dumps({**record, "text": SENTENCE + "9" * 10_000}),
            json.dumps({**record, "text": SENTENCE + " “" * 1500}),
        )
    )
    return _put(base.with_name(base.name + ".jsonl"), line.encode("utf-8", "surrogatepass"))


def odd_csv(base: Path, rng: random.Random) -> Path:
    """A table with an open quotation mark, too many cells, no text or no rows."""
    text = rng.choice(
        (
            f'id,text\n{base.name},"{SENTENCE}',
            f"id,text\n{base.name},a,b,c,d\n",
            f"id,body_of_it\n{base.name},{SENTENCE}\n",
            "id,text\n",
            "\n\n\n",
            f"id,text\n{base.name},\0\0\0\n",
        )
    )
    return _put(base.with_name(base.name + rng.choice((".csv", ".tsv"))), text.encode())


def odd_parquet(base: Path, rng: random.Random) -> Path:
    """A Parquet file that is cut, has other columns, or texts of another type."""
    path = base.with_name(base.name + ".parquet")
    columns = rng.choice(
        (
            {"id": [base.name], "text": [SENTENCE]},
            {"number": [1], "words": ["x"]},
            {"id": [1], "text": [5.5]},
            {"id": [base.name], "text": [[SENTENCE]]},
            {"id": pa.array([], pa.string()), "text": pa.array([], pa.string())},
        )
    )
    pq.write_table(pa.table(columns), path)
    data = path.read_bytes()
    if "text" in columns and columns["text"] == [SENTENCE]:
        path.write_bytes(data[: rng.randrange(len(data))])
    return path


def odd_html(base: Path, rng: random.Random) -> Path:
    """A page without an article, or with tags that never end."""
    page = rng.choice(
        (
            "<html><body><nav>Home</nav></body></html>",
            "<div>" * rng.randrange(1000, 5000) + SENTENCE,
            "<html><script>" + _words(rng),
            "<!doctype html><p>" + "&#x110000;" * 50,
            "<" * 20_000,
        )
    )
    return _put(base.with_name(base.name + ".html"), page.encode("utf-8", "surrogatepass"))


def odd_name(base: Path, rng: random.Random) -> Path:
    """A file whose name holds a line's end, other scripts, bytes that are no UTF-8, or no known ending."""
    name = rng.choice(
        (
            os.fsencode(base.name) + b"\nnew\tline.txt",
            os.fsencode(base.name) + " статья 文章.txt".encode(),
            os.fsencode(base.name) + b"\xff\xfe.txt",
            os.fsencode(base.name) + b".docx",
            os.fsencode(base.name) + b"'; drop table.txt",
        )
    )
    path = Path(os.fsdecode(os.path.join(os.fsencode(base.parent), name)))
    return _put(path, rng.choice((b"", SENTENCE.encode(), _noise(rng, 50))))


def odd_link(base: Path, rng: random.Random) -> Path:
    """A link that leads nowhere, to itself, or a pipe that nobody writes to."""
    path = base.with_name(base.name + ".txt")
    match rng.randrange(3):
        case 0:
            path.symlink_to(base.with_name("nowhere.txt"))
        case 1:
            path.symlink_to(path)
        case _:
            os.mkfifo(path)
    return path


def other_language(base: Path, rng: random.Random) -> Path:
    """An article in another language."""
    text = rng.choice(
        (
            "Die Regierung hat am Freitag mitgeteilt, dass die Gespräche über den Haushalt gescheitert sind. " * 6,
            "Le gouvernement a annoncé vendredi que les discussions sur le budget avaient échoué. " * 6,
            "Правительство сообщило в пятницу, что переговоры о бюджете не состоялись. " * 6,
        )
    )
    return _put(base.with_name(base.name + ".txt"), text.encode())


MAKERS: Sequence[Make] = (
    noise,
    soup,
    cut_gzip,
    cut_zstd,
    bomb,
    odd_json,
    odd_json,
    odd_json,
    odd_csv,
    odd_parquet,
    odd_html,
    odd_name,
    odd_link,
    other_language,
)


def broken_files(folder: Path, count: int, seed: int) -> list[Path]:
    """So many broken files below ``folder``, the same for one seed."""
    rng = random.Random(seed)
    made = []
    for n in range(count):
        below = folder / f"d{n % 7}"
        below.mkdir(exist_ok=True)
        made.append(rng.choice(MAKERS)(below / f"bad{n:05d}", rng))
    return made
