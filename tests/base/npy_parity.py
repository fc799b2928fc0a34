#!/usr/bin/python3
"""Agreement with NumPy in both directions: what numpy.save, savez and savez_compressed write is read
as NumPy would convert it, and what is written has the bytes of numpy.save.

usage: npy_parity.py NPY_TOOL
Fails on the first array that differs, on one that should have been refused, or on a refusal that
does not say why. Skipped (exit status 77) when NumPy is not installed.
"""
import io
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
except ImportError:
    print("skipped: python3 has no numpy; apt-get install python3-numpy")
    sys.exit(77)

TOOL = sys.argv[1]
SHAPES = [(), (1,), (3,), (0,), (9,), (2, 3), (5, 1), (1, 5), (0, 4), (4, 0), (2, 3, 4), (3, 1, 2, 2),
          (1,) * 8, (2, 1, 3, 1, 2, 1, 1, 2), (12345,), (101, 333), (40000, 3),
          (0, 1000, 1000, 1000, 1000, 1000, 10, 1), (10**17, 0)]
DTYPES = ["<f2", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "|b1"]


def converted(a):
    """What the library makes of it: float16 widened, integers to int64, C order."""
    kind = {"f2": "<f4", "f4": "<f4", "f8": "<f8"}.get(a.dtype.str[1:], "<i8")
    return np.array(a, dtype=kind, order="C")


def saved(a):
    out = io.BytesIO()
    np.save(out, a)
    return out.getvalue()


def sample(rng, dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return (rng.standard_normal(shape) * 10.0 ** rng.integers(-6, 6, shape)).astype(dtype)
    if dtype.kind == "b":
        return np.array(rng.integers(0, 2, shape), bool)
    info = np.iinfo(dtype)
    return rng.integers(info.min, min(info.max, 2**63 - 1), shape, dtype, endpoint=True)


class Batch:
    """Files for one call of the tool, and what must come out of it."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = []

    def add(self, label, expected, write, suffix=".npy", member=""):
        source = self.folder / f"in{len(self.cases)}{suffix}"
        with warnings.catch_warnings():  # "Stored array in format 2.0"
            warnings.simplefilter("ignore")
            write(source)
        self.cases.append((label, f"{source}{member}", self.folder / f"out{len(self.cases)}.npy",
                           converted(expected)))

    def check(self):
        words = [str(w) for _, source, out, _ in self.cases for w in (source, out)]
        done = subprocess.run([TOOL, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"refused: {done.stdout}{done.stderr}")
        for label, source, out, want in self.cases:
            got = out.read_bytes()
            if got != saved(want):
                same = np.array_equal(np.load(out), want)
                sys.exit(f"{label}: {source}: {'other bytes' if same else 'other numbers'}:\n"
                         f"{got[:128]}\n{saved(want)[:128]}")
        return len(self.cases)


def refused(folder, label, words, write):
    path = folder / "bad"
    write(path)
    done = subprocess.run([TOOL, path, folder / "out.npy"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 4 or words not in done.stdout or (folder / "out.npy").exists():
        sys.exit(f"{label}: exit status {done.returncode}, expected 4 and '{words}': {done.stdout}")


def write_version(a, version):
    def write(path):
        with open(path, "wb") as f:
            np.lib.format.write_array(f, a, version)
    return write


def save(a):
    def write(path):
        with open(path, "wb") as f:
            np.save(f, a)
    return write


def main():
    rng = np.random.default_rng(int(os.environ.get("PL_TEST_SEED", "1")))
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for dtype in DTYPES:
            batch = Batch(folder)
            for shape, order in itertools.product(SHAPES, "CF"):
                a = np.array(sample(rng, dtype, shape), order=order)
                batch.add(f"{dtype} {shape} {order}", a, save(a))
            a = sample(rng, dtype, (3, 4))
            for version in ((1, 0), (2, 0), (3, 0)):
                batch.add(f"{dtype} version {version}", a, write_version(a, version))
            many = {"a": a, "b": np.array(a, order="F"), "c": a[0]}
            for pack in (np.savez, np.savez_compressed):
                batch.add(f"{dtype} {pack.__name__}", a, lambda p, w=pack: w(p, z=a), ".npz")
                for key, value in many.items():
                    batch.add(f"{dtype} {pack.__name__} {key}", value,
                              lambda p, w=pack: w(p, **many), ".npz", f":{key}")
            count += batch.check()
        # every float16 that is a number; a NaN need only be a NaN
        halves = np.arange(65536, dtype=np.uint16).view(np.float16)
        batch = Batch(folder)
        batch.add("every half", halves[~np.isnan(halves)], save(halves[~np.isnan(halves)]))
        count += batch.check()
        x = np.arange(6.0)
        big = np.array([1, 2**63], np.uint64)
        pair = np.zeros(3, [("a", "<f4"), ("b", "<i4")])
        for label, words, write in [
                ("object", "Python objects", save(np.array([None, 1], object))),
                ("big-endian", "save a.astype('<f4')", save(x.astype(">f4"))),
                ("big-endian integers", "save a.astype('<i2')", save(x.astype(">i2"))),
                ("complex", "dtype '<c16' is not read", save(x * 1j)),
                ("words", "dtype '<U3' is not read", save(np.array(["abc"]))),
                ("structured", "structured dtype", save(pair)),
                ("uint64", "element 1 is 9223372036854775808", save(big)),
                ("long double", "is not read", save(x.astype(np.longdouble))),
                ("pickle", "is neither", lambda p: x.dump(p)),
                ("trailing", "holds 3 bytes beyond", lambda p: p.write_bytes(saved(x) + b"abc")),
                ("truncated", "is cut short", lambda p: p.write_bytes(saved(x)[:-1])),
                ("text", "is neither", lambda p: p.write_text("1 2 3\n"))]:
            refused(folder, label, words, write)
            count += 1
    print(f"{count} arrays agree with NumPy {np.__version__}")


if __name__ == "__main__":
    main()
