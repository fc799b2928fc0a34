#!/usr/bin/python3
"""Every command that is printed is run: those of README.md, of the course's README and labs, of help and the man pages.

usage: printed_commands.py PLUMB README   (run by meson; standard library only)
Fails if a printed command is refused, ends with another status than 0, or names an option that is not there.
Commands run as printed, by a shell, in a folder that has small stand-ins for what they read. SMALLER
lists those that get less to do, and UNRUN those that are only parsed, each with its reason.
"""
import ast
import contextlib
import csv
import gzip
import json
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

# A command as printed, what it becomes so that it ends soon, and why.
SMALLER = (
    (r"^(plumb|\./bootstrap) verify( --report \S+| --json)?$", r"\g<0> LEE25.THM1.AVG", "claim/registry verifies every claim"),
    (r"^plumb verify (hltm|LEE25)", "plumb verify LEE25.THM1.AVG", "the same"),
    (r"^plumb errata$", r"\g<0> LEE25.CHAIN", "the same"),
    (r"grid:1000x1001", "grid:30x31", "a million nodes take 25 s"),
    (r"^plumb spectral equivalence --features z.npy", r"\g<0> --features few.npy", "minimises over 4000 nodes"),
    (r"^plumb spectral linear-features\b", r"\g<0> --images 300 --embeddings 4", "eigenproblems of 785 x 785"),
    (r"^plumb hltm latents.*", r"\g<0> --replicates 2 --epoch 640 --epochs 0,1 --evaluation 200", "minutes of training"),
    (r"^plumb hltm byol-training", r"\g<0> --replicates 2 --depth 2", "the same"),
    (r"--model resnet18 --batch 256 --plan-ranks", "--images 64 --batch 16 --plan-ranks", "steps of a ResNet-18"),
    (r"^plumb train --plan-ranks$", r"\g<0> --data fashion-mnist --images 64 --batch 32", "an option in a sentence"),
    (r"plumb train --data fashion-mnist\b[^&]*", r"\g<0> --images 64 --batch 32 --monitor 32 --epochs 1 --overwrite ",
     "ten epochs of 60000 images"),
    (r"^plumb hltm samples --depth 5", r"\g<0> --images 200", "the default is for training"),
    (r"^plumb train --data npy:tree", r"\g<0> --images 64 --batch 32 --monitor 32 --epochs 1 --overwrite", "the same"),
    (r"^plumb study augmentation", r"\g<0> --images 64 --epochs 1 --replicates 2 --keep few", "trains 30 networks"),
    (r"^plumb verify study$", "plumb claims study", "an hour of training; claims reads the same words"),
    (r"labs export --execute$", r"\g<0> lab0", "the test labs executes all of them"),
)
# Only parsed: every option must be one that the program knows.
UNRUN = (
    (r"^\./bootstrap test$", "it runs this test"),
    (r"^/usr/bin/python3 tests/peers/", "needs NumPy, PyTorch and a machine of its own"),
)
# Printed with the error that it ends with.
FAILING = (
    (r"--solver filtered --iterations 1$", 1, "an eigensolver that does not converge"),
)
START = re.compile(r"^(plumb|mpirun -n \d+|build/plumb|\./bootstrap|/usr/bin/python3|eval) ")


def commands_of_markdown(text):
    """Commands in indented blocks: after '$ ', or, where a block has no '$', lines that begin as one; and those in
    backquotes in between."""
    found = []
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
        lines = [line[4:] for line in block.splitlines()]
        typed = [line[2:] for line in lines if line.startswith("$ ")]
        found += typed or [line for line in lines if START.match(line)]
    prose = re.sub(r"^    .*$", "", text, flags=re.M)
    found += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose) if START.match(span)]
    return [re.sub(r"\s+# .*", "", c) for c in found if "COMMAND" not in c]


def commands_of_text(text):
    """Commands that help and man pages print on a line of their own, or last on a table's line, or in quotes."""
    found = re.findall(r"^\s*(?:\S.*?\s{2,})?(plumb [^\n]*)$", text, re.M) + re.findall(r"'(plumb [^'\n]+)'", text)
    return [c for c in found if not re.search(r"^plumb (checks|- |[A-Z])|  |\[| \.\.\. |--help (says|has)\b", c)]


