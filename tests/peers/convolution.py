#!/usr/bin/python3
"""How near the convolutions of a training step come to the processor's multiply-add peak.

    tests/peers/convolution.py [--model resnet18|small-cnn|resnet50] [--batch 64] [--precision f32|direct|bf16]
                               [--threads 2] [--rounds 5] [--build build]

Steps of 2 x batch images run with oneDNN's own clock (ONEDNN_VERBOSE=1); the peak of float32
multiply-adds is measured between them. One line for each shape and pass: the layers of that shape,
what computed it, least milliseconds of one layer, GF/s and the share of the peak. Flops are those
of the direct sum, so that Winograd and bf16 may exceed it; `direct` switches Winograd off. The totals
are over the whole step. Needs ./bootstrap build first; readings count on an idle machine only.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PASSES = {"forward_training": "forward", "backward_data": "by data", "backward_weights": "by weights"}
SHAPE = re.compile(r"mb(\d+)_ic(\d+)oc(\d+)_ih(\d+)oh(\d+)kh(\d+)sh(\d+).*_iw(\d+)ow(\d+)kw(\d+)sw")


class Bench:
    def __init__(self, command):
        env = dict(os.environ, ONEDNN_VERBOSE="1", DNNL_VERBOSE="1")
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, word):
        """The numbers of the answer, and what oneDNN said before it."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        said = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"{self.process.args[0]} ended early")
            if not line.startswith(("onednn_verbose", "dnnl_verbose")):
                return [float(x) for x in line.split()], said
            said.append(line.strip().split(","))


def convolutions(said):
    """(shape, pass, kernel) of each convolution of a step, with milliseconds."""
    for words in said:
        if words[1] != "exec" or words[3] != "convolution":
            continue
        shape = next(w for w in words if w.startswith("mb"))
        algorithm = next(w for w in words if w.startswith("alg:"))[len("alg:convolution_"):]
        yield (shape, PASSES[words[5]], f"{algorithm} {words[4]}"), float(words[-1])


def flops(shape):
    n, ic, oc, _, oh, kh, _, _, ow, kw = map(int, SHAPE.match(shape).groups())
    return 2.0 * n * ic * oc * oh * ow * kh * kw


def name(shape):
    _, ic, oc, ih, _, kh, stride, iw, _, kw = SHAPE.match(shape).groups()
    return f"{ic:>3} -> {oc:<4} {kh}x{kw}/{stride} on {ih}x{iw}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet18", choices=("small-cnn", "resnet18", "resnet50"))
    parser.add_argument("--precision", default="direct", choices=("f32", "direct", "bf16"))
    for option, value in (("batch", 64), ("threads", 2), ("rounds", 5)):
        parser.add_argument("--" + option, type=int, default=value)
    parser.add_argument("--build", default="build", help="build directory, from the top of the tree")
    args = parser.parse_args()
    build = ROOT / args.build
    subprocess.run(["ninja", "-C", str(build), "--quiet", "tests/peers/step_bench"], check=True)
    bench = Bench([str(build / "tests" / "peers" / "step_bench"), args.model, str(2 * args.batch),
                   args.precision, str(args.threads)])
    bench.ask("step")
    peak, layers, best = 0.0, None, {}
    for _ in range(args.rounds):
        peak = max(peak, bench.ask("peak")[0][0])
        layers = collections.Counter()
        for key, milliseconds in convolutions(bench.ask("step")[1]):
            layers[key] += 1
            best[key] = min(best.get(key, 1e9), milliseconds / 1e3)
    bench.process.stdin.close()
    bench.process.wait()
    print(f"{args.model}, {2 * args.batch} images, {args.precision}, {args.threads} threads; "
          f"peak {peak / 1e9:.0f} GF/s of float32 multiply-adds")
    total = {group: [0.0, 0.0] for group in (*PASSES.values(), "all")}
    for key in best:
        shape, which, kernel = key
        rate = flops(shape) / best[key]
        print(f"{name(shape):28} x{layers[key]:<2} {which:10} {best[key] * 1e3:8.2f} ms {rate / 1e9:7.0f} GF/s "
              f"{rate / peak:5.0%}  {kernel}")
        for group in (which, "all"):
            total[group][0] += layers[key] * flops(shape)
            total[group][1] += layers[key] * best[key]
    for group, (work, seconds) in total.items():
        print(f"{group:10} {work / 1e9:8.1f} GF in {seconds * 1e3:8.1f} ms {work / seconds / 1e9:7.0f} GF/s "
              f"{work / seconds / peak:5.0%} of the peak")
    return 0


if __name__ == "__main__":
    sys.exit(main())
