"""Shows the transcripts of a pipeline as they come: who says what, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import sys

from june import setup
from june.setup import SetupError


def main() -> int:
    parser = argparse.ArgumentParser(prog="e2e/watch", description=__doc__)
    parser.add_argument("--nats", required=True, metavar="URL", help="the NATS server")
    parser.add_argument("--pipeline", required=True, metavar="NAMESPACE/NAME", help="the pipeline")
    arguments = parser.parse_args()
    try:
        setup.use_python_packages()
        asyncio.run(_watch(arguments.nats, *arguments.pipeline.partition("/")[::2]))
    except SetupError as error:
        print(f"e2e/watch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


async def _watch(url: str, namespace: str, name: str) -> None:
    from june.report import LiveView
    from june.transcripts import Collector, TranscriptsError

    view = LiveView()
    try:
        async with Collector(url, namespace, name, view.message):
            view.say(f"Listening to {namespace}/{name}. Ctrl-C ends it.")
            await asyncio.Event().wait()
    except TranscriptsError as error:
        raise SetupError(str(error)) from error
    finally:
        view.close()


if __name__ == "__main__":
    sys.exit(main())
