#!/usr/bin/python3
"""The course as a teacher and a student meet it.

usage: labs_test.py PLUMB   (run by meson; standard library only, nbformat where it is installed)
Each test says in its name what would make it fail. PLUMB_LABS names labs ("lab0 lab3") to run only those.
"""
import contextlib
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import types
import unittest
import zlib

PLUMB = str(pathlib.Path(sys.argv.pop(1)).resolve()) if len(sys.argv) > 1 else "plumb"
KINDS = ("source", "release", "solution")
CELL_SECONDS = 30  # nbgrader's limit for a cell
LABS = 9


def plumb(*words):
    return subprocess.run([PLUMB, *map(str, words)], capture_output=True, text=True, timeout=1200)


def cells(path):
    return json.loads(path.read_text())["cells"]


def source(cell):
    return "".join(cell["source"])


def role(cell):
    return cell["metadata"].get("nbgrader", {})


def pixels(path):
    """Rows of a PNG of eight-bit RGB or RGBA, each a bytes object, and the bytes of a pixel."""
    data, at, body = path.read_bytes(), 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + n]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", chunk[:10])
            assert depth == 8 and colour in (2, 6), (depth, colour)
        body += chunk if kind == b"IDAT" else b""
        at += 12 + n
    step = 3 if colour == 2 else 4
    raw, rows, above = zlib.decompress(body), [], bytes(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        line, way = bytearray(raw[start + 1:start + 1 + width * step]), raw[start]
        for i in range(len(line)):
            a = line[i - step] if i >= step else 0
            b, c = above[i], above[i - step] if i >= step else 0
            near = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, near)[way]) & 255
        above = bytes(line)
        rows.append(above)
    return rows, step


class Shown(list):
    """Stands for IPython: keeps what a notebook would display."""

    def module(self):
        stub = types.ModuleType("IPython.display")
        stub.display = lambda *things, raw=False: self.extend(things)
        return {"IPython": types.ModuleType("IPython"), "IPython.display": stub}


def run(path, stop=None):
    """Runs the code cells of a notebook in order, from its folder, as plain Python.

    Returns what it displayed and, with `stop`, the first cell that raised that exception.
    """
    shown, names = Shown(), {"__name__": "__main__"}
    before, modules = os.getcwd(), dict(sys.modules)
    sys.modules.update(shown.module())
    os.chdir(path.parent)
    try:
        for cell in cells(path):
            if cell["cell_type"] != "code":
                continue
            out, err = io.StringIO(), io.StringIO()
            started = time.monotonic()
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    exec(compile(source(cell), f"{path.name}:{cell['id']}", "exec"), names)
            except Exception as error:
                if stop and isinstance(error, stop):
                    return shown, cell
                raise AssertionError(f"{path.name}, cell {cell['id']}: {type(error).__name__}: "
                                     f"{error}\n{source(cell)}") from error
            if err.getvalue():
                raise AssertionError(f"{path.name}, cell {cell['id']} wrote to standard error: "
                                     f"{err.getvalue()}")
            seconds = time.monotonic() - started
            if seconds > CELL_SECONDS:
                raise AssertionError(f"{path.name}, cell {cell['id']} took {seconds:.1f} s")
    finally:
        os.chdir(before)
        for name in ("IPython", "IPython.display"):
            sys.modules.pop(name, None)
            if name in modules:
                sys.modules[name] = modules[name]
    return shown, None


