#!/usr/bin/python3
"""The pair kernel beside its peers, on the same points, in interleaved runs.

    tests/peers/pairs.py [--anchors 4096] [--points 65536] [--dim 128] [--scale 2] [--threads 2]
                         [--rounds 7] [--kernel best] [--build build]

Mean over the anchors of log sum_j exp(scale x_i.y_j) in float32: ours; NumPy, in blocks
of 64 MiB of similarities, as one would write it; and PyTorch where python3-torch is installed. `stock` is the environment as it is, `tuned` takes off what holds
OpenBLAS back and preloads jemalloc where it is found. Prints, for each, the median of Gpairs/s, and
for ours the share of the processor's peak of float multiply-adds, which is measured between the runs.
Needs ./bootstrap build first; readings count on an idle machine only.
"""
import argparse
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from tuned import environments

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parent.parent.parent
BLOCK_BYTES = 64 << 20


def worker(args):
    """One peer: a run for each line on standard input, answered by seconds and the mean."""
    import time

    import numpy as np

    n, m, d = args.anchors, args.points, args.dim
    points = np.fromfile(args.data, np.float32).reshape(n + m, d)
    x, y = points[:n], points[n:]
    step = max(1, min(n, BLOCK_BYTES // (4 * m)))
    if args.worker == "torch":
        import torch

        torch.set_num_threads(args.threads)
        x, y = torch.from_numpy(x), torch.from_numpy(y)

    def run():
        total = 0.0
        for i in range(0, n, step):
            s = x[i:i + step] @ y.T
            s *= args.scale
            if args.worker == "torch":
                total += float(torch.logsumexp(s, 1).double().sum())
            else:
                top = s.max(1)
                s -= top[:, None]
                np.exp(s, out=s)
                total += float((top + np.log(s.sum(1))).sum(dtype=np.float64))
        return total / n

    for _ in sys.stdin:
        start = time.perf_counter()
        mean = run()
        print(f"{time.perf_counter() - start:.9f} {mean:.12g}", flush=True)


class Runner:
    def __init__(self, command, env):
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.seconds, self.mean = [], None

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended early")
        return [float(word) for word in answer]

    def run(self, keep):
        seconds, self.mean = self.ask("pairs")
        if keep:
            self.seconds.append(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("anchors", 4096), ("points", 65536), ("dim", 128), ("threads", 2),
                        ("rounds", 7)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--scale", type=float, default=2.0)
    parser.add_argument("--kernel", default="best", help="best, avx512, avx2 or generic")
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    parser.add_argument("--worker", choices=("numpy", "torch"), help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return worker(args)

    import numpy as np

    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/pairs_bench"], check=True)
    rng = np.random.default_rng(0)
    points = rng.standard_normal((args.anchors + args.points, args.dim))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    env = environments(args.threads)
    sizes = [str(v) for v in (args.anchors, args.points, args.dim, args.scale, args.threads)]
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "points.f32")
        points.astype(np.float32).tofile(data)
        ours = Runner([str(build / "tests" / "peers" / "pairs_bench"), args.kernel, data, *sizes],
                      env["stock"])
        peers = {}
        for peer in ("numpy", "torch"):
            if importlib.util.find_spec(peer) is None:
                print(f"{peer} skipped: apt-get install python3-{peer}", file=sys.stderr)
                continue
            command = [sys.executable, str(HERE), "--worker", peer, "--data", data]
            for name, value in zip(("anchors", "points", "dim", "scale", "threads"), sizes):
                command += ["--" + name, value]
            for setting in env:
                peers[peer, setting] = Runner(command, env[setting])
        peaks = []
        for round_number in range(args.rounds + 1):  # the first round warms up
            for runner in (ours, *peers.values()):
                runner.run(round_number > 0)
            peaks.append(ours.ask("peak")[0])
        for runner in (ours, *peers.values()):
            runner.process.stdin.close()
            runner.process.wait()

    pairs = args.anchors * args.points
    rate = pairs / statistics.median(ours.seconds) / 1e9
    peak = max(peaks) / 1e9
    print(f"{args.anchors} anchors x {args.points} points, d = {args.dim}, {args.threads} threads, "
          f"float32, median of {args.rounds}")
    print(f"{'plumb':14} {rate:7.3f} Gpairs/s   {rate * 2 * args.dim / peak:4.0%} of the peak of "
          f"{peak:.0f} Gflop/s in products alone")
    for (peer, setting), runner in peers.items():
        theirs = pairs / statistics.median(runner.seconds) / 1e9
        print(f"{peer + ' ' + setting:14} {theirs:7.3f} Gpairs/s   plumb is {rate / theirs:.2f} x "
              f"as fast; means differ by {abs(runner.mean - ours.mean):.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
