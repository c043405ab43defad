"""`python -m mortar_trainer COMMAND`: pretrain, sft, verifier (with --job DIR), serve (with --model DIR)."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback


def main() -> int:
    parser = argparse.ArgumentParser(prog="mortar_trainer")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("pretrain", "sft", "verifier"):
        commands.add_parser(name).add_argument("--job", required=True)
    serve = commands.add_parser("serve")
    serve.add_argument("--model", required=True)
    serve.add_argument("--port", type=int, default=0)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--max-length", type=int, default=None)
    serve.add_argument("--threads", type=int, default=None)
    serve.add_argument("--parent", type=int, default=None, help="process id: exit when it is gone")
    arguments = parser.parse_args()
    # Set before any library with threads is imported. A server shares the machine with sandboxes; training has it for itself, and
    # threads that sleep between two operations cost it a third of its speed.
    if arguments.command == "serve":
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if arguments.command == "serve":
        from .serve import serve_forever

        return serve_forever(arguments.model, arguments.host, arguments.port, arguments.max_length, arguments.threads, arguments.parent)
    from .job import Job, UserError

    # SIGTERM as an exception, so that temporary files go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    job = None
    try:
        job = Job(arguments.job)
        if arguments.command == "pretrain":
            from .pretrain import run
        elif arguments.command == "sft":
            from .sft import run
        else:
            from .verifier import run
        run(job)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        if job is not None:
            job.log("error", kind="user", message=str(error))
        return 2
    except Exception as error:
        traceback.print_exc()
        if job is not None:
            job.log("error", kind="failure", message=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
