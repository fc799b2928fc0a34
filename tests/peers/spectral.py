#!/usr/bin/python3
"""Graph and spectrum of nearest neighbours beside scikit-learn and SciPy, in interleaved runs.

    tests/peers/spectral.py [--n 50000] [--dims 3,8] [--neighbours 10] [--modes 16] [--threads 2]
                            [--rounds 3] [--without NAMES] [--build build]

N uniform points on the sphere of R^D: D = 3 has clusters of nearly equal eigenvalues and small
gaps, D = 8 large ones. The same points go to all; the wanted modes are the largest of
D^-1/2 W D^-1/2. `--without 'scipy shift-invert'` leaves a peer out: its factor takes minutes and
gigabytes at D = 8. Prints medians, residuals and ratios. Needs ./bootstrap build first and
python3-scipy python3-sklearn; readings count on an idle machine only.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parent.parent.parent
ONCE = ("sklearn embedding",)  # too slow to repeat
PEERS = ("sklearn graph", "scipy largest", "scipy shift-invert", *ONCE)


def worker(args):
    """The peers: the name of a run on standard input is answered by a line of JSON."""
    import numpy as np
    import scipy.sparse as sp
    import scipy.sparse.linalg as sla
    from sklearn.manifold import spectral_embedding
    from sklearn.neighbors import kneighbors_graph

    warnings.filterwarnings("ignore")
    x = np.fromfile(args.data).reshape(args.n, -1)
    rng = np.random.default_rng(1)

    def graph():
        w = kneighbors_graph(x, args.neighbours, mode="connectivity", include_self=False,
                             n_jobs=args.threads)
        return w.maximum(w.T).tocsr()

    w = graph()
    d = np.asarray(w.sum(1)).ravel()
    scale = sp.diags(1 / np.sqrt(d))
    a = (scale @ w @ scale).tocsr()
    a.sort_indices()
    laplacian = (sp.identity(args.n) - a).tocsc()

    def largest():
        return sla.eigsh(a, args.modes, which="LA", tol=args.tolerance,
                         v0=np.ones(args.n) + .01 * rng.standard_normal(args.n))[1]

    def shift_invert():
        return sla.eigsh(laplacian, args.modes, sigma=-1e-4, which="LM", tol=args.tolerance)[1]

    def embedding():
        return spectral_embedding(w, n_components=args.modes, eigen_solver="arpack",
                                  random_state=0, drop_first=False, norm_laplacian=True,
                                  eigen_tol=args.tolerance)

    runs = dict(zip(PEERS[1:], (largest, shift_invert, embedding)))
    for line in sys.stdin:
        name = line.strip()
        start = time.perf_counter()
        if name == "sklearn graph":
            graph()
            print(json.dumps({"seconds": time.perf_counter() - start, "entries": w.nnz}), flush=True)
            continue
        v = runs[name]()
        seconds = time.perf_counter() - start
        if name in ONCE:  # back from embedding to vectors, then Ritz values
            v = np.linalg.qr(v * np.sqrt(d)[:, None])[0]
            v = v @ np.linalg.eigh(v.T @ (a @ v))[1]
        values = np.einsum("ij,ij->j", v, a @ v)
        order = np.argsort(-values)
        residual = np.linalg.norm(a @ v - v * values, axis=0).max() / 2
        print(json.dumps({"seconds": seconds, "residual": residual,
                          "orthogonality": abs(v.T @ v - np.eye(args.modes)).max(),
                          "values": values[order].tolist()}), flush=True)


class Runner:
    def __init__(self, command, threads):
        env = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended early")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(args, bench, dim):
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.standard_normal((args.n, dim))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    seconds, last = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "points.f64")
        x.tofile(data)
        numbers = [str(v) for v in (args.n, dim, args.neighbours, args.modes, args.threads)]
        ours = Runner([str(bench), data, *numbers], args.threads)
        command = [sys.executable, str(HERE), "--worker", "--data", data]
        for name in ("n", "neighbours", "modes", "threads", "tolerance"):
            command += ["--" + name, str(getattr(args, name))]
        peers = Runner(command, args.threads) if args.peers else None
        wanted = [name for name in PEERS if name not in args.without.split(",")]
        for turn in range(args.rounds):
            for name, runner in [("graph", ours), ("modes", ours)] + [(p, peers) for p in wanted]:
                if runner and not (turn and name in ONCE):
                    last[name] = runner.ask(name)
                    seconds.setdefault(name, []).append(last[name]["seconds"])
        for runner in (ours, peers):
            if runner:
                runner.close()

    middle = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"{args.n} points on the sphere of R^{dim}, {args.neighbours} neighbours, "
          f"{last['graph']['entries']} entries; {args.modes} modes, {args.threads} threads")
    print(f"  {'plumb graph':20} {middle['graph']:7.2f} s")
    if peers:
        ratio = middle["sklearn graph"] / middle["graph"]
        print(f"  {'sklearn graph':20} {middle['sklearn graph']:7.2f} s   plumb is {ratio:.2f} x as "
              f"fast; its graph has {last['sklearn graph']['entries']} entries")
    mine = last["modes"]
    print(f"  {'plumb modes':20} {middle['modes']:7.2f} s   residual {mine['residual']:.1e}, "
          f"orthogonality {mine['orthogonality']:.1e}; {mine['solver']}")
    for name in wanted[1:] if peers else ():
        r = last[name]
        apart = max(abs(p - q) for p, q in zip(r["values"], mine["values"]))
        print(f"  {name:20} {middle[name]:7.2f} s   residual {r['residual']:.1e}, orthogonality "
              f"{r['orthogonality']:.1e}; plumb is {middle[name] / middle['modes']:.2f} x as fast, "
              f"eigenvalues differ by {apart:.1e}")
    if mine["residual"] > 1e-8:
        sys.exit("plumb's residual is above 1e-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("n", 50000), ("neighbours", 10), ("modes", 16), ("threads", 2),
                        ("rounds", 3)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--dims", default="3,8")
    parser.add_argument("--without", default="", help="peers to leave out, joined by commas")
    parser.add_argument("--tolerance", type=float, default=1e-8, help="of the peers")
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return worker(args)
    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/spectral_bench"], check=True)
    missing = [m for m in ("scipy", "sklearn") if importlib.util.find_spec(m) is None]
    args.peers = not missing
    if missing:
        print(f"peers skipped: apt-get install python3-{' python3-'.join(missing)}", file=sys.stderr)
    for dim in args.dims.split(","):
        compare(args, build / "tests" / "peers" / "spectral_bench", int(dim))
    return 0


if __name__ == "__main__":
    sys.exit(main())