def sh(command, folder):
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, PLUMB_DATA=str(folder / "data"), PATH=f"{folder}:{os.environ['PATH']}",
                                   OMP_WAIT_POLICY="passive", OMPI_ALLOW_RUN_AS_ROOT="1",
                                   OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1"))


def npy(path, numbers, shape, dtype="<f8", code="d"):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (dtype, shape)
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
                     + struct.pack("<%d%s" % (len(numbers), code), *numbers))


def idx(path, images, side):
    """A part of a set that looks like Fashion-MNIST: images of ten classes, striped by class, with noise."""
    state, pixels = 7, bytearray()
    for i in range(images):
        for j in range(side * side):
            state = (state * 1103515245 + 12345) % 2 ** 31
            pixels.append((200 if (j // (1 + i % 10)) % 2 else 20) + state % 40)
    prefix = {"train": "train", "test": "t10k"}[path.name]
    with gzip.open(path.parent / f"{prefix}-images-idx3-ubyte.gz", "wb") as f:
        f.write(struct.pack(">IIII", 0x803, images, side, side) + pixels)
    with gzip.open(path.parent / f"{prefix}-labels-idx1-ubyte.gz", "wb") as f:
        f.write(struct.pack(">II", 0x801, images) + bytes(i % 10 for i in range(images)))


class Printed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp())
        d = cls.dir
        (d / "plumb").symlink_to(PLUMB)
        (d / "build").mkdir()
        (d / "build" / "plumb").symlink_to(PLUMB)
        # A tree that is built already: ./bootstrap finds every package, and nothing to compile.
        shutil.copy(ROOT / "bootstrap", d)
        (d / "build" / "build.ninja").write_text("")
        for name, text in (("ninja", "exit 0"), ("dpkg-query", "echo installed")):
            (d / name).write_text(f"#!/bin/sh\n{text}\n")
            (d / name).chmod(0o755)
        (d / "data" / "fashion-mnist").mkdir(parents=True)
        idx(d / "data" / "fashion-mnist" / "train", 1000, 28)
        idx(d / "data" / "fashion-mnist" / "test", 300, 28)
        cls.made("plumb views fashion-mnist --images 40 --views 8 -o z.npy --labels-out y.npy")
        cls.made("plumb views fashion-mnist --images 6 --views 8 -o few.npy --labels-out few-y.npy")
        cls.made("plumb labs export --out DIR")
        for name in ("A", "B", "DIR"):
            cls.made(f"plumb bounds attraction --data golden --out {name}")
        cls.made("plumb train --data fashion-mnist --images 64 --batch 32 --epochs 1 --monitor 32 --out runs/demo -q")
        cls.ran = set()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @classmethod
    def made(cls, command):
        run = sh(command, cls.dir)
        assert run.returncode == 0, f"{command}\n{run.stderr}"

    def known(self, command):
        """Every option of a command that is only parsed is in its help."""
        words = shlex.split(command)
        if words[0] == "./bootstrap":
            self.assertEqual(sh("sh -n bootstrap", self.dir).returncode, 0)
            self.assertRegex((ROOT / "bootstrap").read_text(), rf"(?m)^{words[1]}\)")
            return
        script = (ROOT / words[1]).read_text()
        ast.parse(script)
        for word in words[2:]:
            if word.startswith("--"):
                self.assertRegex(script, rf'"(--)?{word[2:]}"', command)

    def each(self, commands, least):
        """Runs them in order, so that a later one finds what an earlier one wrote."""
        self.assertGreaterEqual(len(commands), least, "commands are no longer found where they are printed")
        for printed in commands:
            if printed in self.ran:
                continue
            self.ran.add(printed)
            with self.subTest(printed):
                if any(re.search(pattern, printed) for pattern, _ in UNRUN):
                    self.known(printed)
                    continue
                command = printed.replace(" ... ", " z.npy ").rstrip(" .")
                for pattern, less, _ in SMALLER:
                    if re.search(pattern, command):
                        command = re.sub(pattern, less, command)
                        break
                if not shutil.which("mpirun"):
                    command = re.sub(r"^mpirun .*?(?=plumb )", "", command)
                before = os.times()
                run = sh(command, self.dir)
                spent = os.times().children_user - before.children_user
                status = next((s for pattern, s, _ in FAILING if re.search(pattern, printed)), 0)
                self.assertEqual(run.returncode, status, f"{command}\n{run.stderr}")
                if status:
                    self.assertIn(run.stderr.strip(), README.read_text())
                if spent > 3:
                    print(f"{spent:.1f} s: {command}", file=sys.stderr)

    def test_readme(self):
        self.each(commands_of_markdown(README.read_text()), 30)

    def test_course(self):
        self.made("plumb labs export --out course")
        self.each(commands_of_markdown((self.dir / "course" / "README.md").read_text()), 3)
        text = ""
        for path in sorted((self.dir / "course" / "source").rglob("*.ipynb")):
            for cell in json.loads(path.read_text())["cells"]:
                if cell["cell_type"] == "markdown":
                    text += "".join(cell["source"]) + "\n"
        text = text.replace("FEATURES.npy", "few.npy").replace("LABELS.npy", "few-y.npy")
        words = [c for c in commands_of_markdown(text) if len(c.split()) > 2]
        self.each(words, 1)
        for name in re.findall(r"`plumb ([a-z]+)`", text):
            self.made(f"plumb {name} --help")

    def test_the_training_that_lab_7_ships_as_csv(self):
        """The labs' code cells are run by the test labs, but for this one, which is switched off in it."""
        for cell in json.loads((self.dir / "course" / "source" / "lab7" / "lab7.ipynb").read_text())["cells"]:
            if "RERUN = False" in "".join(cell["source"]):
                break
        less = {"1024": "64", "128": "32", "256": "32", "16": "1"}
        ran = []

        def reduced(*words):
            words = [less.get(str(w), str(w)) for w in words]
            words[words.index("--data") + 1] = "fashion-mnist"
            self.made("plumb " + shlex.join(words))
            ran.append(words)
        here = os.getcwd()
        os.chdir(self.dir / "course" / "source" / "lab7")
        try:
            with contextlib.redirect_stdout(None):
                exec("".join(cell["source"]).replace("RERUN = False", "RERUN = True"),
                     {"plumb": reduced, "tempfile": tempfile, "pathlib": pathlib, "csv": csv, "SEED": 1})
        finally:
            os.chdir(here)
        self.assertEqual(len(ran), 4)

    def test_help_and_man_pages(self):
        text = sh("plumb help; plumb man; for t in losses views data verdicts; do plumb help $t; done; "
                  "for r in bounds spectral hltm study; do plumb $r; done", self.dir).stdout
        listed = sh("plumb help", self.dir).stdout
        text = text.replace("\\-", "-")
        names = re.findall(r"^  ([a-z]+)(?: .*)?$", listed, re.M)
        self.assertGreater(len(names), 15)
        for name in names:
            if name not in ("losses", "data", "verdicts"):
                text += sh(f"plumb {name} --help", self.dir).stdout
        self.each([c.replace("DATASET", "fashion-mnist").replace("Z.npy", "z.npy").replace(" DIR", " figs-of-man")
                   for c in commands_of_text(text)], 10)
        mentioned = set(re.findall(r"\bplumb ([a-z]+)\b", text)) - {"checks", "wrote"}  # its verbs
        self.assertEqual(mentioned - set(names), set(), "a command is mentioned that is not there")

    def test_presets_of_claims_are_commands(self):
        """They are run by claim/registry, split at spaces: a shell must read them in the same way."""
        claims = json.loads(sh("plumb claims --json", self.dir).stdout)
        for c in claims:
            for preset in c["presets"]:
                self.assertEqual(shlex.split(preset), preset.split(), c["id"])
                self.assertNotRegex(preset, r"[$`|&;<>*?~!#()]", c["id"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
