#!/usr/bin/python3
"""Every model beside PyTorch: the same weights, loaded under torchvision's names, must give the same
features, embeddings, gradients and running moments, and the same weights after a few steps of SGD
or AdamW.

usage: net_parity.py NET_TOOL
The reference is PyTorch in double. Rounding alone can open or shut a ReLU, or exchange two nearly
equal elements of a pool, and every gradient below then changes by far more than rounding: the tool
leaves what its ReLUs saw, and the reference takes their pattern and the pools' places from there.
What remains is rounding, and how much of it is right is measured: the error of PyTorch's own float32
with the same pattern (of bf16: of the double network whose weights, activations and gradients are
rounded to bf16). Ours may be FACTOR times that, for the order of sums is another one; where Winograd
is used WINOGRAD times, for F(4 x 4, 3 x 3) transforms by numbers up to 8 (Lavin & Gray 2016): one such
convolution is off by 6 times what a direct one is. Optimisers are given our gradients, and must then agree to
a few units in the last place.
Fails when a layer, its gradient, a name, BatchNorm's conventions or an optimiser is wrong.
Skipped (exit status 77) when PyTorch is not installed.
"""
import contextlib
import copy
import pathlib
import statistics
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError:
    print("skipped: python3 has no torch; apt-get install python3-torch")
    sys.exit(77)

from torch_models import Case

TOOL = sys.argv[1]
FACTOR, WINOGRAD = 4, 10
LAST_PLACE = 2.0 ** -24


def names_of(net):
    for name, tensor in net.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            yield name, tensor


def load(folder, prefix, name, like):
    a = np.fromfile(folder / f"{prefix}{name}", np.float32)
    if a.size != like.numel():
        sys.exit(f"{name}: {a.size} elements, PyTorch has {like.numel()}")
    return torch.from_numpy(a.reshape(tuple(like.shape)))


def off(got, want):
    """Relative error in the norm of the whole array."""
    return ((got.double() - want.double()).norm() / want.double().norm().clamp_min(1e-30)).item()


@contextlib.contextmanager
def pattern(folder, pooled):
    """PyTorch's ReLUs and pools with the pattern that the tool left. The first `pooled` files hold
    the input of a BatchNorm whose ReLU is followed by its pool in one pass; its scale is 1 and its
    shift 0, so that what is above a channel's mean is open."""
    relu, max_pool2d = F.relu, F.max_pool2d
    state = {"at": 0, "seen": None}

    def given_relu(x, inplace=False):
        seen = torch.from_numpy(np.fromfile(folder / f"relu.{state['at']}", np.float32)).view(x.shape).double()
        if state["at"] < pooled:
            seen = (seen - seen.mean((0, 2, 3), keepdim=True)).clamp_min(0)
        state["at"] += 1
        state["seen"] = seen
        return x * (seen > 0).to(x.dtype)

    def given_pool(x, *words, **named):
        named["return_indices"] = True
        places = max_pool2d(state["seen"], *words, **named)[1]
        return x.flatten(2).gather(2, places.flatten(2)).view(places.shape)

    F.relu, F.max_pool2d = given_relu, given_pool
    try:
        yield
    finally:
        F.relu, F.max_pool2d = relu, max_pool2d


class Bf16(torch.autograd.Function):
    @staticmethod
    def forward(_ctx, x):
        return x.bfloat16().to(x.dtype)

    @staticmethod
    def backward(_ctx, g):
        return g.bfloat16().to(g.dtype)


def round_trunk(net):
    """Convolutions and BatchNorms whose weights, outputs and gradients pass through bf16."""
    for layer in net.encoder.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.weight.data = layer.weight.data.bfloat16().double()
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.BatchNorm2d)):
            layer.register_forward_hook(lambda _layer, _in, out: Bf16.apply(out))


def first_step(net, images, dz, folder, pooled):
    """Everything that the first step makes, by name."""
    dtype = next(net.parameters()).dtype
    with pattern(folder, pooled):
        h, z = net(images.to(dtype))
        z.backward(dz.to(dtype))
    made = {"features": h.detach(), "embeddings": z.detach()}
    for prefix, part in (("", net.encoder), ("projector.", net.projector)):
        made.update({f"0.gradient.{prefix}{n}": p.grad.clone() for n, p in part.named_parameters()})
    return made


