#!/usr/bin/python3
"""The command line as a user meets it: results, goldens compared by number, and every bad input.

usage: cli_test.py PLUMB   (run by meson; standard library only)
Each test says in its name what would make it fail.
"""
import csv
import gzip
import json
import math
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
import zipfile

PLUMB = sys.argv.pop(1) if len(sys.argv) > 1 else "plumb"
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"


def plumb(*words, **kwargs):
    return subprocess.run([PLUMB, *map(str, words)], capture_output=True, text=True, timeout=300,
                          **kwargs)


def npy(path, rows, dtype="<f8", shape=None, code="d", fortran=False, cut=None, extra=b""):
    """Writes a .npy by hand, so that the tests need no NumPy and can write what NumPy would not."""
    flat = list(rows)
    shape = shape or (len(flat),)
    head = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (dtype, fortran, shape)
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    body = struct.pack("<%d%s" % (len(flat), code), *flat) if code else b"\0" * 8
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + body + extra
    pathlib.Path(path).write_bytes(data if cut is None else data[:cut])
    return path


def circle(n, views=1, wobble=0.3):
    out = []
    for i in range(n):
        for v in range(views):
            a = 2.4 * i + wobble * math.sin(3.1 * v + i)
            out += [math.cos(a), math.sin(a)]
    return out


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)

    def ok(self, *words, **kwargs):
        run = plumb(*words, **kwargs)
        self.assertEqual(run.returncode, 0, f"plumb {' '.join(map(str, words))}\n{run.stderr}")
        return run.stdout

    def refused(self, status, said, *words, **kwargs):
        run = plumb(*words, **kwargs)
        self.assertEqual(run.returncode, status, f"{words}\n{run.stdout}\n{run.stderr}")
        message = [line for line in run.stderr.splitlines() if "warning" not in line]
        self.assertEqual(len(message), 1, run.stderr)
        for word in [said] if isinstance(said, str) else said:
            self.assertIn(word, message[0])
        return message[0]

    def json(self, *words):
        return json.loads(self.ok(*words))


