#!/bin/bash
# A stand-in for a Python interpreter with venv and pip, for tests: it does what FAKE_PIP and FAKE_VERIFY say, and notes
# every call in FAKE_LOG.
version=${FAKE_VERSION:-3.11.9}
self=$(/usr/bin/readlink -f "$0")
facts() { echo "{\"version\":\"$version\",\"executable\":\"$self\",\"platform\":\"linux\",\"machine\":\"x86_64\",\"venv\":true,\"ensurepip\":${FAKE_ENSUREPIP:-true}$1}"; }
whole=',"versions":{"torch":"2.13.0+cpu"},"missing":{},"cuda":false,"site":"/usr"'
say() { echo "$1" >>"${FAKE_LOG:-/dev/null}"; }
[ "$1" = -I ] && shift
case "$*" in
*"check.py base") facts ;;
*"check.py list") facts ",\"torch\":\"2.13.0\",\"prefix\":\"$self\"" ;;
*"check.py imports") if [ -n "$FAKE_MISSING" ]; then facts ",\"versions\":{},\"missing\":{\"torch\":\"ModuleNotFoundError\"}"; else facts "$whole"; fi ;;
*"check.py verify")
  say verify
  case "$FAKE_VERIFY" in
  fail) echo "AssertionError: the gradient is off" >&2; exit 1 ;;
  unless-clean) [ -e "$(/usr/bin/dirname "$0")/../half" ] && { echo "ImportError: half a package" >&2; exit 1; } ;;
  esac
  facts "$whole,\"device\":\"cpu\"" ;;
"-m venv"*)
  say venv
  [ "$FAKE_VENV" = missing ] && { echo "The virtual environment was not created successfully because ensurepip is not available."; exit 1; }
  for folder in "$@"; do :; done
  /bin/mkdir -p "$folder/bin"; /bin/cp "$self" "$folder/bin/python" ;;
"-m pip --version") echo "pip ${FAKE_PIP_VERSION:-25.0} from /nowhere" ;;
"-m pip install"*)
  say "pip $*"
  home=$(/usr/bin/dirname "$0")/..
  case "$FAKE_PIP" in
  unreachable) echo "WARNING: Retrying after connection broken by 'NewConnectionError: Name or service not known'"
    echo "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)"
    echo "ERROR: No matching distribution found for torch==2.13.0"; exit 1 ;;
  nomatch) echo "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: 2.9.0, 2.9.1)"
    echo "ERROR: No matching distribution found for torch==2.13.0"; exit 1 ;;
  full) echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1 ;;
  hang) echo "Collecting torch"; /bin/sleep 600 & echo $! >"$home/sleeper"; trap '' TERM; wait; wait ;;
  half) : >"$home/half"; echo started; /bin/sleep 600 ;;
  grow) for i in 1 2 3 4 5 6 7 8 9; do echo x >>"$TMPDIR/torch.whl"; /bin/sleep .4; done ;;
  *) echo "Collecting torch==2.13.0"; echo "  Downloading torch-2.13.0%2Bcpu-cp311-cp311-linux.whl (4.0 kB)"
    echo "Progress 0 of 4000"; echo "Progress 4000 of 4000"; echo "Installing collected packages: torch" ;;
  esac ;;
*) echo "fake python: unexpected call: $*" >&2; exit 64 ;;
esac
