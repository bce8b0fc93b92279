"""The `handrail` command. Its exit codes: 0 as asked, 1 a business no or a failed check, 2 wrong usage or no answer."""

import os
import sys


def main() -> None:
    """Ends the process itself: see below."""
    from handrail.cli.commands import app

    code = 1
    try:
        app(prog_name="handrail")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader of a pipe has gone
            code = code or 1
    # temporalio's native threads can abort the interpreter while it shuts down (exit 134; sdk-python #300, open in
    # November 2026), so there is no such shutdown.
    os._exit(code)