class Registry(Case):
    def test_claims_json_has_every_field_and_each_claim_a_control(self):
        claims = self.json("claims", "--format", "json")
        self.assertTrue(claims)
        for c in claims:
            for key in ("id", "paper", "where", "statement", "hypotheses", "program", "expected",
                        "controls", "source"):
                self.assertIn(key, c)
            self.assertTrue(c["controls"], c["id"])
        ids = {c["id"] for c in claims}
        for wanted in ("WANG20.THM1.LIM", "WANG20.THM1.3", "WANG20.THM1.RATE", "WANG20.THM2",
                       "LEE25.THM1", "LEE25.THM1.AVG", "LEE25.THM2"):
            self.assertIn(wanted, ids)

    def test_verify_of_one_paper_in_all_formats(self):
        table = self.ok("verify", "LEE25.THM1.AVG")
        self.assertIn("HOLDS", table)
        ledger = self.json("verify", "LEE25.THM1.AVG", "WANG20.THM2", "--format", "json")
        self.assertEqual(len(ledger["verdicts"]), 2)
        for v in ledger["verdicts"]:
            for key in ("claim", "verdict", "expected", "ok", "measured", "reference", "tolerance",
                        "confidence", "seconds", "controls"):
                self.assertIn(key, v)
            self.assertTrue(v["ok"])
            for c in v["controls"]:
                self.assertEqual(c["verdict"], "VIOLATED")
        by_claim = {v["claim"]: v for v in ledger["verdicts"]}
        self.assertEqual(by_claim["WANG20.THM2"]["verdict"], "VIOLATED")
        junit = xml.etree.ElementTree.fromstring(
            self.ok("verify", "LEE25.THM1.AVG", "--format", "junit"))
        self.assertEqual(junit[0].get("failures"), "0")
        rows = list(csv.DictReader(self.ok("verify", "BL22.LDA", "WANG20.THM2", "--format",
                                           "csv").splitlines()))
        self.assertEqual([(r["claim"], r["verdict"], r["ok"]) for r in rows],
                         [("WANG20.THM2", "VIOLATED", "1"), ("BL22.LDA", "HOLDS", "1")])
        self.assertIn("lda_sine = 0", rows[1]["relations"])
        self.assertLessEqual(float(rows[1]["measured"]), float(rows[1]["tolerance"]))
        self.assertEqual(rows[1]["controls"], rows[1]["controls_violated"])

    def test_verify_says_the_nearest_name(self):
        self.refused(2, "WANG20.THM2", "verify", "WANG20.THN2")
        self.refused(2, "did you mean", "claims", "LEE25.TOTA")
        self.refused(2, "did you mean LEE25", "errata", "LEE24")
        self.refused(2, "spectral", "verify", "spectrl")

    def test_errata_prints_the_witness_of_theorem_2(self):
        found = {e["claim"]: e for e in self.json("errata", "WANG20", "--json")}
        self.assertEqual({c.split(".")[0] for c in found}, {"WANG20"})
        self.assertEqual(found["WANG20.THM2"]["kind"], "false as published")
        self.assertEqual(found["WANG20.TEXT.LOG"]["kind"], "misprint")
        text = self.ok("errata", "WANG20")
        self.assertLess(text.index("WANG20.THM2"), text.index("WANG20.TEXT.LOG"))
        self.assertIn("no refuted statement", self.ok("errata", "LEE25.THM1.AVG"))
        self.assertEqual(self.json("errata", "LEE25.THM1.AVG", "--json"), [])
        self.assertIn("WANG20.THM2", found)
        self.assertIn("gon", found["WANG20.THM2"]["witness"])

    def test_help_lists_every_command_and_man_page_every_program(self):
        text = self.ok("help")
        for word in ("verify", "claims", "errata", "figures", "views", "repro", "doctor", "measure",
                     "bounds"):
            self.assertIn(word, text)
        page = self.ok("man")
        for word in ("infonce-limit", "single-negative", "attraction", "repulsion", "measure"):
            self.assertIn(word, page)
        self.assertIn("--kappa", self.ok("bounds", "infonce-limit", "--help"))
        self.assertIn("--views", self.ok("help", "measure"))

    def test_every_command_and_program_has_help(self):
        commands, topics = self.ok("help").split("Conventions")
        for line in commands.splitlines():
            if line.startswith("  "):
                self.assertIn("plumb", self.ok(line.split()[0], "--help") + self.ok("help", line.split()[0]))
        for line in topics.splitlines():
            if line.startswith("  "):
                self.ok("help", line.split()[0])
        for room in ("bounds", "spectral", "hltm", "study"):
            for line in self.ok(room).split("\n\n")[1].splitlines():
                self.assertIn("options", self.ok(room, line.split()[0], "--help"))

    def test_studies_say_claims_and_cost_and_run_only_when_named(self):
        text = self.ok("study", "--list")
        for word in ("LEE25.NET.LAMBDA", "WANG20 fig. 5", "min on two cores"):
            self.assertIn(word, text)
        self.assertIn("LEE25.NET.BIAS", self.ok("claims"))
        ids = [v["claim"] for v in self.json("verify", "BL22.DYN", "--json")["verdicts"]]
        self.assertEqual(ids, ["BL22.DYN"])
        self.refused(2, "similarity", "study", "similarty")
        self.refused(2, "the nearest are 'cosine'", "study", "similarity", "--arm", "cosin")
        self.refused(4, "smaller stand-in is --data fashion-mnist", "study", "balance", "--data",
                     "cifar10:/nowhere")

    def test_doctor_names_the_blas_kernel(self):
        self.assertIn("blas_kernel", self.ok("doctor"))
        self.assertEqual(self.json("doctor", "--json")["blas_threading"], "openmp")


