# The labs reach the toolkit through this cell: the standard library, nothing to edit but SEED.
import array
import base64
import csv
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile

from IPython.display import display

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


def show(name, folder, redraw=False):
    """Shows fig.svg of a folder, drawn again from its fig.gp if asked for."""
    if redraw:
        terminal = "set terminal svg size 640,420 dynamic background 'white' font 'Helvetica,13'"
        run = subprocess.run(["gnuplot", "-e", f"{terminal}; set output 'fig.svg'", "fig.gp"],
                             cwd=folder, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr.strip())
    svg = pathlib.Path(folder, "fig.svg").read_text()
    image = base64.b64encode(svg.encode()).decode()  # a page of its own: ids of two figures never meet
    display({"image/svg+xml": svg,
             "text/html": f'<img alt="figure {name}" src="data:image/svg+xml;base64,{image}">'}, raw=True)


def figure(name, **data):
    """Draws one of the toolkit's figures and shows it; data: CSV text that replaces its own."""
    with tempfile.TemporaryDirectory() as folder:
        plumb("figures", name, "--out", folder)
        bundle = pathlib.Path(folder, name)
        for file, text in data.items():
            (bundle / f"{file}.csv").write_text(text)
        show(name, bundle, redraw=bool(data))


def write_npy(path, numbers, shape, integers=False):
    """Writes numbers, row by row, as an .npy array that plumb reads."""
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (
        "<i8" if integers else "<f8", tuple(shape))
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    body = array.array("q" if integers else "d", numbers).tobytes()
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little")
                                   + head.encode() + body)