class Course(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["PLUMB"] = PLUMB
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        cls.dir = pathlib.Path(tempfile.mkdtemp())
        cls.work = pathlib.Path(tempfile.mkdtemp())
        cls.export = plumb("labs", "export", "--out", cls.dir)
        if cls.export.returncode:
            raise AssertionError(cls.export.stderr)
        wanted = os.environ.get("PLUMB_LABS", "").split()
        cls.labs = [p.name for p in sorted((cls.dir / "source").iterdir())
                    if not wanted or p.name in wanted]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)
        shutil.rmtree(cls.work, ignore_errors=True)

    def path(self, kind, lab):
        return self.dir / kind / lab / f"{lab}.ipynb"

    def each(self, *kinds):
        return [self.path(kind, lab) for lab in self.labs for kind in kinds]

    def test_all_labs_are_there_and_the_readme_names_each(self):
        readme = (self.dir / "README.md").read_text()
        found = sorted(p.name for p in (self.dir / "source").iterdir())
        self.assertEqual(found, [f"lab{i}" for i in range(LABS)])
        for lab in found:
            self.assertIn(f"| {lab}: ", readme)

    def test_exporting_twice_gives_the_same_bytes(self):
        again = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, again)
        self.assertEqual(plumb("labs", "export", "--out", again).returncode, 0)
        first = {p.relative_to(self.dir): p.read_bytes() for p in self.dir.rglob("*") if p.is_file()}
        second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertEqual(first[name], second[name], name)

    def test_another_seed_changes_the_seed_alone(self):
        again = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, again)
        self.assertEqual(plumb("labs", "export", "--seed", 77, "--out", again).returncode, 0)
        for path in self.each("source"):
            a = path.read_text().splitlines()
            b = (again / path.relative_to(self.dir)).read_text().splitlines()
            changed = [(x, y) for x, y in zip(a, b) if x != y]
            self.assertEqual(len(a), len(b))
            self.assertEqual(changed, [('    "SEED = int(\\"1\\")\\n",', '    "SEED = int(\\"77\\")\\n",')])

    def test_check_accepts_the_export_and_sees_a_changed_cell(self):
        self.assertEqual(plumb("labs", "check", "--out", self.dir).returncode, 0)
        path = self.path("release", "lab0")
        whole = path.read_text()
        for old, new, said in (("raise NotImplementedError()", "pass", "checksum"),
                               ('"points": 2', '"points": 3', "checksum"),
                               ('"schema_version": 3', '"schema_version": 2', "schema_version"),
                               ('"deletable": false', '"deletable": true', "deletable"),
                               ('"nbformat_minor": 5', '"nbformat_minor": 4', "4.5")):
            self.assertIn(old, whole)
            path.write_text(whole.replace(old, new, 1))
            broken = plumb("labs", "check", "--out", self.dir)
            path.write_text(whole)
            self.assertEqual(broken.returncode, 4, (old, broken.stderr))
            self.assertIn(said, broken.stderr)

    def test_nbformat_accepts_every_notebook(self):
        try:
            import nbformat
        except ImportError:
            self.skipTest("nbformat is not installed (apt-get install python3-nbformat)")
        for path in self.each(*KINDS):
            nbformat.validate(nbformat.read(path, as_version=4))

    def test_release_hides_solutions_and_locks_tests(self):
        for path in self.each("release"):
            for cell in cells(path):
                text, r = source(cell), role(cell)
                self.assertNotIn("SOLUTION", text)
                self.assertNotIn("HIDDEN", text)
                if not r:
                    continue
                self.assertFalse(cell["metadata"]["deletable"])
                self.assertEqual(cell["metadata"].get("editable", True), r["solution"])
                m = hashlib.md5()  # nbgrader's way, written again
                locked = not r["solution"] and (r["grade"] or r["locked"])
                for part in (text, cell["cell_type"], str(r["grade"]), str(r["solution"]),
                             str(locked), r["grade_id"]):
                    m.update(part.encode())
                if r["grade"]:
                    m.update(str(float(r["points"])).encode())
                self.assertEqual(m.hexdigest(), r["checksum"], r["grade_id"])

    def test_every_test_cell_has_a_visible_and_a_hidden_part(self):
        for path in self.each("source"):
            for cell in cells(path):
                if role(cell).get("grade") and not role(cell)["solution"]:
                    visible, _, hidden = source(cell).partition("### BEGIN HIDDEN TESTS")
                    self.assertIn("assert", visible, role(cell)["grade_id"])
                    self.assertIn("assert", hidden, role(cell)["grade_id"])

    def test_solutions_run_quietly_and_show_their_figures(self):
        for path in self.each("solution"):
            wanted = sum(len(re.findall(r"^figure\(", source(c), re.M)) for c in cells(path)
                         if c["cell_type"] == "code")
            shown, _ = run(path)
            self.assertGreaterEqual(len(shown), max(1, wanted))
            for figure in shown:
                self.assertRegex(figure["image/svg+xml"], r"(?s)<svg.*<path", "an empty figure")
                self.assertIn("src=\"data:image/svg+xml;base64,", figure["text/html"])

    def test_a_real_kernel_runs_every_solution_and_its_page_shows_every_figure(self):
        if not shutil.which("jupyter-nbconvert") or subprocess.run(
                ["/usr/bin/python3", "-c", "import ipykernel"], capture_output=True).returncode:
            self.skipTest("no kernel (apt-get install jupyter-nbconvert python3-ipykernel)")
        done = plumb("labs", "export", *self.labs, "--execute", "--out", self.work / "executed")
        self.assertEqual(done.returncode, 0, done.stderr)
        for lab in self.labs:
            path = self.work / "executed" / "solution" / lab / f"{lab}.ipynb"
            outputs = [o for c in cells(path) for o in c.get("outputs", [])]
            figures = [o for o in outputs if "image/svg+xml" in o.get("data", {})]
            self.assertTrue(figures, lab)
            page = path.with_suffix(".html").read_text()
            images = re.findall(r'src="(data:image/svg\+xml;base64,[A-Za-z0-9+/=]+)"', page)
            self.assertEqual(len(images), len(figures), lab)
            for loaded in ("<script", 'src="http', 'href="http', "@import", "url(http"):
                self.assertNotIn(loaded, page, lab)
            self.assertIn("default-src 'none'", page)
            text = "".join(re.sub(r"(`+).*?\1", "", source(c), flags=re.S) for c in cells(path)
                           if c["cell_type"] == "markdown")
            self.assertEqual(page.count("<math"), len(re.findall(r"\$\$.+?\$\$|\$.+?\$", text, re.S)), lab)
            self.rendered(lab, images)
            self.draws_formulas(path.with_suffix(".html"))

    def draws_formulas(self, page):
        """In a browser every formula has a height, and nothing was asked of a network."""
        if not shutil.which("chromium"):
            return
        probe, policy = page.with_name("probe.html"), re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
        self.assertRegex(page.read_text(), policy)
        probe.write_text(policy.sub("", page.read_text()) + """<script>
            var flat = [...document.querySelectorAll('math')].filter(e => e.getBoundingClientRect().height < 5).length;
            var asked = performance.getEntriesByType('resource').filter(e => e.name.startsWith('http')).length;
            document.title = 'FLAT ' + flat + ' ASKED ' + asked;</script>""")
        dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                              "--disable-background-networking", "--disable-component-update", "--disable-sync",
                              f"--user-data-dir={self.work}/profile", "--dump-dom", probe.as_uri()],
                             capture_output=True, text=True, timeout=120).stdout
        self.assertIn("<title>FLAT 0 ASKED 0</title>", dom, page)
        probe.unlink()

    def rendered(self, lab, images):
        """Every image, alone in a browser's tile of 640 x 420, has dark or coloured points."""
        if not shutil.which("chromium"):
            return
        folder = self.work / "browser"
        folder.mkdir(exist_ok=True)
        (folder / "page.html").write_text("<style>* {margin: 0} img {display: block; width: 640px;"
                                          " height: 420px}</style>"
                                          + "".join(f'<img src="{i}">' for i in images))
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                        "--no-first-run", "--disable-background-networking",
                        "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                        f"--user-data-dir={folder}/profile",
                        f"--window-size=640,{420 * len(images)}",
                        f"--screenshot={folder}/{lab}.png", f"file://{folder}/page.html"],
                       capture_output=True, timeout=120, check=True)
        rows, step = pixels(folder / f"{lab}.png")
        for i in range(len(images)):
            ink = sum(min(row[x:x + 3]) < 100 for row in rows[420 * i:420 * (i + 1)]
                      for x in range(0, len(row), step))
            self.assertGreater(ink, 100, f"{lab}: figure {i + 1} does not render")

    def test_the_first_stub_raises_and_nothing_before_it_fails(self):
        for path in self.each("release"):
            _, cell = run(path, stop=NotImplementedError)
            self.assertIsNotNone(cell, "no stub raised")
            code = [c for c in cells(path) if c["cell_type"] == "code"]
            stubs = [i for i, c in enumerate(code) if "raise NotImplementedError()" in source(c)]
            # a stub inside a function raises in the test cell that calls it first
            self.assertGreaterEqual(code.index(cell), stubs[0])
            self.assertLessEqual(code.index(cell), stubs[0] + 1)

    def test_kernel_is_stock_python(self):
        allowed = {"array", "base64", "csv", "json", "math", "os", "pathlib", "random", "subprocess", "tempfile", "IPython"}
        for path in self.each("source"):
            for cell in cells(path):
                if cell["cell_type"] == "code":
                    for name in re.findall(r"^\s*(?:import|from)\s+(\w+)", source(cell), re.M):
                        self.assertIn(name, allowed)

    def test_bad_use_is_refused(self):
        for words, status, said in ((("labs", "exprot"), 2, "usage"),
                                    (("labs", "export", "lab77", "--out", self.dir / "x"), 2, "lab0"),
                                    (("labs", "check", "--out", self.dir / "none"), 4, "labs export"),
                                    (("labs", "export", "--out", "/proc/none"), 4, "/proc/none")):
            refused = plumb(*words)
            self.assertEqual(refused.returncode, status, (words, refused.stderr))
            self.assertIn(said, refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)