class Programs(Case):
    def test_golden_numbers_of_the_limit(self):
        golden = json.loads((GOLDEN / "bounds.json").read_text())
        want = {(v["parameters"]["dim"], v["parameters"]["kappa"], v["parameters"]["negatives"]): v
                for v in golden["values"]
                if v["claim"] == "WANG20.THM1.RATE" and v["quantity"] == "deviation"
                and v["parameters"].get("law") == "uniform"
                and v["parameters"].get("pairs") == "aligned"
                and v["parameters"].get("kappa") in (2, 5, 10)}
        self.assertGreater(len(want), 20)
        for (dim, kappa, m), v in list(want.items())[:60]:
            out = self.json("bounds", "infonce-limit", "--dim", dim, "--kappa", kappa,
                            "--negatives", m, "--json")
            names = [c["name"] for c in out["columns"]]
            got = out["rows"][0][names.index("deviation")]
            self.assertLessEqual(abs(got - v["value"]), max(v["tolerance"], 2e-13), (dim, kappa, m))

    def test_json_shape_and_null_for_nan(self):
        out = self.json("bounds", "single-negative", "--dim", 2, "--tau", 1, "--orders", 1,
                        "--witness", "square", "--json")
        self.assertEqual(set(out) & {"program", "options", "columns", "rows", "summary", "warnings"},
                         {"program", "options", "columns", "rows", "summary", "warnings"})
        names = [c["name"] for c in out["columns"]]
        self.assertIsNone(out["rows"][0][names.index("first_negative_order")])
        self.assertAlmostEqual(out["rows"][0][names.index("difference")], -1.944269531e-4, 12)

    def test_out_directory_repro_and_tampering(self):
        out = self.dir / "run"
        self.ok("bounds", "attraction", "--data", "golden", "--out", out)
        csv = (out / "attraction.csv").read_text().splitlines()
        self.assertEqual(len(csv), 61)
        self.assertTrue(csv[0].startswith("class,image,view"))
        self.assertIn("60 rows reproduced", self.ok("repro", out / "run.json"))
        run = json.loads((out / "run.json").read_text())
        for key in ("environment", "seconds", "options", "inputs"):
            self.assertIn(key, run)
        run["rows"][7][4] *= 1.0001
        (out / "run.json").write_text(json.dumps(run))
        self.refused(3, "difference", "repro", out / "run.json")
        (out / "run.json").write_text("{")
        self.refused(4, "run.json", "repro", out / "run.json")

    def test_results_do_not_depend_on_threads(self):
        words = ("bounds", "infonce-limit", "--method", "monte-carlo", "--negatives", "16,64",
                 "--replicates", 400, "--format", "csv")
        one = self.ok(*words, "--threads", 1)
        self.assertEqual(one, self.ok(*words, "--threads", 3))

    def test_user_features_run_through_both_bounds(self):
        z = npy(self.dir / "z.npy", circle(12, 3), shape=(36, 2))
        y = npy(self.dir / "y.npy", [i % 3 for i in range(12)], "<i8", code="q")
        self.ok("bounds", "attraction", z, "--views", 3)
        out = self.json("bounds", "repulsion", z, y, "--views", 3, "--json")
        self.assertEqual(len(out["rows"]), 36)


