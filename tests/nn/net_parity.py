#!/usr/bin/python3
"""Every model beside PyTorch: the same weights, loaded under torchvision's names, must give the same
features, embeddings, gradients and running moments, and the same weights after a few steps of SGD
or AdamW.

usage: net_parity.py NET_TOOL
PyTorch computes in double. Fails when a layer, its gradient, a name, BatchNorm's conventions or an
optimiser differ by more than the case's tolerance and ten times what PyTorch's own float32 differs
(where a ReLU flips, float32 is no better than that). bf16 keeps 8 bits.
Skipped (exit status 77) when PyTorch is not installed.
"""
import copy
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: python3 has no torch; apt-get install python3-torch")
    sys.exit(77)

from torch_models import Case

TOOL = sys.argv[1]


def names_of(net):
    for name, tensor in net.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            yield name, tensor


def load(folder, prefix, name, like):
    a = np.fromfile(folder / f"{prefix}{name}", np.float32)
    if a.size != like.numel():
        sys.exit(f"{name}: {a.size} elements, PyTorch has {like.numel()}")
    return torch.from_numpy(a.reshape(tuple(like.shape)))


def check(label, got, want, tolerance):
    """Relative error in the norm of the whole array."""
    scale = max(want.double().norm().item(), 1e-30)
    off = (got.double() - want.double()).norm().item() / scale
    if not off <= tolerance:
        sys.exit(f"{label}: off by {off:.3g} of its norm {scale:.3g}, tolerated {tolerance:.3g}")
    return off


def float32_errors(net, images, dz):
    """What PyTorch's float32 gradients are off, the largest for each shape of parameter."""
    twins, errors = (copy.deepcopy(net), copy.deepcopy(net).float()), {}
    for twin, dtype in zip(twins, (torch.float64, torch.float32)):
        twin(images.to(dtype))[1].backward(dz.to(dtype))
    for want, got in zip(*(t.parameters() for t in twins)):
        off = ((got.grad.double() - want.grad).norm() / want.grad.norm()).item()
        errors[want.shape] = max(off, errors.get(want.shape, 0))
    return errors


def parity(model, batch, channels, side, stem="cifar", widths=(32, 16), norm=False, unit=False,
           precision="f32", optimiser="sgd", steps=2, isa=None, tolerance=3e-5):
    label = " ".join(str(w) for w in (model, batch, channels, side, stem, widths, precision, optimiser))
    torch.manual_seed(len(label))
    net = Case(model, channels, side, stem, widths, norm, unit).double().train()
    images = torch.randn(batch, channels, side, side)
    dz = torch.randn(batch, widths[-1]) / batch
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        images.numpy().tofile(folder / "images")
        dz.numpy().tofile(folder / "dz")
        words = [model, batch, channels, side, stem, ",".join(str(w) for w in widths),
                 "norm" if norm else "bare", "unit" if unit else "open", precision, optimiser, steps, folder]
        env = {"ONEDNN_MAX_CPU_ISA": isa} if isa else {}
        done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "OMP_WAIT_POLICY": "passive", **env})
        if done.returncode:
            sys.exit(f"{label}: {done.stdout}{done.stderr}")
        state = {f"encoder.{n}": load(folder, "before.", n, t) for n, t in net.encoder.named_parameters()}
        state.update({f"projector.{n}": load(folder, "before.projector.", n, t)
                      for n, t in net.projector.named_parameters()})
        written = {p.name for p in folder.glob("before.*")}
        if len(written) != len(state):
            sys.exit(f"{label}: {len(written)} parameters, PyTorch has {len(state)}")
        net.load_state_dict(state, strict=False)
        decays = [p for p in net.parameters() if p.dim() > 1]
        others = [p for p in net.parameters() if p.dim() <= 1]
        groups = [{"params": decays, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}]
        rule = (torch.optim.SGD(groups, lr=0.01, momentum=0.9) if optimiser == "sgd"
                else torch.optim.AdamW(groups, lr=0.01))
        own = float32_errors(net, images, dz) if precision != "bf16" else {}
        worst = 0.0
        for step in range(steps):
            rule.zero_grad()
            h, z = net(images.double())
            z.backward(dz.double())
            if step == 0:
                worst = check(f"{label}: features", load(folder, "", "features", h), h, tolerance)
                worst = max(worst, check(f"{label}: embeddings", load(folder, "", "embeddings", z), z, tolerance))
                for prefix, part in (("", net.encoder), ("projector.", net.projector)):
                    for n, p in part.named_parameters():
                        got = load(folder, "gradient." + prefix, n, p)
                        allowed = max(10 * tolerance, 10 * own.get(p.shape, 0))
                        worst = max(worst, check(f"{label}: gradient of {prefix}{n}", got, p.grad, allowed))
            rule.step()
        if precision != "bf16" and optimiser == "sgd":
            for prefix, part in (("", net.encoder), ("projector.", net.projector)):
                for n, t in names_of(part):
                    check(f"{label}: {prefix}{n} after {steps} steps", load(folder, "after." + prefix, n, t),
                          t, 10 * tolerance)
            net.eval()
            z = net(images.double())[1]
            check(f"{label}: evaluated", load(folder, "", "evaluated", z), z, 20 * tolerance)
        elif precision != "bf16":  # AdamW's first steps are signs: compare where the gradient is clear
            for n, t in names_of(net.projector):
                check(f"{label}: projector.{n}", load(folder, "after.projector.", n, t), t, 2e-2)
    print(f"{label}: {worst:.1e}")


def main():
    torch.set_num_threads(1)  # nothing here is large, and the machine may be busy
    parity("mlp:33,20", 16, 1, 5, unit=True)
    parity("mlp:64", 16, 3, 4, widths=(40, 24, 10), norm=True, optimiser="adamw")
    parity("small-cnn", 16, 1, 28)
    parity("small-cnn", 8, 3, 22, norm=True, unit=True)
    parity("small-cnn", 8, 1, 28, isa="AVX2")
    parity("small-cnn", 8, 5, 16, isa="SSE41")
    parity("small-cnn", 8, 4, 16, optimiser="adamw", norm=True)
    parity("resnet18", 8, 3, 16, tolerance=2e-4)
    parity("resnet18", 8, 3, 16, isa="AVX2", tolerance=2e-4)
    parity("resnet18", 4, 3, 64, stem="imagenet", tolerance=2e-4)
    # one ReLU of fc6 that flips moves every gradient below it by 1 / sqrt(active units)
    parity("resnet50", 8, 3, 16, steps=1, tolerance=5e-3)
    parity("small-alexnet", 8, 3, 32, widths=(16,), precision="direct", steps=1, tolerance=2e-4)
    parity("small-alexnet", 8, 3, 32, widths=(16,), steps=1, tolerance=5e-3)
    parity("small-cnn", 16, 1, 28, precision="bf16", tolerance=2e-2)
    parity("resnet18", 16, 3, 16, precision="bf16", tolerance=5e-2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
