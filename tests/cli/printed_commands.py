#!/usr/bin/python3
"""Every command that is printed is run: by the README, the course's README, the labs' text, help, the man page.

usage: printed_commands.py PLUMB README   (run by meson; standard library only)
Fails if a printed command is refused, names an option that is not there, or ends with another status
than the text says. Commands are run as printed, by a shell, in a folder with small stand-ins for what they
read; SMALLER lists those that are run with less to do and why, UNRUN those that are only parsed.
"""
import ast
import gzip
import json
import math
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PLUMB = pathlib.Path(sys.argv.pop(1)).resolve()
README = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = README.parent

# What is added to, or replaced in, a command as printed, for it to end soon. The first that matches counts.
SMALLER = (
    (r"^plumb verify( --report \S+)?$", r"\g<0> LEE25.THM1.AVG", "every claim is verified by claim/registry"),
    (r"^\./bootstrap verify$", r"\g<0> LEE25.THM1.AVG", "the same"),
    (r"^plumb verify (hltm|LEE25)\b", r"plumb verify LEE25.THM1.AVG", "the same"),
    (r"^plumb errata$", r"\g<0> LEE25.CHAIN", "the same"),
    (r"grid:1000x1001", "grid:30x31", "a million nodes take 25 s"),
    (r"^plumb spectral linear-features$", r"\g<0> --embeddings 4,8 --probe-every 50", "trained on all images"),
    (r"^plumb hltm latents.*", r"\g<0> --replicates 2 --triplets 640 --depth 3 --evaluation 200", "minutes of training"),
    (r"^plumb hltm byol-training.*", r"\g<0>", "as printed"),
    (r"plumb train --data fashion-mnist\b", r"\g<0> --images 64 --batch 32 --monitor 32 --epochs 1 --overwrite",
     "ten epochs of 60000 images"),
    (r"labs export --execute$", r"\g<0> lab0", "all labs are executed by the test labs"),
)
# Parsed alone: no option in them may be unknown.
UNRUN = (
    (r"^\./bootstrap test$", "it runs this test"),
    (r"^/usr/bin/python3 tests/peers/", "needs NumPy or PyTorch, and a quiet machine"),
)
