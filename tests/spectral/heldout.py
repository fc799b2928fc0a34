#!/usr/bin/python3
"""Random graphs that no test has seen, computed again here and compared with `plumb spectral`.

usage: heldout.py PLUMB   (run by meson; exit 77, skipped, without NumPy)
Everything goes through the files a user would bring: graphs as SciPy's save_npz writes them (by
SciPy itself where it is installed), features and labels as .npy. PL_TEST_EFFORT multiplies the
number of graphs; the seed of a failure is in its message.
"""
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    print("skipped: python3-numpy is not installed")
    sys.exit(77)
try:
    import scipy.sparse
except ImportError:
    scipy = None

PLUMB = sys.argv.pop(1) if len(sys.argv) > 1 else "plumb"
SEEDS = range(max(1, round(3 * float(os.environ.get("PL_TEST_EFFORT") or 1))))


def plumb(*words):
    return subprocess.run([PLUMB, "spectral", *map(str, words)], capture_output=True, text=True,
                          timeout=600)


def csr(g):
    """data, indices, indptr of a dense matrix, as SciPy orders them."""
    rows, columns = np.nonzero(g)
    return (g[rows, columns], columns.astype(np.int32),
            np.concatenate(([0], np.cumsum((g != 0).sum(1)))).astype(np.int32))


def save(path, g, **changed):
    """The members that scipy.sparse.save_npz writes; `changed` ones replace them."""
    data, indices, indptr = csr(g)
    members = {"indices": indices, "indptr": indptr, "format": np.array(b"csr"),
               "shape": np.array(g.shape), "data": data}
    np.savez_compressed(path, **{**members, **changed})
    return path


def random_graph(rng, n, density):
    """Connected, irregular, weighted: a random tree and random edges."""
    g = np.triu(rng.random((n, n)) < density, 1) * rng.uniform(0.5, 2, (n, n))
    for i in range(1, n):
        g[rng.integers(i), i] = 1
    return g + g.T


def neighbours(x, k):
    """The union kNN graph, by all distances."""
    square = ((x[:, None] - x[None]) ** 2).sum(2)
    np.fill_diagonal(square, np.inf)
    g = np.zeros_like(square)
    np.put_along_axis(g, np.argsort(square, 1)[:, :k], 1, 1)
    return np.maximum(g, g.T)


def laplacian_values(g):
    return np.linalg.eigvalsh(np.diag(g.sum(1)) - g)[1:]


def normalised(g):
    root = 1 / np.sqrt(g.sum(1))
    return root[:, None] * g * root


def vicreg_minimum(values, n, k, gamma):
    kept = 1 - gamma * (n - 1) / n * values[:k]
    return k - (np.maximum(kept, 0) ** 2).sum()


