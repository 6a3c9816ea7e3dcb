"""Compiles programs without running them and prints the names of those that fail: python compile.py programs.json"""

import json
import sys

with open(sys.argv[1]) as f:
    programs = json.load(f)["programs"]
bad = []
for program in programs:
    try:
        compile(program["code"], "mixer.py", "exec")
    except SyntaxError as error:
        bad.append(f"{program['name']}: {error}")
json.dump(bad, sys.stdout)
