#!/usr/bin/python3
"""Every model beside PyTorch: the same weights, loaded under torchvision's names, must give the same
features, embeddings, gradients and running moments, and the same weights after a few steps of SGD
or AdamW.

usage: net_parity.py NET_TOOL
Fails when a layer, its gradient, a name, BatchNorm's conventions or an optimiser differ. Tolerances:
float32 rounding of deep sums (a wrong term of 1 % is 10 times above); bf16 keeps 8 bits.
Skipped (exit status 77) when PyTorch is not installed.
"""
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from torch import nn
    import torch.nn.functional as F
except ImportError:
    print("skipped: python3 has no torch; apt-get install python3-torch")
    sys.exit(77)

TOOL = sys.argv[1]


class SmallCnn(nn.Module):
    def __init__(self, channels, _side, _stem):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64)
        self.conv3, self.bn3 = nn.Conv2d(64, 128, 3, 1, 1, bias=False), nn.BatchNorm2d(128)
        self.width = 128

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return F.relu(self.bn3(self.conv3(x))).mean((2, 3))


class SmallAlexNet(nn.Module):
    def __init__(self, channels, side, _stem):
        super().__init__()
        blocks, c = [], channels
        for width, pool in ((96, 1), (192, 1), (384, 0), (384, 0), (192, 1)):
            layers = [nn.Conv2d(c, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            if pool:
                layers.append(nn.MaxPool2d(3, 2))
                side = (side - 3) // 2 + 1
            blocks.append(nn.Sequential(*layers))
            c = width
        blocks.append(nn.Sequential(nn.Flatten(), nn.Linear(c * side * side, 4096, bias=False),
                                    nn.BatchNorm1d(4096), nn.ReLU()))
        blocks.append(nn.Sequential(nn.Linear(4096, 4096, bias=False), nn.BatchNorm1d(4096), nn.ReLU()))
        self.blocks = nn.ModuleList(blocks)
        self.width = 4096

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


class Block(nn.Module):
    def __init__(self, c, width, stride, bottleneck):
        super().__init__()
        out = 4 * width if bottleneck else width
        if bottleneck:
            convs = [nn.Conv2d(c, width, 1, bias=False), nn.Conv2d(width, width, 3, stride, 1, bias=False),
                     nn.Conv2d(width, out, 1, bias=False)]
        else:
            convs = [nn.Conv2d(c, width, 3, stride, 1, bias=False), nn.Conv2d(width, out, 3, 1, 1, bias=False)]
        self.n = len(convs)
        for i, conv in enumerate(convs, 1):
            setattr(self, f"conv{i}", conv)
            setattr(self, f"bn{i}", nn.BatchNorm2d(conv.out_channels))
        self.downsample = None
        if stride != 1 or c != out:
            self.downsample = nn.Sequential(nn.Conv2d(c, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = x
        for i in range(1, self.n + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.n else y
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    def __init__(self, counts, bottleneck, channels, stem):
        super().__init__()
        self.stem = stem
        self.conv1 = nn.Conv2d(channels, 64, *((7, 2, 3) if stem == "imagenet" else (3, 1, 1)), bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        c = 64
        for k, count in enumerate(counts):
            blocks = []
            for i in range(count):
                blocks.append(Block(c, 64 << k, 2 if k and not i else 1, bottleneck))
                c = (64 << k) * (4 if bottleneck else 1)
            setattr(self, f"layer{k + 1}", nn.Sequential(*blocks))
        self.width = c

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.stem == "imagenet":
            x = F.max_pool2d(x, 3, 2, 1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3))


class Mlp(nn.Module):
    def __init__(self, widths, inputs):
        super().__init__()
        layers = []
        for width in widths:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        self.layers = nn.Sequential(*layers)
        self.width = inputs

    def forward(self, x):
        return self.layers(x.flatten(1))


def projector(inputs, widths, norm):
    layers = []
    for i, width in enumerate(widths):
        last = i + 1 == len(widths)
        layers.append(nn.Linear(inputs, width, bias=last or not norm))
        if not last:
            layers += [nn.BatchNorm1d(width), nn.ReLU()] if norm else [nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers)


def reference(model, channels, side, stem):
    if model.startswith("mlp:"):
        return Mlp([int(w) for w in model[4:].split(",")], channels * side * side)
    return {"small-cnn": lambda: SmallCnn(channels, side, stem),
            "small-alexnet": lambda: SmallAlexNet(channels, side, stem),
            "resnet18": lambda: ResNet((2, 2, 2, 2), False, channels, stem),
            "resnet50": lambda: ResNet((3, 4, 6, 3), True, channels, stem)}[model]()


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


class Case(nn.Module):
    def __init__(self, model, channels, side, stem, widths, norm, unit):
        super().__init__()
        self.encoder = reference(model, channels, side, stem)
        self.projector = projector(self.encoder.width, widths, norm)
        self.unit = unit

    def forward(self, x):
        h = self.encoder(x)
        z = self.projector(h)
        return h, F.normalize(z, dim=1) if self.unit else z


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
                              env={"PATH": "/usr/bin:/bin", **env})
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
                        # a bias before BatchNorm has none but rounding: judged by the batch
                        worst = max(worst, check(f"{label}: gradient of {prefix}{n}", got, p.grad, 10 * tolerance))
            rule.step()
        if precision == "f32" and optimiser == "sgd":
            for prefix, part in (("", net.encoder), ("projector.", net.projector)):
                for n, t in names_of(part):
                    check(f"{label}: {prefix}{n} after {steps} steps", load(folder, "after." + prefix, n, t),
                          t, 10 * tolerance)
            net.eval()
            z = net(images.double())[1]
            check(f"{label}: evaluated", load(folder, "", "evaluated", z), z, 20 * tolerance)
        elif precision == "f32":  # AdamW's first steps are signs: compare where the gradient is clear
            for n, t in names_of(net.projector):
                check(f"{label}: projector.{n}", load(folder, "after.projector.", n, t), t, 2e-2)
    print(f"{label}: {worst:.1e}")


def main():
    torch.set_num_threads(2)
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
    parity("resnet50", 8, 3, 16, steps=1, tolerance=1e-2)
    parity("small-alexnet", 8, 3, 32, widths=(16,), steps=1, tolerance=2e-4)
    parity("small-cnn", 16, 1, 28, precision="bf16", tolerance=2e-2)
    parity("resnet18", 16, 3, 16, precision="bf16", tolerance=5e-2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
