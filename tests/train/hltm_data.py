#!/usr/bin/python3
"""From a latent tree to a trained encoder by two commands: plumb hltm samples --save DIR, then plumb
train --data npy:DIR, and its probe.

usage: hltm_data.py PLUMB
Fails when labels and images come apart, views are not of one root, or the trainer reads the views
wrongly: the probe of the root's latent must reach what the tree allows, which is summed up here over
all configurations of the leaves, and cannot exceed it.
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

PLUMB = sys.argv[1]
RHO = (.9, -.8, .9, .85, -.9, .8)  # levels 1 and 2, nodes ascending: four leaves
IMAGES = 4000


def plumb(*words):
    done = subprocess.run([PLUMB, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"plumb {words}: {done.stdout}{done.stderr}"
    return done.stdout


def likelihood(root, leaves):
    """P(leaves | root): the two subtrees are independent."""
    p = 1.0
    for i in range(2):
        p *= sum((1 + (1 if z == root else -1) * RHO[i]) / 2
                 * (1 + (1 if leaves[2 * i] == z else -1) * RHO[2 + 2 * i]) / 2
                 * (1 + (1 if leaves[2 * i + 1] == z else -1) * RHO[3 + 2 * i]) / 2 for z in (0, 1))
    return p


def main():
    best = sum(max(likelihood(z, x) for z in (0, 1)) / 2 for x in itertools.product((0, 1), repeat=4))
    with tempfile.TemporaryDirectory() as name:
        data, run = pathlib.Path(name) / "data", pathlib.Path(name) / "run"
        rows = json.loads(plumb("hltm", "samples", "--depth", 2, "--rho", ",".join(map(str, RHO)),
                                "--images", IMAGES, "--views", 4, "--save", data, "--json"))["rows"]
        for row in rows:
            _, path, with_root, with_view, error = row
            assert abs(with_root - path) < 5 * error, row
            assert abs(with_view - path ** 2) < 5 * error, row
        plumb("train", "--data", f"npy:{data}", "--augment", "none", "--model", "mlp:16", "--projector", 8,
              "--batch", 100, "--epochs", 5, "--every", 0, "-q", "--out", run)
        told = json.loads(plumb("eval", run, "--probe", "linear", "--confidence", 0.999, "--json"))["rows"][0]
        # all four leaves tell the root apart along one direction of the features
        assert told["lo"] <= best <= told["hi"] + 0.01, f"{told}, the tree allows {best:.4f}"
        print(f"linear probe {told['accuracy']:.4f}, the tree allows {best:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
