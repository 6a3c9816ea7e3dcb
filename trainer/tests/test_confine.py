"""The way into a sandbox is closed when the program that opened it has died meanwhile."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

CONFINE = Path(__file__).resolve().parents[1] / "confine.py"


@pytest.mark.skipif(sys.platform != "linux", reason="death with the parent is Linux's")
@pytest.mark.parametrize("closed", [True, False])
def test_nothing_is_started_in_a_terminal_whose_other_end_is_gone(tmp_path, closed):
    mark = tmp_path / "ran"
    master, slave = pty.openpty()
    if closed:
        os.close(master)
    program = [sys.executable, "-I", "-S", "-c", f"open({str(mark)!r}, 'w')"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CONFINE), json.dumps({}), *program], stdin=slave, timeout=30, check=False
    )
    os.close(slave)
    if not closed:
        os.close(master)
    assert mark.exists() is not closed
    assert (done.returncode == 0) is not closed
