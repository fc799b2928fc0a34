# The labs reach the toolkit through this cell: the standard library, nothing to edit but SEED.
import csv
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile

from IPython.display import SVG, display

PLUMB = os.environ.get("PLUMB", "plumb")
SEED = int("{{seed}}")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait leave the cores to others


def plumb(*words):
    """Runs one plumb command quietly; its standard output."""
    run = subprocess.run([PLUMB, *map(str, words)], capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr.strip())
    return run.stdout


def table(*words):
    """Runs a program: its rows as dictionaries by column, and its summary as one dictionary."""
    result = json.loads(plumb(*words, "--json"))
    names = [column["name"] for column in result["columns"]]
    return [dict(zip(names, row)) for row in result["rows"]], result["summary"]


def figure(name):
    """Draws one of the toolkit's figures and shows it."""
    with tempfile.TemporaryDirectory() as folder:
        plumb("figures", name, "--out", folder)
        display(SVG(filename=str(pathlib.Path(folder, name, "fig.svg"))))
