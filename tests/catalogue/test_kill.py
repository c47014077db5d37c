"""kill -9 at random moments loses nothing; ``python -m tests.tools.catalogue_killer`` does it 300 times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks writers")
def test_kill_9_loses_nothing_that_was_said_to_be_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tools.catalogue_killer", "--kills", "10", "--folder", str(tmp_path)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout.startswith("10 kills (2 of tag, 2 of correct, 2 of take over, 2 of back up, 2 of migrate)")