class Measure(Case):
    def audit(self, *words):
        out = self.json("measure", *words, "--json")
        return {row[0]: row for row in out["rows"]}, out

    def test_audit_of_a_small_set_against_the_double_loop(self):
        n, views = 24, 2
        z = circle(n, views)
        rows, out = self.audit(npy(self.dir / "z.npy", z, shape=(n * views, 2)), "--views", 2,
                               "--labels", npy(self.dir / "y.npy", [i % 4 for i in range(n)], "<i8",
                                               code="q"))
        point = lambda i, v: z[2 * (i * views + v):2 * (i * views + v) + 2]
        align = sum(sum((a - b) ** 2 for a, b in zip(point(i, 0), point(i, 1))) for i in range(n)) / n
        self.assertAlmostEqual(rows["alignment_2"][1], align, 12)
        u = sum(math.exp(-2 * sum((a - b) ** 2 for a, b in zip(point(i, v), point(j, v))))
                for i in range(n) for j in range(n) for v in range(views) if i != j)
        self.assertAlmostEqual(rows["uniformity"][1], math.log(u / (n * (n - 1) * views)), 12)
        for name in ("infonce", "ntxent", "dcl", "attraction_gap", "repulsion_gap",
                     "prototype_bias_2", "prototype_bias_2_unbiased", "effective_rank", "rankme",
                     "margin"):
            self.assertIn(name, rows)
        self.assertEqual(out["summary"]["images"], n)

    def test_pair_file_equals_interleaved_views(self):
        n, z = 20, circle(20, 2)
        both = npy(self.dir / "z.npy", z, shape=(n, 2, 2))
        a = npy(self.dir / "a.npy", [x for i in range(n) for x in z[4 * i:4 * i + 2]], shape=(n, 2))
        b = npy(self.dir / "b.npy", [x for i in range(n) for x in z[4 * i + 2:4 * i + 4]],
                shape=(n, 2))
        self.assertEqual(self.audit(both)[0], self.audit(a, "--pair", b)[0])

    def test_single_view_says_what_needs_two(self):
        z = npy(self.dir / "z.npy", circle(20), shape=(20, 2))
        run = plumb("measure", z)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("two views", run.stderr)


