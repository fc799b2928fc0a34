"""The models in PyTorch, under the names that the library gives their weights: the encoders of
torchvision and of WANG20's code, written anew. Shared by net_parity.py and tests/peers/step.py."""
import torch.nn.functional as F
from torch import nn


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
