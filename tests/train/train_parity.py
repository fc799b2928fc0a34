#!/usr/bin/python3
"""Runs of `plumb train` whose weights.safetensors PyTorch loads, strictly, by torchvision's names:
a small CNN against a model of the test's own, a ResNet-18 into torchvision.models.resnet18 with the
CIFAR stem. Their features and embeddings must be those of `plumb embed --views 0`.

The file is read here by its format's description, not by the safetensors package. Exit status 77,
skipped, without PyTorch, torchvision or NumPy.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PLUMB = sys.argv[1]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "nn"))
from torch_models import SmallCnn  # noqa: E402

TYPES = {"F32": np.float32, "I64": np.int64}


def load(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    state = {}
    for name, t in header.items():
        begin, end = (8 + length + o for o in t["data_offsets"])
        state[name] = torch.from_numpy(
            np.frombuffer(data[begin:end], TYPES[t["dtype"]]).reshape(t["shape"]).copy())
    return state


def plumb(*words):
    done = subprocess.run([PLUMB, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, f"plumb {words}: {done.stdout}{done.stderr}"
    return done.stdout


def split(state):
    """The encoder's part, and the projector's without its prefix."""
    head = {n[len("projector."):]: t for n, t in state.items() if n.startswith("projector.")}
    return {n: t for n, t in state.items() if not n.startswith("projector.")}, head


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def compare(label, run, folder, part, images, encoder, head):
    state, top = split(load(run / "weights.safetensors"))
    encoder.load_state_dict(state, strict=True)
    head.load_state_dict(top, strict=True)
    encoder.eval()
    head.eval()
    with torch.no_grad():
        feature = encoder(images)
        want = {"features": unit(feature), "embeddings": unit(head(feature))}
    for layer, z in want.items():
        out = folder / f"{layer}.npy"
        plumb("embed", run, "--views", 0, "--layer", layer, "--split", part, "-o", out)
        got = torch.from_numpy(np.load(out))[:, 0]
        worst = (got - z).abs().max().item()
        assert worst < 2e-5, f"{label}: {layer} differ by {worst:.2g}"
        print(f"{label}: {layer} within {worst:.1e}")


def small_cnn(folder, draw):
    n, side = 80, 12
    pixels = np.array([draw.randrange(256) for _ in range(n * side * side)], np.uint8)
    sizes = b"".join(k.to_bytes(4, "big") for k in (n, side, side))
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + pixels.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + n.to_bytes(4, "big") + bytes(i % 10 for i in range(n)))
    run = folder / "cnn"
    plumb("train", "--data", f"mnist:{folder}", "--projector", "24,8", "--projector-norm", "--batch",
          16, "--epochs", 3, "--every", 0, "-q", "--out", run)
    images = torch.from_numpy(pixels.reshape(n, 1, side, side).astype(np.float32) / 255)
    head = nn.Sequential(nn.Linear(128, 24, bias=False), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 8))
    compare("small-cnn", run, folder, "train", images, SmallCnn(1, side, None), head)


def resnet18(folder, draw):
    n = 32
    pixels = np.array([draw.randrange(256) for _ in range(n * 3072)], np.uint8).reshape(n, 3072)
    records = np.concatenate([(np.arange(n, dtype=np.uint8) % 10)[:, None], pixels], 1)
    (folder / "tiny.bin").write_bytes(records.tobytes())
    run = folder / "resnet"
    plumb("train", "--data", f"cifar10:{folder}/tiny.bin", "--model", "resnet18", "--projector", "16",
          "--batch", 16, "--epochs", 1, "--lr", 0.01, "--every", 0, "-q", "--out", run)
    encoder = torchvision.models.resnet18()
    encoder.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)  # the CIFAR stem
    encoder.maxpool = nn.Identity()
    encoder.fc = nn.Identity()
    images = torch.from_numpy(pixels.reshape(n, 3, 32, 32).astype(np.float32) / 255)
    compare("resnet18", run, folder, "train", images, encoder,
            nn.Sequential(nn.Linear(512, 16)))


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        small_cnn(pathlib.Path(folder), random.Random(1))
        resnet18(pathlib.Path(folder), random.Random(2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
