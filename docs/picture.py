"""Draws docs/demo.svg: what the demonstration shows after a while. Run by hand; it plays for some minutes."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from beffroi.demo import play, show

MINUTES = 28.0


def main() -> None:
    """Play in lock-step, then draw the last table."""
    with tempfile.TemporaryDirectory() as out:
        stage = play.Stage(Path(out), MINUTES)
        asyncio.run(play.perform(stage, Console(file=io.StringIO()), headless=True, speed=1.0))
        board = show.Board("en", "aviation", stage.start_s, stage.end_s)
        drawn = Console(record=True, width=150, file=io.StringIO())
        if stage.last is None:
            sys.exit("the watch gave no picture")
        drawn.print(board.render(stage.last.picture, stage.changes))
        drawn.save_svg(str(Path(__file__).with_name("demo.svg")), title="make demo")


if __name__ == "__main__":
    main()
