#!/usr/bin/python3
"""The augmentations beside torchvision's, on random 32 x 32 colour images, in interleaved runs.

    tests/peers/augment.py [--threads 1] [--rounds 5] [--build build]

SimCLR's chain as it is used for CIFAR, normalisation included: ours; torchvision on PIL images, and
on one tensor at a time. Prints images a second of processor time and of the clock, medians; ratios
of processor time hold on a busy machine, too. Needs ./bootstrap build and python3-torchvision.
"""
import argparse
import pathlib
import resource
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parent.parent.parent
SPEC = ("crop(.2,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;kernel=3;p=.5) "
        "normalize(.49,.48,.45;.25,.24,.26)")
OURS, THEIRS = 40 * 4096, 400  # images a run


def peer():
    """One function a peer: it augments THEIRS images."""
    import numpy as np
    import torch
    import torchvision.transforms as T
    from PIL import Image

    torch.set_num_threads(1)
    torch.manual_seed(0)
    steps = [T.RandomResizedCrop(32, scale=(0.2, 1.0)), T.RandomHorizontalFlip(),
             T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8), T.RandomGrayscale(p=0.2),
             T.RandomApply([T.GaussianBlur(3, (0.1, 2.0))], p=0.5)]
    last = T.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))
    raw = np.random.default_rng(0).integers(0, 256, (256, 32, 32, 3), dtype=np.uint8)
    pictures = [Image.fromarray(r) for r in raw]
    tensors = [torch.from_numpy(r.transpose(2, 0, 1).copy()) for r in raw]
    chains = {"torchvision, PIL": (T.Compose([*steps, T.ToTensor(), last]), pictures),
              "torchvision, tensor":
                  (T.Compose([*steps, T.ConvertImageDtype(torch.float32), last]), tensors)}

    def runner(chain, images):
        def run():
            for i in range(THEIRS):
                chain(images[i % 256])
        return run

    return {name: runner(*pair) for name, pair in chains.items()}


def ours(program, threads):
    """Processor seconds and seconds of a run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([program, SPEC, "3", "32", str(threads)], input="run\n" * (OURS // 4096),
                   check=True, text=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    args = parser.parse_args()
    try:
        peers = peer()
    except ImportError as missing:
        sys.exit(f"{missing}: apt-get install python3-torchvision python3-pil")
    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/augment_bench"], check=True)
    program = build / "tests" / "peers" / "augment_bench"
    rates = {}
    for round_number in range(args.rounds + 1):  # the first round warms up
        seconds = {"plumb": (OURS, *ours(program, args.threads))}
        for name, run in peers.items():
            before, start = time.process_time(), time.perf_counter()
            run()
            seconds[name] = THEIRS, time.process_time() - before, time.perf_counter() - start
        if round_number > 0:
            for name, (n, cpu, clock) in seconds.items():
                rates.setdefault(name, []).append((n / cpu, n / clock))
    median = {name: [statistics.median(r) for r in zip(*runs)] for name, runs in rates.items()}
    print(f"3 x 32 x 32, {SPEC}\nours on {args.threads} thread(s), torchvision on one")
    for name, (cpu, clock) in median.items():
        print(f"{name:20} {cpu:9.0f} images a processor second, {clock:9.0f} a second by the clock   "
              f"plumb is {median['plumb'][0] / cpu:5.1f} x as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