class HeldOut(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)

    def run_json(self, *words):
        run = plumb(*words, "--json")
        self.assertEqual(run.returncode, 0, f"plumb spectral {words}\n{run.stderr}")
        return json.loads(run.stdout)

    def column(self, result, name):
        at = [c["name"] for c in result["columns"]].index(name)
        return np.array([row[at] for row in result["rows"]])

    def close(self, got, want, tolerance, message):
        got, want = np.atleast_1d(got), np.atleast_1d(want)
        error = np.abs(got - want).max() / max(1, np.abs(want).max())
        self.assertLessEqual(error, tolerance, f"{message}: {got} instead of {want}")

    def graphs(self):
        for seed in SEEDS:
            rng = np.random.default_rng(7000 + seed)
            n = int(rng.integers(12, 60))
            g = random_graph(rng, n, rng.uniform(0.05, 0.4))
            yield seed, rng, n, g, save(self.dir / f"{seed}.npz", g)

    def test_spectra_match(self):
        for seed, _, n, g, path in self.graphs():
            for kind, want in (("laplacian", laplacian_values(g)),
                               ("adjacency", np.linalg.eigvalsh(g)[::-1]),
                               ("normalised", np.linalg.eigvalsh(normalised(g))[::-1]),
                               ("cut", 1 - np.linalg.eigvalsh(normalised(g))[::-1][1:])):
                r = self.run_json("graph", "--graph", path, "--spectrum", kind, "--count", 9)
                self.close(self.column(r, "eigenvalue"), want[:9], 1e-11, f"{kind}, seed {seed}")
            self.assertEqual(r["summary"]["edges"], np.count_nonzero(np.triu(g)))
            self.close(r["summary"]["total_weight"], g.sum(), 1e-12, f"volume, seed {seed}")

    def test_minima_match(self):
        for seed, rng, n, g, path in self.graphs():
            k, gamma = int(rng.integers(2, 6)), rng.uniform(0.05, 0.5)
            r = self.run_json("vicreg", "--graph", path, "--embedding", k, "--gamma", gamma,
                              "--starts", 2)["summary"]
            want = vicreg_minimum(laplacian_values(g), n, k, gamma)
            for name in ("closed_form_loss", "best_found_loss"):
                self.close(r[name], want, 1e-8, f"vicreg {name}, seed {seed}")
            r = self.run_json("simclr", "--graph", path, "--embedding", k, "--starts", 2)["summary"]
            top = np.maximum(np.linalg.eigvalsh(g)[::-1][:k], 0)
            for name in ("closed_form_loss", "best_found_loss"):
                self.close(r[name], (g ** 2).sum() - (top ** 2).sum(), 1e-8,
                           f"simclr {name}, seed {seed}")
            r = self.run_json("spectral-contrastive", "--graph", path, "--embedding", k, "--starts",
                              2)["summary"]
            top = np.maximum(np.linalg.eigvalsh(normalised(g))[::-1][:k], 0)
            for name in ("closed_form_loss", "best_found_loss"):
                self.close(r[name], -(top ** 2).sum(), 1e-8, f"contrastive {name}, seed {seed}")

    def test_features_labels_and_neighbours(self):
        for seed in SEEDS:
            rng = np.random.default_rng(8000 + seed)
            n, d, k = 40, int(rng.integers(3, 15)), int(rng.integers(2, 7))
            x = rng.standard_normal((n, d))
            x[:, -1] = x[:, 0] - 2 * x[:, 1]  # rank-deficient: the pseudo-inverse must be at work
            label = rng.integers(0, 4, n)
            np.save(self.dir / "x.npy", x.astype(np.float32) if seed % 2 else x)
            x = x.astype(np.float32).astype(float) if seed % 2 else x
            np.save(self.dir / "y.npy", label)
            words = ("--features", self.dir / "x.npy")
            g = neighbours(x, k)
            r = self.run_json("graph", *words, "--knn", k, "--spectrum", "adjacency")
            self.assertEqual(r["summary"]["edges"], g.sum() / 2, f"seed {seed}")
            self.close(self.column(r, "eigenvalue"), np.linalg.eigvalsh(g)[::-1][:8], 1e-11,
                       f"neighbours, seed {seed}")
            if seed % 2 == 0:  # the rank of float32 rows is another
                u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
                u = u[:, s > 1e-10 * s[0]]
                values = np.linalg.eigvalsh(u.T @ (np.diag(g.sum(1)) - g) @ u)
                r = self.run_json("linear", *words, "--knn", k, "--embedding", 2, "--gamma", 0.1,
                                  "--starts", 2)["summary"]
                self.close(r["closed_form_loss"], vicreg_minimum(values, n, 2, 0.1), 1e-9,
                           f"linear, seed {seed}")
                self.close(r["best_found_loss"], r["closed_form_loss"], 1e-7,
                           f"linear, seed {seed}")
            g = (label[:, None] == label[None]) - np.eye(n)
            r = self.run_json("graph", *words, "--labels", self.dir / "y.npy", "--spectrum",
                              "adjacency", "--count", n)
            self.close(self.column(r, "eigenvalue"), np.linalg.eigvalsh(g)[::-1], 1e-11,
                       f"labels, seed {seed}")
            r = self.run_json("equivalence", *words, "--knn", 5, "--embedding", 2, "--starts", 0)
            self.assertTrue(r["rows"])

    def test_kernel_encoders(self):
        """SimCLR and Barlow Twins on the range of K_c, by the problems as they are stated."""
        for seed in SEEDS:
            rng = np.random.default_rng(8500 + seed)
            n, k, delta, alpha = 25, 3, rng.uniform(0.01, 0.3), rng.choice([0.1, 2.0])
            x = rng.standard_normal((n, 2))
            np.save(self.dir / "x.npy", x)
            g, h = neighbours(x, 4), np.eye(n) - 1 / n
            kernel = h @ np.exp(-((x[:, None] - x[None]) ** 2).sum(2) / 0.25) @ h
            s, v = np.linalg.eigh(kernel)
            v, s = v[:, s > 1e-13 * s[-1]], s[s > 1e-13 * s[-1]]
            words = ("kernel", "--features", self.dir / "x.npy", "--knn", 4, "--width", 0.5,
                     "--embedding", k, "--starts", 3)
            r = self.run_json(*words, "--task", "simclr")["summary"]
            top = np.maximum(np.linalg.eigvalsh(v.T @ g @ v)[::-1][:k], 0)
            for name in ("closed_form_loss", "best_found_loss"):
                self.close(r[name], (g ** 2).sum() - (top ** 2).sum(), 1e-8,
                           f"kernel simclr {name}, seed {seed}")
            # K_c (D + delta K_c^+) K_c by its Cholesky factor, in coordinates of K_c's range
            metric = s[:, None] * (v.T @ np.diag(g.sum(1)) @ v) * s + delta * np.diag(s)
            low = np.linalg.inv(np.linalg.cholesky(metric))
            rho = np.linalg.eigvalsh(low @ (s[:, None] * (v.T @ g @ v) * s) @ low.T)[::-1][:k]
            want = ((1 - rho) ** 2).sum() if alpha >= 1 else (
                k * (1 - rho.mean()) ** 2 + alpha * ((rho - rho.mean()) ** 2).sum())
            r = self.run_json(*words, "--task", "barlow", "--ridge", delta, "--alpha",
                              alpha)["summary"]
            for name in ("closed_form_loss", "best_found_loss"):
                self.close(r[name], want, 1e-8, f"kernel barlow {name}, seed {seed}")

    def test_large_graphs_agree_with_dense_numpy(self):
        """Above 1500 nodes: a factor that is cheap (D = 2), and one that is dear (D = 9)."""
        for d in (2, 9):
            x = np.random.default_rng(9000 + d).random((1600, d))
            g = neighbours(x, 8)
            path = save(self.dir / f"{d}.npz", g)
            r = self.run_json("graph", "--graph", path, "--count", 10)
            self.close(self.column(r, "eigenvalue"), laplacian_values(g)[:10], 1e-10, f"D = {d}")
            self.assertLess(r["summary"]["residual"], 1e-9)
            self.assertEqual(r["summary"]["determined"], 1)

    @unittest.skipIf(scipy is None, "python3-scipy is not installed")
    def test_scipy_writes_what_plumb_reads(self):
        g = random_graph(np.random.default_rng(1), 20, 0.2)
        want = laplacian_values(g)[:8]
        for kind in ("csr", "csc", "coo"):
            for compressed in (True, False):
                for dtype in (np.float64, np.float32):
                    path = self.dir / f"{kind}.npz"
                    a = scipy.sparse.coo_matrix(g.astype(dtype)).asformat(kind)
                    scipy.sparse.save_npz(path, a, compressed=compressed)
                    r = self.run_json("graph", "--graph", path)
                    self.close(self.column(r, "eigenvalue"), want,
                               1e-11 if dtype == np.float64 else 1e-6, f"{kind}, {dtype}")

    def test_bad_matrices_are_refused(self):
        g = random_graph(np.random.default_rng(2), 10, 0.3)
        data, indices, indptr = csr(g)
        broken = {name: g.copy() for name in ("asymmetric", "negative", "infinite", "undefined")}
        broken["asymmetric"][0, 1] += 1
        for name, value in (("negative", -1), ("infinite", math.inf), ("undefined", math.nan)):
            broken[name][2, 3] = broken[name][3, 2] = value
        outside, falling = indices.copy(), indptr.copy()
        outside[3] = 10
        falling[4] = indptr[-1] + 1
        cases = [(save(self.dir / f"{name}.npz", g), words) for (name, g), words in zip(
            broken.items(), ("symmetrise", "not negative", "finite", "finite"))]
        for name, words, changed in (
                ("wide", "square", {"shape": np.array([10, 11])}),
                ("outside", "outside 10 nodes", {"indices": outside}),
                ("falling", "indptr falls", {"indptr": falling}),
                ("short", "indptr has", {"indptr": indptr[:-1]}),
                ("cut", "indices for", {"indices": indices[:-1]}),
                ("fraction", "whole numbers", {"indices": indices + 0.5})):
            cases.append((save(self.dir / f"{name}.npz", g, **changed), words))
        np.savez(self.dir / "empty.npz", nothing=np.zeros(3))
        whole = (self.dir / "wide.npz").read_bytes()
        (self.dir / "torn.npz").write_bytes(whole[:len(whole) // 2])
        cases += [(self.dir / "empty.npz", "shape"), (self.dir / "torn.npz", "torn.npz")]
        for path, words in cases:
            run = plumb("graph", "--graph", path)
            self.assertEqual(run.returncode, 4, f"{path.name}: {run.stderr}")
            self.assertIn(words, run.stderr, path.name)
            self.assertEqual(run.stdout, "", path.name)

    def test_bad_questions_are_refused(self):
        n = 8
        path = save(self.dir / "path.npz", np.eye(n, k=1) + np.eye(n, k=-1))
        alone = np.zeros((6, 6))
        alone[0, 1] = alone[1, 0] = alone[1, 2] = alone[2, 1] = 1
        alone = save(self.dir / "alone.npz", alone)
        np.save(self.dir / "same.npy", np.ones((9, 3)))
        np.save(self.dir / "nan.npy", np.full((9, 3), np.nan))
        for words, code, said in (
                (("barlow", "--graph", path, "--embedding", n), 2, "room for"),
                (("equivalence", "--graph", path, "--embedding", n), 2, "leave room"),
                (("spectral-contrastive", "--graph", alone), 4, "degree 0"),
                (("barlow", "--graph", alone), 4, "degrees"),
                (("graph", "--features", self.dir / "nan.npy", "--knn", 2), 4, "nan"),
                (("graph", "--features", self.dir / "same.npy", "--knn", 9), 4, "neighbours"),
                (("kernel", "--features", self.dir / "same.npy", "--knn", 2), 4, "all the same")):
            run = plumb(*words)
            self.assertEqual(run.returncode, code, f"{words}: {run.stderr}")
            self.assertIn(said, run.stderr, words)


if __name__ == "__main__":
    unittest.main()
