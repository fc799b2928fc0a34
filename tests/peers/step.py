#!/usr/bin/python3
"""One SimCLR step (forward, NT-Xent, backward, SGD; images in memory, no augmentation) beside
PyTorch, in interleaved runs.

    tests/peers/step.py [--model small-cnn|resnet18|resnet50] [--batch 256] [--precision f32|bf16]
                        [--threads 2] [--rounds 7] [--build build]

A step takes 2 x batch images. The peer runs contiguous and channels-last, `stock` in the environment
as it is and `tuned` without what holds OpenBLAS back and with jemalloc where it is found. Prints the
median of images/s, our ratio, and the memory of each: our arena, the growth of the peer's peak
resident set over that before its model. Needs ./bootstrap build first and python3-torch; readings
count on an idle machine only.
"""
import argparse
import importlib.util
import pathlib
import resource
import statistics
import subprocess
import sys
import time

from tuned import environments

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parent.parent.parent


def worker(args):
    """One peer: a step for each line on standard input, answered by seconds, loss and bytes."""
    import torch
    import torch.nn.functional as F

    sys.path.insert(0, str(ROOT / "tests" / "nn"))
    from torch_models import Case

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    small = args.model == "small-cnn"
    channels, side = (1, 28) if small else (3, 32)
    widths = (128, 64) if small else ((2048, 128) if args.model == "resnet50" else (512, 128))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    layout = torch.channels_last if args.layout == "last" else torch.contiguous_format
    net = Case(args.model, channels, side, "cifar", widths, False, False).train()
    net = net.to(memory_format=layout)
    x = torch.randn(2 * args.batch, channels, side, side).to(memory_format=layout)
    rule = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)

    def ntxent(z):
        z = F.normalize(z.float(), dim=1)
        s = z @ z.t() / 0.5
        s.fill_diagonal_(float("-inf"))
        return F.cross_entropy(s, (torch.arange(len(z)) + args.batch) % len(z))

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bf16"):
            z = net(x)[1]
        loss = ntxent(z)
        rule.zero_grad(set_to_none=True)
        loss.backward()
        rule.step()
        return loss.item()

    for _ in sys.stdin:
        start = time.perf_counter()
        loss = step()
        seconds = time.perf_counter() - start
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        print(f"{seconds:.9f} {loss:.12g} {grown}", flush=True)


class Runner:
    def __init__(self, command, env):
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.seconds, self.bytes = [], 0

    def run(self, keep):
        self.process.stdin.write("step\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended early")
        self.bytes = int(answer[2])
        if keep:
            self.seconds.append(float(answer[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="small-cnn", choices=("small-cnn", "resnet18", "resnet50"))
    parser.add_argument("--precision", default="f32", choices=("f32", "bf16"))
    for name, value in (("batch", 256), ("threads", 2), ("rounds", 7)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--layout", default="plain", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return worker(args)

    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/step_bench"], check=True)
    env = environments(args.threads)
    runners = {"plumb": Runner([str(build / "tests" / "peers" / "step_bench"), args.model,
                                str(2 * args.batch), args.precision, str(args.threads)], env["stock"])}
    if importlib.util.find_spec("torch") is None:
        print("torch skipped: apt-get install python3-torch", file=sys.stderr)
    else:
        command = [sys.executable, str(HERE), "--worker", "--model", args.model, "--precision",
                   args.precision, "--batch", str(args.batch), "--threads", str(args.threads)]
        for setting in env:
            for layout in ("plain", "last"):
                runners[f"torch {setting} {layout}"] = Runner(command + ["--layout", layout], env[setting])
    for round_number in range(args.rounds + 2):  # the first two warm up
        for runner in runners.values():
            runner.run(round_number > 1)
    print(f"{args.model}, {args.batch} x 2 images, {args.precision}, {args.threads} threads, "
          f"median of {args.rounds}")
    rates = {}
    for name, runner in runners.items():
        runner.process.stdin.close()
        runner.process.wait()
        rates[name] = 2 * args.batch / statistics.median(runner.seconds)
        ratio = f"   plumb is {rates['plumb'] / rates[name]:.2f} x as fast" if name != "plumb" else ""
        print(f"{name:18} {rates[name]:8.1f} images/s {runner.bytes / 2**20:7.0f} MiB{ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