class Spectral(Case):
    """A user's graph, and what an eigensolver or a graph that cannot serve says."""

    def csr(self, weights, name="graph.npz"):
        """SciPy's save_npz layout of {(i, j): weight}."""
        n = 1 + max(max(at) for at in weights)
        rows = [sorted((j, w) for (i, j), w in weights.items() if i == row) for row in range(n)]
        starts = [sum(map(len, rows[:i])) for i in range(n + 1)]
        flat = [cell for row in rows for cell in row]
        arrays = {"indices": ([j for j, _ in flat], "<i4", "i"), "indptr": (starts, "<i4", "i"),
                  "shape": ([n, n], "<i8", "q"), "data": ([w for _, w in flat], "<f8", "d")}
        path = self.dir / name
        with zipfile.ZipFile(path, "w") as z:
            for key, (values, dtype, code) in arrays.items():
                z.write(npy(self.dir / "part.npy", values, dtype=dtype, code=code), key + ".npy")
            form = bytes("{'descr': '|S3', 'fortran_order': False, 'shape': (), }", "ascii")
            form += b" " * (117 - len(form)) + b"\n"
            z.writestr("format.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(form)) + form + b"csr")
        return path

    def path_graph(self, n=6):
        return {(i, j): 1.0 for i in range(n) for j in (i - 1, i + 1) if 0 <= j < n}

    def test_method_programs_say_loss_rank_and_singular_values_of_a_users_npz(self):
        graph = self.csr(self.path_graph())
        for program, least, values in (
                ("vicreg", 0.948433153873582, [2.18556834857833, 2.04124145231932, 1.82574185835055]),
                ("simclr", 5, None), ("spectral-contrastive", None, None), ("barlow", None, None)):
            words = ["--gamma", 0.2] if program == "vicreg" else []
            s = self.json("spectral", program, "--graph", graph, "--embedding", 3, "--starts", 3,
                          "--json", *words)["summary"]
            for key in ("closed_form_loss", "best_found_loss", "gradient_norm", "subspace_sine",
                        "rank"):
                self.assertTrue(math.isfinite(s[key]), (program, key))
            if program != "barlow":  # whitened: all are 1
                self.assertEqual(len(s["singular_values"]), 3)
                self.assertAlmostEqual(s["best_found_loss"], s["closed_form_loss"], 8)
            if least is not None:
                self.assertAlmostEqual(s["closed_form_loss"], least, 12)
            for got, want in zip(s.get("singular_values", []), values or []):
                self.assertAlmostEqual(got, want, 12)

    def test_a_graph_that_contradicts_itself_is_refused_with_its_place(self):
        for change, said in (({(1, 2): 3.0}, ("(1, 2)", "symmetrise")),
                             ({(1, 2): -1.0, (2, 1): -1.0}, "negative"),
                             ({(1, 2): math.nan, (2, 1): math.nan}, "nan"),
                             ({(1, 2): math.inf, (2, 1): math.inf}, "inf")):
            graph = self.csr({**self.path_graph(), **change})
            self.refused(4, said, "spectral", "graph", "--graph", graph)

    def test_an_eigensolver_that_does_not_converge_says_so_and_prints_no_result(self):
        for solver in ("filtered", "subspace", "shift-invert"):
            run = plumb("spectral", "graph", "--graph", "grid:60x60", "--count", 200, "--solver",
                        solver, "--iterations", 1)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertEqual(run.stdout, "")
            self.assertIn("did not converge: residual", run.stderr)
            self.assertIn("--iterations", run.stderr)
        self.refused(1, "found 0 of", "spectral", "graph", "--graph", "grid:60x60", "--solver",
                     "lanczos", "--iterations", 1)
        said = plumb("spectral", "graph", "--graph", "path:9", "--solver", "slepc").stderr
        self.assertTrue("-Dslepc=enabled" in said or "SLEPc" in said, said)

    def test_weights_are_taken_by_the_programs_whose_loss_has_them(self):
        has = {"vicreg": {"alpha", "beta", "gamma", "nu"}, "simclr": {"tau"}, "barlow": {"alpha"},
               "spectral-contrastive": set()}
        for program, options in has.items():
            for name, value in (("alpha", 2), ("beta", 1), ("gamma", 0.1), ("tau", 1), ("nu", "n")):
                words = ("spectral", program, "--graph", "path:6", "--embedding", 2, "--starts", 0,
                         "--" + name, value)
                if name in options:
                    self.ok(*words)
                else:
                    self.refused(2, "--" + name, *words)

    def test_more_columns_than_the_graph_has_modes(self):
        s = self.json("spectral", "vicreg", "--graph", "path:4", "--embedding", 9, "--gamma", 0.01,
                      "--starts", 2, "--json")["summary"]
        self.assertEqual((s["closed_rank"], s["rank"]), (3, 3))
        self.refused(2, "room for", "spectral", "barlow", "--graph", "path:4", "--embedding", 9)
        self.refused(2, "room for", "spectral", "equivalence", "--graph", "path:4", "--embedding", 3)

    def test_inputs_of_too_small_a_rank_leave_their_rank_and_no_more(self):
        base = [math.sin(1.7 * i + i * i) for i in range(24)]
        rows = [v for i in range(12) for v in (base[2 * i], base[2 * i + 1],
                                               base[2 * i] + base[2 * i + 1])]
        x = npy(self.dir / "x.npy", rows, shape=(12, 3))
        for task in ("vicreg", "simclr"):
            s = self.json("spectral", "linear", "--features", x, "--knn", 3, "--task", task,
                          "--embedding", 3, "--starts", 3, "--json")["summary"]
            self.assertEqual(s["input_rank"], 2)
            self.assertAlmostEqual(s["best_found_loss"], s["closed_form_loss"], 7)
        same = npy(self.dir / "same.npy", [0.5] * 36, shape=(12, 3))
        labels = npy(self.dir / "y.npy", [i % 2 for i in range(12)], dtype="<i8", code="q")
        self.refused(4, "all the same", "spectral", "linear", "--features", same, "--labels", labels)

    def test_unbalanced_classes_take_lda_away(self):
        sine = [self.json("spectral", "linear", "--graph", graph, "--inputs", "classes", "--dim", 4,
                          "--embedding", 2, "--gamma", 0.01, "--starts", 0,
                          "--json")["summary"]["lda_sine"]
                for graph in ("labels:4,4,4", "labels:2,4,6", "labels-corrected:2,4,6")]
        self.assertLess(max(sine[0], sine[2]), 1e-9)
        self.assertGreater(sine[1], 0.5)


class BadInput(Case):
    def measure(self, said, path, *words, status=4):
        return self.refused(status, said, "measure", path, *words)

    def test_files_that_are_no_feature_arrays(self):
        d = self.dir
        self.measure(["z.npy", "No such file"], d / "z.npy")
        (d / "empty.npy").write_bytes(b"")
        self.measure("empty", d / "empty.npy")
        (d / "text.npy").write_text("hello, this is no array at all, whatever the name says\n")
        self.measure("npy", d / "text.npy")
        npy(d / "cut.npy", circle(8), shape=(8, 2), cut=150)
        self.measure("cut.npy", d / "cut.npy")
        npy(d / "more.npy", circle(8), shape=(9000000, 2))
        self.measure("more.npy", d / "more.npy")
        npy(d / "over.npy", circle(8), shape=(2 ** 40, 2 ** 40))
        self.measure("over", d / "over.npy")
        npy(d / "object.npy", [], "|O", shape=(3, 2), code=None)
        self.measure("object", d / "object.npy")
        npy(d / "big.npy", circle(8), ">f8", shape=(8, 2))
        self.measure(["big", "endian"], d / "big.npy")
        npy(d / "ints.npy", range(16), "<i8", shape=(8, 2), code="q")
        self.measure("integers", d / "ints.npy")
        self.measure("", d)

    def test_rows_that_are_no_directions(self):
        d = self.dir
        z = circle(8)
        self.measure(["row 3", "column 1"], npy(d / "n.npy", z[:7] + [math.nan] + z[8:], shape=(8, 2)))
        self.measure(["row 0", "inf"], npy(d / "i.npy", [math.inf] + z[1:], shape=(8, 2)))
        self.measure(["row 2", "zero"],
                     npy(d / "0.npy", z[:4] + [0, 0] + z[6:], shape=(8, 2)), "--normalize")
        self.measure(["row 0", "norm 2", "--normalize"],
                     npy(d / "2.npy", [2 * x for x in z], shape=(8, 2)))
        self.measure("dimension 1", npy(d / "1.npy", [1.0] * 8, shape=(8, 1)))

    def test_shapes_that_do_not_fit(self):
        d = self.dir
        z = npy(d / "z.npy", circle(8), shape=(8, 2))
        self.measure(["8", "3 views"], z, "--views", 3)
        y = npy(d / "y.npy", [0, 1, 0], "<i8", code="q")
        self.measure(["3 labels", "8 images"], z, "--labels", y)
        one = npy(d / "one.npy", [7] * 8, "<i8", code="q")
        self.measure("two classes", z, "--labels", one)
        real = npy(d / "real.npy", [0.5] * 8)
        self.measure("integers", z, "--labels", real)

    def test_usage_errors_exit_2_and_say_the_nearest_name(self):
        self.refused(2, "--kappa", "bounds", "infonce-limit", "--kapa", 2)
        self.refused(2, "--kappa", "bounds", "infonce-limit", "--kappa", -1)
        self.refused(2, "--dim", "bounds", "infonce-limit", "--dim", 1)
        self.refused(2, "attraction", "bounds", "atraction")
        self.refused(2, "measure", "mesure", "z.npy")
        self.refused(2, "needs a value", "bounds", "infonce-limit", "--dim")
        self.refused(2, "--views", "measure", "z.npy", "--view", 2)

    def writers(self):
        """Every command that writes into a folder, up to it."""
        z = npy(self.dir / "z.npy", circle(24, 2), shape=(24, 2, 2))
        return (("bounds", "attraction", "--data", "golden", "--out"), ("measure", z, "--out"),
                ("measure", z, "--report"), ("verify", "LEE25.THM1.AVG", "--report"),
                ("claims", "LEE25", "--reference"), ("figures", "moco", "--out"),
                ("labs", "export", "lab0", "--out"))

    def test_output_folder_below_a_file_is_refused_by_every_command(self):
        (self.dir / "file").write_text("in the way")
        for words in self.writers():
            message = self.refused(4, "file", *words, self.dir / "file" / "deeper")
            self.assertIn("Not a directory", message)
        self.assertEqual((self.dir / "file").read_text(), "in the way")

    def test_output_folder_whose_parent_is_missing_is_made(self):
        for i, words in enumerate(self.writers()):
            if words[0] != "figures" or shutil.which("gnuplot"):
                self.ok(*words, self.dir / f"{i}" / "a" / "b")
                self.assertTrue(any((self.dir / f"{i}" / "a" / "b").iterdir()), words)

    def test_read_only_folder_and_full_device_are_said(self):
        """On a file system of 64 kB where mounting is allowed: full, then read-only."""
        place = self.dir / "small"
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place],
                          capture_output=True).returncode:
            self.skipTest("mounting is not allowed here; a limit of file size stands for a full disk above")
        self.addCleanup(subprocess.run, ["umount", place], check=True)
        (place / "filler").write_bytes(bytes(60 * 1024))
        writers = [w for w in self.writers() if w[0] != "figures" or shutil.which("gnuplot")]
        for i, words in enumerate(writers):
            run = plumb(*words, place / f"full{i}")
            self.assertEqual(run.returncode, 4, (words, run.stderr))
            self.assertIn("No space left", run.stderr)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        for i, words in enumerate(writers):
            run = plumb(*words, place / f"fixed{i}")
            self.assertEqual(run.returncode, 4, (words, run.stderr))
            self.assertIn("Read-only", run.stderr)

    def test_unwritable_directory_and_full_disk_leave_nothing(self):
        words = ("bounds", "attraction", "--data", "golden", "--out")
        (self.dir / "file").write_text("in the way")
        self.refused(4, "file", *words, self.dir / "file")
        if os.geteuid() != 0:
            self.refused(4, "", *words, "/proc/nothing")
        out = self.dir / "full"
        out.mkdir()

        def small():
            import signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        self.refused(4, "full", *words, out, preexec_fn=small)
        self.assertEqual(list(out.iterdir()), [])
        with open("/dev/full", "w") as full:
            run = subprocess.run([PLUMB, "claims"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 4)
        self.assertIn("No space left", run.stderr)


class Views(Case):
    """plumb views on files that look like Fashion-MNIST."""

    def dataset(self, images=40, side=8):
        d = self.dir / "set"
        d.mkdir()
        pixels = bytes((i * 37 + j * 11 + (i * j) % 91) % 256
                       for i in range(images) for j in range(side * side))
        head = struct.pack(">IIII", 0x803, images, side, side)
        with gzip.open(d / "train-images-idx3-ubyte.gz", "wb") as f:
            f.write(head + pixels)
        with gzip.open(d / "train-labels-idx1-ubyte.gz", "wb") as f:
            f.write(struct.pack(">II", 0x801, images) + bytes(i % 4 for i in range(images)))
        return d

    def test_views_then_measure(self):
        z, y = self.dir / "z.npy", self.dir / "y.npy"
        self.ok("views", f"fashion-mnist:{self.dataset()}", "--images", 20, "--views", 4, "-o", z,
                "--labels-out", y)
        out = self.json("measure", z, "--views", 4, "--labels", y, "--json")
        self.assertEqual(out["summary"]["images"], 20)
        self.assertEqual(out["summary"]["dim"], 64)

    def test_views_refuse_what_is_not_there(self):
        z = self.dir / "z.npy"
        self.refused(4, "train-images", "views", f"fashion-mnist:{self.dir}", "--images", 5,
                     "--views", 2, "-o", z)
        self.refused(2, "fashion-mnist", "views", "fashion-mnits", "--images", 5, "--views", 2,
                     "-o", z)
        self.assertFalse(z.exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
