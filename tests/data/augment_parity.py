#!/usr/bin/python3
"""Agreement with torchvision: the same parameters give the same pixels.

usage: augment_parity.py AUGMENT_TOOL
For every step alone, and for SimCLR's whole chain, the tool says what it drew and what came out;
torchvision's functional transforms are then given the same. Fails on a pixel that is further than
1/255 off (single steps: 2e-5, nearest neighbours: a half way between two pixels may go either
way). Skipped (exit status 77) when torchvision is not installed.
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision.transforms.functional as F
    from torchvision.transforms import InterpolationMode
except ImportError as missing:
    print(f"skipped: {missing}; apt-get install python3-torchvision")
    sys.exit(77)

TOOL = sys.argv[1]
KINDS = "crop flip jitter gray blur rotate erase solarize normalize".split()
CHAIN = "crop(.08,1) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;p=.5)"
# spec, channels, height, width, output size, tolerance
CASES = [
    ("none", 3, 32, 32, (32, 32), 1e-6),
    ("crop", 3, 32, 32, (32, 32), 2e-5),
    ("crop(.3,1;1/2,2;size=48,40)", 3, 37, 29, (48, 40), 2e-5),
    ("crop(.5,1;size=16)", 1, 64, 96, (16, 16), 2e-5),
    ("crop(.5,1;size=130,70) flip", 3, 200, 220, (130, 70), 2e-5),
    ("flip", 3, 9, 7, (9, 7), 1e-6),
    ("jitter(.4)", 3, 32, 32, (32, 32), 2e-5),
    ("jitter(0,.4)", 3, 32, 32, (32, 32), 2e-5),
    ("jitter(0,.4)", 1, 70, 71, (70, 71), 2e-5),
    ("jitter(0,0,.4)", 3, 32, 32, (32, 32), 2e-5),
    ("jitter(hue=.5)", 3, 32, 32, (32, 32), 2e-5),
    ("jitter(1.5,.8,.8,.2)", 3, 33, 31, (33, 31), 1e-3),
    ("jitter(.8,.8,.8,.2)", 1, 28, 28, (28, 28), 2e-5),
    ("gray(1)", 3, 32, 32, (32, 32), 2e-6),
    ("blur(.1,2)", 3, 32, 32, (32, 32), 2e-6),
    ("blur(.5,4;kernel=9)", 3, 20, 27, (20, 27), 2e-6),
    ("rotate(40;bilinear=1)", 3, 32, 33, (32, 33), 2e-5),
    ("rotate(-180,180)", 3, 31, 31, (31, 31), None),
    ("erase(p=1)", 3, 32, 32, (32, 32), 1e-6),
    ("erase(value=.1,.2,.3)", 3, 32, 20, (32, 20), 1e-6),
    ("solarize(.3)", 3, 32, 32, (32, 32), 1e-6),
    ("normalize(.49,.48,.45;.25,.24,.26)", 3, 32, 32, (32, 32), 2e-6),
    (CHAIN, 3, 32, 32, (32, 32), 1 / 255),
    (CHAIN + " normalize(.5;.25)", 1, 28, 28, (28, 28), 1 / 255),
]
IMAGES = 40


def numbers(spec):
    """The numbers of erase's value, of solarize's threshold, of normalize's means and deviations."""
    return [[float(v) for v in part.split(",")]
            for part in spec[spec.rindex("(") + 1:-1].replace("value=", "").split(";")]


def theirs(spec, image, lines, size):
    x = torch.from_numpy(image).to(torch.float32) / 255
    kernel = 9 if "kernel=9" in spec else 3
    resized = False
    for line in lines:
        v = line.split()
        kind, applied = KINDS[int(v[0])], v[1] == "1"
        top, left, height, width, flag = (int(n) for n in v[2:7])
        factor, order = [float(n) for n in v[7::2]], [int(n) for n in v[8::2]]
        if kind == "crop":
            x = F.resized_crop(x, top, left, height, width, size, antialias=False)
            resized = True
        elif not applied:
            continue
        elif kind == "flip":
            x = F.hflip(x)
        elif kind == "jitter":
            for k in order:
                if factor[k] == (k < 3):  # torchvision leaves out what has no range
                    continue
                x = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation,
                     F.adjust_hue)[k](x, factor[k])
        elif kind == "gray":
            x = F.rgb_to_grayscale(x, x.shape[0]) if x.shape[0] == 3 else x
        elif kind == "blur":
            x = F.gaussian_blur(x, kernel, factor[0])
        elif kind == "rotate":
            mode = InterpolationMode.BILINEAR if flag else InterpolationMode.NEAREST
            x = F.rotate(x, factor[0], mode)
        elif kind == "erase":
            value = numbers(spec)[0] if "value" in spec else [0.0]
            x = F.erase(x, top, left, height, width, torch.tensor(value)[:, None, None])
        elif kind == "solarize":
            x = F.solarize(x, numbers(spec)[0][0])
        elif kind == "normalize":
            x = F.normalize(x, *numbers(spec))
    assert resized or tuple(x.shape[1:]) == size
    return x.numpy()


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.f32")
        for spec, c, h, w, size, tolerance in CASES:
            shape = [str(n) for n in (c, h, w, IMAGES)]
            said = subprocess.run([TOOL, spec, *shape, path], check=True, capture_output=True,
                                  text=True).stdout.splitlines()
            ours = np.fromfile(path, np.float32).reshape(IMAGES, c, *size)
            k = np.arange(IMAGES)[:, None] * 7919 + np.arange(c * h * w)
            images = ((k * 2654435761) % 2**32 >> 24).astype(np.uint8).reshape(IMAGES, c, h, w)
            steps, worst, apart = len(said) // IMAGES, 0.0, 0
            for i in range(IMAGES):
                want = theirs(spec, images[i], said[i * steps:(i + 1) * steps], size)
                off = np.abs(ours[i] - want)
                worst, apart = max(worst, float(off.max())), apart + int((off > 1e-6).sum())
            if tolerance is None:
                bad = apart > ours.size * 1e-3
            else:
                bad = not worst <= tolerance * (4 if "normalize(.5" in spec else 1)
            failed += bad
            print(f"{'FAILED' if bad else 'ok    '} {spec:68} {c} x {h} x {w}  off by {worst:.2g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
