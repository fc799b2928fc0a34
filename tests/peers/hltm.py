#!/usr/bin/python3
"""Training on a hierarchical latent tree beside PyTorch, one thread each, in interleaved runs.

    tests/peers/hltm.py [--depth 5] [--hidden 10] [--batch 128] [--steps 400] [--rounds 7]
                        [--build build]

A step draws a batch of triplets, three forward passes, backward, plain SGD; the peer holds all
nodes of a level in one batched product and samples with whole-tensor operations. Prints the median
of triplets/s of each. Needs ./bootstrap build first and python3-torch; readings count on an idle
machine only.
"""
import argparse
import importlib.util
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parent.parent.parent
TEMPERATURE, RATE, EPSILON = 0.1, 0.1, 1e-4


def worker(args):
    """The peer: a run for each line on standard input, answered by seconds and the mean loss."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(3)
    depth, hidden, batch = args.depth, args.hidden, args.batch
    keep = []  # P(child = parent), level by level
    for level in range(1, depth + 1):
        size = 0.8 + 0.2 * torch.rand(2**level, 1)
        keep.append((1 + torch.where(torch.rand(2**level, 1) < 0.5, size, -size)) / 2)
    weights, biases = [], []  # the root first
    for level in range(depth):
        inputs = 2 if level == depth - 1 else 2 * hidden
        for shape, into in (((2**level, hidden, inputs), weights), ((2**level, hidden, 1), biases)):
            u = (2 * torch.rand(shape) - 1) / math.sqrt(inputs)
            into.append(u.requires_grad_())
    optimiser = torch.optim.SGD(weights + biases, lr=RATE)

    def sample(root):
        z = root[None]
        for same in keep:
            z = z.repeat_interleave(2, 0)
            z = z ^ (torch.rand(z.shape) >= same)
        return z.float()

    def outputs(leaves):  # nodes of a level x units x samples
        f = leaves.view(2**(depth - 1), 2, -1)
        for level in range(depth - 1, -1, -1):
            h = torch.baddbmm(biases[level], weights[level], f)
            if level:
                f = h.relu().view(2**(level - 1), 2 * hidden, -1)
        f = h[0]
        return f / (f.norm(dim=0, keepdim=True) + EPSILON)

    def step():
        root, other = torch.rand(batch) < 0.5, torch.rand(batch) < 0.5
        f = outputs(sample(torch.cat([root, root, other])))
        anchor, positive, negative = f[:, :batch], f[:, batch:2 * batch], f[:, 2 * batch:]
        gap = (anchor - negative).square().mean() - (anchor - positive).square().mean()
        loss = -torch.sigmoid(gap / TEMPERATURE)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    for _ in sys.stdin:
        start, total = time.perf_counter(), 0.0
        for _ in range(args.steps):
            total += step()
        print(f"{time.perf_counter() - start:.9f} {total / args.steps:.12g}", flush=True)


class Runner:
    def __init__(self, command):
        env = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.seconds, self.loss = [], None

    def run(self, keep):
        self.process.stdin.write("steps\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended early")
        self.loss = float(answer[1])
        if keep:
            self.seconds.append(float(answer[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("depth", 5), ("hidden", 10), ("batch", 128), ("steps", 400),
                        ("rounds", 7)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return worker(args)

    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/hltm_bench"], check=True)
    sizes = {name: str(getattr(args, name)) for name in ("depth", "hidden", "batch", "steps")}
    runners = {"plumb": Runner([str(build / "tests" / "peers" / "hltm_bench"), *sizes.values()])}
    if importlib.util.find_spec("torch") is None:
        print("torch skipped: apt-get install python3-torch", file=sys.stderr)
    else:
        command = [sys.executable, str(HERE), "--worker"]
        for name, value in sizes.items():
            command += ["--" + name, value]
        runners["torch"] = Runner(command)
    for round_number in range(args.rounds + 1):  # the first round warms up
        for runner in runners.values():
            runner.run(round_number > 0)
    rates = {}
    for name, runner in runners.items():
        runner.process.stdin.close()
        runner.process.wait()
        rates[name] = args.batch * args.steps / statistics.median(runner.seconds)
        ratio = f"   plumb is {rates['plumb'] / rates[name]:.1f} x as fast" if name != "plumb" else ""
        print(f"{name:6} {rates[name]:10.0f} triplets/s   loss {runner.loss:.4f}{ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
