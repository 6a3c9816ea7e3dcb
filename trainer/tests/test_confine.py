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


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_modes_times_and_lengths_of_files_are_out_of_reach_where_landlock_stands_alone(tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("words")
    attempts = [
        f"os.chmod({str(mine)!r}, 0o777)",
        f"os.utime({str(mine)!r}, (0, 0))",
        f"os.truncate({str(mine)!r}, 0)",
        f"os.setxattr({str(mine)!r}, 'user.a', b'b')",
        "os.memfd_create('m')",
        "libc.prctl(4, 0, 0, 0, 0) and os.kill(1 << 22, 0)",
    ]
    code = "import ctypes, os\nlibc = ctypes.CDLL(None)\nrefused = 0\n" + "".join(
        f"try:\n    {attempt}\nexcept OSError:\n    refused += 1\n" for attempt in attempts
    )
    code += "print(refused)"
    paths = ["/usr", "/lib", "/lib64", "/etc", sys.prefix, sys.base_prefix]
    config = {
        "seccomp": True,
        "processes": False,
        "landlock": {"read": paths, "list": [], "write": [], "device": ["/dev/null"]},
    }
    program = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CONFINE), json.dumps(config), *program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Landlock" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.stdout.split() == [str(len(attempts))], done.stderr
    assert mine.read_text() == "words" and mine.stat().st_mode & 0o777 != 0o777
