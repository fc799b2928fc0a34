#!/usr/bin/python3
"""Figures, reports and comparisons as a user meets them, and the report in a real browser.

usage: report_test.py PLUMB ARTEFACTS   (run by meson; screenshots are kept in ARTEFACTS)
Each test says in its name what would make it fail.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
ARTEFACTS = pathlib.Path(sys.argv.pop(2)) if len(sys.argv) > 2 else None
import cli_test  # takes PLUMB off the words
from cli_test import Case, circle, npy, plumb

GNUPLOT = shutil.which("gnuplot")
CHROMIUM = shutil.which("chromium")
NO_GNUPLOT = "gnuplot is not installed: apt-get install gnuplot-nox"
NO_CHROMIUM = "chromium is not installed: apt-get install chromium"
QUICK = ("circle-potentials", "moco", "uniformity-dimension")


def bytes_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


class Figures(Case):
    @unittest.skipUnless(GNUPLOT, NO_GNUPLOT)
    def test_unchanged_is_not_computed_again_and_bytes_do_not_depend_on_processes(self):
        a, b = self.dir / "a", self.dir / "b"
        self.ok("figures", *QUICK, "--out", a, "--threads", 2)
        self.ok("figures", *QUICK, "--out", b, "--threads", 1)
        self.assertEqual(bytes_of(a), bytes_of(b))
        self.assertEqual(sorted(p.name for p in (a / "moco").iterdir()),
                         ["caption.txt", "dcl.csv", "fig.gp", "fig.svg", "infonce.csv", "stamp"])
        csv, svg = a / "moco" / "infonce.csv", a / "moco" / "fig.svg"
        drawn = csv.stat().st_mtime_ns
        self.ok("figures", *QUICK, "--out", a)
        self.assertEqual(csv.stat().st_mtime_ns, drawn)
        svg.unlink()  # only what is missing is drawn
        self.ok("figures", "moco", "--out", a)
        self.assertTrue(svg.exists())
        self.assertEqual(csv.stat().st_mtime_ns, drawn)
        (a / "moco" / "stamp").write_text("another\n")  # other inputs: all of it
        self.ok("figures", "moco", "--out", a)
        self.assertNotEqual(csv.stat().st_mtime_ns, drawn)
        self.assertEqual(bytes_of(a), bytes_of(b))

    @unittest.skipUnless(GNUPLOT, NO_GNUPLOT)
    def test_panels_take_two_columns_on_paper_and_one_panel_takes_one(self):
        self.ok("figures", "moco", "gaps-concentration", "--for", "paper", "--out", self.dir / "f")
        for name, cm in (("moco", 8.5), ("gaps-concentration", 17.8)):
            box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ", (self.dir / "f" / name / "fig.pdf").read_bytes())
            self.assertAlmostEqual(float(box[1]), cm / 2.54 * 72, delta=1.5)

    def test_unknown_name_is_answered_with_the_nearest(self):
        self.refused(2, "moco", "figures", "moko")
        self.refused(2, "no figure", "figures", "--paper", "NOBODY99")

    def test_gnuplot_missing_or_too_old_says_what_to_install(self):
        bin = self.dir / "bin"
        bin.mkdir()
        env = dict(os.environ, PATH=str(bin))
        self.refused(4, "apt-get install gnuplot-nox", "figures", "moco", "--out", self.dir / "f",
                     env=env)
        fake = bin / "gnuplot"
        fake.write_text("#!/bin/sh\necho gnuplot 4.6 patchlevel 1\n")
        fake.chmod(0o755)
        self.refused(4, ["4.6 is too old", "5.2"], "figures", "moco", "--out", self.dir / "f",
                     env=env)

    @unittest.skipUnless(GNUPLOT, NO_GNUPLOT)
    def test_folder_that_cannot_be_written(self):
        (self.dir / "file").write_text("in the way")
        self.refused(4, "file", "figures", "moco", "--out", self.dir / "file")


class Compare(Case):
    def runs(self):
        for name, wobble in (("a", 0.1), ("b", 0.9)):
            z = npy(self.dir / f"{name}.npy", circle(40, 2, wobble), shape=(40, 2, 2))
            self.ok("measure", z, "--out", self.dir / name)
        return self.dir / "a" / "run.json", self.dir / "b" / "run.json"

    def test_numbers_side_by_side_and_only_what_differs(self):
        a, b = self.runs()
        lines = {x["name"]: x for x in json.loads(self.ok("compare", a, b, "--json"))}
        self.assertIn("alignment_2", lines)
        self.assertTrue(lines["alignment_2"]["apart"])
        self.assertNotIn("images", lines)  # 40 in both
        rows = {r[0]: r for r in json.loads(a.read_text())["rows"]}
        self.assertEqual(lines["alignment_2"]["values"][0]["value"], rows["alignment_2"][1])
        self.assertIn("images", self.ok("compare", a, b, "--all"))
        self.assertTrue(self.ok("compare", a, b, "--format", "csv").startswith("name,"))
        self.assertEqual(json.loads(self.ok("compare", a, a, "--json")), [])

    def test_ledgers_and_what_is_neither(self):
        a, _ = self.runs()
        led = self.dir / "ledger.json"
        led.write_text(self.ok("verify", "LEE25.THM1.AVG", "--json"))
        other = json.loads(led.read_text())
        other["verdicts"][0]["verdict"] = "VIOLATED"
        (self.dir / "other.json").write_text(json.dumps(other))
        out = self.ok("compare", led, self.dir / "other.json")
        self.assertRegex(out, r"(?m)^! LEE25.THM1.AVG .*HOLDS.*VIOLATED")
        self.refused(4, "one kind", "compare", a, led)
        self.refused(2, "two files", "compare", a)
        (self.dir / "no.json").write_text("{")
        self.refused(4, "no.json", "compare", a, self.dir / "no.json")
        (self.dir / "empty.json").write_text("{}")
        self.refused(4, "neither", "compare", self.dir / "empty.json", a)


class Words(Case):
    def complete(self, *words):
        script = self.dir / "completion"
        script.write_text(self.ok("completion", "bash"))
        run = subprocess.run(
            ["bash", "-c", '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _plumb; '
             'echo "${COMPREPLY[@]}"', "-", script, "plumb", *words],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(run.stderr, "")
        return run.stdout.split()

    def test_completion_knows_what_the_tables_know(self):
        self.assertEqual(self.complete("ver"), ["verify"])
        self.assertEqual(self.complete("verify", "--eff"), ["--effort"])
        self.assertEqual(self.complete("verify", "--effort", ""), ["quick", "standard", "deep"])
        self.assertIn("WANG20.THM2", self.complete("verify", "WANG20.THM2"))
        self.assertEqual(self.complete("figures", "moc"), ["moco"])
        self.assertIn("attraction", self.complete("bounds", ""))
        self.assertEqual(self.complete("bounds", "infonce-limit", "--kap"), ["--kappa"])
        self.assertEqual(self.complete("measure", "--rep"), ["--report"])
        self.refused(2, "bash", "completion", "fish")

    def test_conventions_are_explained_and_stand_in_the_man_page(self):
        self.assertIn("SimCLR", self.ok("help", "losses"))
        self.assertIn("(N, V, d)", self.ok("help", "views"))
        self.assertIn("NOT-APPLICABLE", self.ok("help", "verdicts"))
        page = self.ok("man")
        for word in ("\\-\\-report", "\\-\\-effort", "CONVENTIONS: verdicts"):
            self.assertIn(word, page)
        claims = self.ok("man", "claims")
        for claim in json.loads(self.ok("claims", "--json")):
            self.assertIn(f".SS {claim['id']}\n", claims)
        self.refused(2, "plumb man claims", "man", "clams")
        if shutil.which("man"):
            for text in (page, claims):
                (self.dir / "page.1").write_text(text)
                run = subprocess.run(["man", "--warnings", "-l", self.dir / "page.1"],
                                     capture_output=True, text=True, env=dict(os.environ, MANPAGER="cat"))
                self.assertEqual(run.stderr, "")


class Report(Case):
    """Claims that are quick, among them a refuted one."""
    CLAIMS = ("WANG20.THM2", "WANG20.TEXT", "LEE25.THM1.AVG")

    def page(self, *words):
        self.ok(*words, "--report", self.dir / "r")
        return self.dir / "r" / "report.html"

    def browse(self, page, width, height, *flags):
        return subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--enable-logging=stderr", f"--user-data-dir={self.dir / 'profile'}",
             f"--window-size={width},{height}", *flags, page.as_uri()],
            capture_output=True, text=True, timeout=120)

    def test_page_loads_nothing_and_says_first_what_is_false(self):
        page = self.page("verify", *self.CLAIMS).read_text()
        for loaded in ("http://", "https://", "src=", "@import", "url(http"):
            self.assertNotIn(loaded, page)
        self.assertLess(page.index('id="errata"'), page.index('id="verdicts"'))
        self.assertIn("-gon: loss_uniform", page)
        if GNUPLOT:
            self.assertIn('<figure id="figure-single-negative"', page)
            ids = re.findall(r"""\sid=["']([^"']+)""", page)
            self.assertEqual(len(ids), len(set(ids)), "an id stands twice")

    def test_claims_are_on_one_page_with_an_anchor_each_and_the_same_bytes(self):
        claims = json.loads(self.ok("claims", "--json"))
        for name in ("a", "b"):
            self.ok("claims", "--reference", self.dir / name)
        page = (self.dir / "a" / "claims.html").read_text()
        self.assertEqual(page, (self.dir / "b" / "claims.html").read_text())
        for loaded in ("http://", "https://", "src=", "@import", "url(http", "<script"):
            self.assertNotIn(loaded, page)
        for c in claims:
            self.assertIn(f'id="{c["id"]}"', page)
            self.assertIn(f'id="{c["paper"]}"', page)
        ids = re.findall(r"""\sid=["']([^"']+)""", page)
        self.assertEqual(len(ids), len(set(ids)), "an id stands twice")
        for target in re.findall(r'href="#([^"]+)"', page):
            self.assertIn(target, ids)
        self.ok("claims", "LEE25", "--reference", self.dir / "c")
        self.assertNotIn('id="WANG20', (self.dir / "c" / "claims.html").read_text())
        (self.dir / "file").write_text("in the way")
        self.refused(4, "file", "claims", "--reference", self.dir / "file")

    @unittest.skipUnless(CHROMIUM, NO_CHROMIUM)
    def test_claims_page_in_the_browser(self):
        self.ok("claims", "--reference", self.dir / "r")
        page = self.dir / "r" / "claims.html"
        shot = (ARTEFACTS or self.dir) / "claims-phone.png"
        run = self.browse(page, 500, 2600, f"--screenshot={shot}")
        self.assertGreater(shot.stat().st_size, 20000)
        self.assertNotIn("CONSOLE", run.stderr)
        probe = page.with_name("probe.html")
        probe.write_text(page.read_text().replace("</body>", """<script>
            var shown = [...document.querySelectorAll('article')].filter(e => e.offsetHeight > 100).length;
            document.title = 'SHOWN ' + shown + ' WIDE ' + (document.documentElement.scrollWidth > innerWidth);
            </script></body>"""))
        dom = self.browse(probe, 500, 1600, "--dump-dom").stdout
        self.assertIn(f"<title>SHOWN {len(json.loads(self.ok('claims', '--json')))} WIDE false</title>", dom)

    @unittest.skipUnless(CHROMIUM, NO_CHROMIUM)
    def test_paper_shows_every_claim_without_script(self):
        page = self.page("verify", *self.CLAIMS)

        def pages(text):
            alone = page.with_name("alone.html")
            alone.write_text(re.sub(r"(?s)<script>.*?</script>", "", text))
            self.browse(alone, 800, 600, "--no-pdf-header-footer", f"--print-to-pdf={self.dir / 'paper.pdf'}")
            return len(re.findall(rb"/Type\s*/Page\b", (self.dir / "paper.pdf").read_bytes()))
        whole = page.read_text()
        cut = re.sub(r"(?s)<h2>In full</h2>.*</section>", "</section>", whole)
        self.assertLess(len(cut), len(whole))
        self.assertGreaterEqual(pages(whole), pages(cut) + 2)

    def test_page_without_gnuplot_has_no_figures_and_says_so(self):
        run = plumb("verify", "WANG20.THM2", "--report", self.dir / "r",
                    env=dict(os.environ, PATH=str(self.dir)))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("no figures", run.stderr)
        self.assertNotIn("<figure", (self.dir / "r" / "report.html").read_text())

    @unittest.skipUnless(CHROMIUM, NO_CHROMIUM)
    def test_browser_shows_it_without_an_error_and_the_filter_works(self):
        page = self.page("verify", *self.CLAIMS)
        for name, width in (("verify-desktop", 1100), ("verify-phone", 500)):
            shot = (ARTEFACTS or self.dir) / f"{name}.png"
            run = self.browse(page, width, 1600, f"--screenshot={shot}")
            self.assertGreater(shot.stat().st_size, 20000)
            self.assertNotIn("CONSOLE", run.stderr)
        # The filter itself needs no script; one is added to push its button and look.
        probe = page.with_name("probe.html")
        probe.write_text(page.read_text().replace("</body>", """<script>
            document.getElementById('paper-LEE25').checked = true;
            document.getElementById('verdict-HOLDS').checked = true;
            var seen = [...document.querySelectorAll('tbody tr[data-paper]')].filter(
                e => getComputedStyle(e).display != 'none').map(e => e.dataset.paper +
                e.dataset.verdict);
            var wide = document.documentElement.scrollWidth > innerWidth;
            document.title = 'SEEN ' + seen.join(' ') + ' WIDE ' + wide;
            </script></body>"""))
        dom = self.browse(probe, 500, 1600, "--dump-dom").stdout
        self.assertRegex(dom, r"<title>SEEN LEE25HOLDS WIDE false</title>")

    @unittest.skipUnless(CHROMIUM, NO_CHROMIUM)
    def test_audit_in_the_browser(self):
        z = npy(self.dir / "z.npy", circle(60, 4), shape=(60, 4, 2))
        y = npy(self.dir / "y.npy", [i % 3 for i in range(60)], "<i8", code="q")
        page = self.page("measure", z, "--labels", y)
        shot = (ARTEFACTS or self.dir) / "audit-phone.png"
        run = self.browse(page, 500, 2600, f"--screenshot={shot}")
        self.assertGreater(shot.stat().st_size, 20000)
        self.assertNotIn("CONSOLE", run.stderr)
        for part in ("words", "plane", "gaps", "spectrum", "quantities"):
            self.assertIn(f'<section id="{part}">', page.read_text())


if __name__ == "__main__":
    if ARTEFACTS:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
    unittest.main(verbosity=1)