def parity(model, batch, channels, side, stem="cifar", widths=(32, 16), norm=False, unit=False,
           precision="f32", optimiser="sgd", steps=2, isa=None):
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
        twin = copy.deepcopy(net)
        if "bf16" in done.stdout:
            round_trunk(twin)
        else:
            twin = twin.float()
        pooled = 2 if model == "small-cnn" else 0
        want, near = (first_step(n, images, dz, folder, pooled) for n in (net, twin))
        factor = WINOGRAD if "winograd" in done.stdout else FACTOR
        own = {n: off(near[n], t) for n, t in want.items()}
        usual = statistics.median(own.values())  # a tensor may be right by luck
        worst = ("", 0.0, 0.0)
        for n, t in want.items():
            error = off(load(folder, "", n, t), t)
            share = error / max(own[n], usual)
            worst = max(worst, (n, share, error), key=lambda w: w[1])
            if not share <= factor:
                sys.exit(f"{label}: {n} is off by {error:.3g} of its norm, PyTorch by {own[n]:.3g} "
                         f"({usual:.3g} in the median); tolerated {factor} times that")
        follow(label, net, folder, images, optimiser, steps, factor * usual)
    print(f"{label}: {worst[0]} off by {worst[2]:.1e}, {worst[1]:.1f} times PyTorch's error")


def follow(label, net, folder, images, optimiser, steps, tolerance):
    """The steps by our gradients: weights to a few units in the last place, moments to tolerance."""
    decays = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    groups = [{"params": decays, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}]
    rule = (torch.optim.SGD(groups, lr=0.01, momentum=0.9) if optimiser == "sgd"
            else torch.optim.AdamW(groups, lr=0.01))
    parts = (("", net.encoder), ("projector.", net.projector))
    for step in range(steps):
        if step > 0:
            with torch.no_grad():
                net(images.double())
        for prefix, part in parts:
            for n, p in part.named_parameters():
                p.grad = load(folder, f"{step}.gradient.{prefix}", n, p).double()
        rule.step()
    for prefix, part in parts:
        weights = dict(part.named_parameters())
        for n, t in names_of(part):
            error = off(load(folder, f"after.{prefix}", n, t), t)
            allowed = 8 * steps * LAST_PLACE if n in weights else 10 * tolerance
            if not error <= allowed:
                sys.exit(f"{label}: {prefix}{n} after {steps} steps is off by {error:.3g}, tolerated {allowed:.3g}")
    net.eval()
    with torch.no_grad():
        z = net(images.double())[1]
    error = off(load(folder, "", "evaluated", z), z)
    if not error <= 10 * tolerance:
        sys.exit(f"{label}: evaluated off by {error:.3g}, tolerated {10 * tolerance:.3g}")


def main():
    torch.set_num_threads(1)  # nothing here is large, and the machine may be busy
    parity("mlp:33,20", 16, 1, 5, unit=True)
    parity("mlp:64", 16, 3, 4, widths=(40, 24, 10), norm=True, optimiser="adamw")
    parity("small-cnn", 16, 1, 28)
    parity("small-cnn", 16, 1, 28, precision="direct")
    parity("small-cnn", 8, 3, 22, norm=True, unit=True)
    parity("small-cnn", 8, 1, 28, isa="AVX2")
    parity("small-cnn", 8, 5, 16, isa="SSE41")
    parity("small-cnn", 8, 4, 16, optimiser="adamw", norm=True)
    parity("resnet18", 8, 3, 16)
    parity("resnet18", 8, 3, 16, isa="AVX2")
    parity("resnet18", 4, 3, 64, stem="imagenet")
    parity("resnet18", 8, 3, 16, precision="direct")
    parity("resnet50", 8, 3, 16, steps=1)
    parity("resnet50", 8, 3, 16, precision="direct", steps=1)
    parity("small-alexnet", 8, 3, 32, widths=(16,), precision="direct", steps=1)
    parity("small-alexnet", 8, 3, 32, widths=(16,), steps=1)
    parity("small-cnn", 16, 1, 28, precision="bf16")
    parity("resnet18", 16, 3, 16, precision="bf16")
    return 0


if __name__ == "__main__":
    sys.exit(main())
