#!/usr/bin/python3
"""Runs of `plumb train` that are ended from outside.

  killed      SIGKILL at random moments, resumed each time: the weights and rows are those of a run
              that was left alone. PL_TEST_EFFORT multiplies the number of kills, 20.
  terminated  SIGINT and SIGTERM: the step is finished and saved, the words say how to go on, the
              program ends by that signal, and what follows is the same again. SIGINT that the
              caller ignores, as a shell does for what it starts with &, has no effect.
  full disk   a limit on file sizes that comes and goes: a warning, and the checkpoint before it
              is whole.

Fails when bits differ, a checkpoint is torn, a temporary stays behind a finished run, or words are
missing. The seed is printed.
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PLUMB = sys.argv[1]
SIDE, TRAIN = 12, 200
STARTED = 120  # seconds that a run may take to begin on a busy machine


def write_images(folder):
    draw = random.Random(7)
    for part in ("train", "t10k"):
        pixels = bytes(draw.randrange(256) for _ in range(TRAIN * SIDE * SIDE))
        sizes = b"".join(n.to_bytes(4, "big") for n in (TRAIN, SIDE, SIDE))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + pixels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + TRAIN.to_bytes(4, "big") + bytes(i % 10 for i in range(TRAIN)))


class Runs:
    def __init__(self, folder):
        self.folder = folder

    def command(self, name, resume, *more):
        run = str(self.folder / name)
        if resume:
            return [PLUMB, "train", "--resume", run, "--quiet"]
        return [PLUMB, "train", "--data", f"mnist:{self.folder}", "--model", "small-cnn",
                "--projector", "16,8", "--batch", "20", "--monitor", "40", "--save-every", "3",
                "--threads", "1", "--quiet", "--out", run, *more]

    def start(self, name, resume, *more):
        return subprocess.Popen(self.command(name, resume, *more), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, name, resume, *more):
        p = self.start(name, resume, *more)
        out, err = p.communicate()
        assert p.returncode == 0, f"{name}: exit {p.returncode}: {out}{err}"
        return out, err

    def checkpoint(self, name):
        return self.folder / name / "checkpoint.safetensors"

    def rows(self, name):
        path = self.folder / name / "epochs.csv"
        return len(path.read_text().splitlines()) - 1 if path.exists() else 0

    def same(self, a, b, what):
        for file in ("weights.safetensors", "epochs.csv", "checkpoint.safetensors"):
            one, two = ((self.folder / n / file).read_bytes() for n in (a, b))
            assert one == two, f"{what}: {file} differs from the run that was left alone"


def wait_for(condition, process, what):
    end = time.monotonic() + STARTED
    while not condition():
        assert process.poll() is None, f"{what}: the run ended: {process.communicate()}"
        assert time.monotonic() < end, f"{what}: not within {STARTED} s"
        time.sleep(0.002)


def kill_at_random(runs, draw, kills, epochs):
    start = time.monotonic()
    runs.finish("whole", False, "--epochs", epochs)
    length = time.monotonic() - start
    done, again = 0, 0
    while done < kills:
        name = f"killed{again}"
        again += 1
        while done < kills:
            resume = runs.checkpoint(name).exists()
            if not resume:
                shutil.rmtree(runs.folder / name, ignore_errors=True)
            p = runs.start(name, resume, *([] if resume else ["--epochs", epochs]))
            try:
                p.wait(draw.uniform(0, length))
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL)
                done += 1
            out, err = p.communicate()
            if p.returncode == 0:
                break
            assert p.returncode == -signal.SIGKILL, f"exit {p.returncode}: {out}{err}"
        if runs.checkpoint(name).exists():
            runs.finish(name, True)
        else:
            runs.finish(name, False, "--epochs", epochs, "--overwrite")
        runs.same("whole", name, f"{done} kills")
        left = [f.name for f in (runs.folder / name).glob("*.tmp")]
        assert not left, f"half-written files stay behind: {left}"
    print(f"{done} kills over {again} runs of {length:.2f} s")


def end_by_signal(runs, which, epochs):
    name = f"signal{which}"
    p = runs.start(name, False, "--epochs", epochs)
    wait_for(runs.checkpoint(name).exists, p, name)
    p.send_signal(which)
    out, err = p.communicate()
    if p.returncode == 0:
        print(f"{name}: the run was over before the signal")
    else:
        assert p.returncode == -which and "--resume" in err and "stopped by" in err, f"{out}{err}"
        runs.finish(name, True)
    runs.same("whole", name, name)


def ignore_interrupt(runs, epochs):
    name = "ignoring"
    p = subprocess.Popen(runs.command(name, False, "--epochs", epochs), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True,
                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    wait_for(runs.checkpoint(name).exists, p, name)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate()
    assert p.returncode == 0, f"{name}: exit {p.returncode}: {out}{err}"
    runs.same("whole", name, name)


def fill_disk(runs):
    """Checkpoints do not fit while the limit is there; the little epochs.csv does."""
    name = "full"
    p = runs.start(name, False, "--epochs", "60")
    wait_for(lambda: runs.rows(name) >= 2, p, name)
    hard = resource.prlimit(p.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(p.pid, resource.RLIMIT_FSIZE, (60000, hard))
    before = runs.rows(name)
    wait_for(lambda: runs.rows(name) >= before + 3, p, name)
    kept = runs.checkpoint(name).read_bytes()
    assert kept[8:9] == b"{", "the checkpoint before is torn"
    resource.prlimit(p.pid, resource.RLIMIT_FSIZE, (hard, hard))
    out, err = p.communicate()
    assert p.returncode == 0, f"{name}: exit {p.returncode}: {out}{err}"
    assert "no checkpoint at step" in err and "training goes on" in err, err
    print("full disk:", err.splitlines()[0])


def main():
    effort = float(os.environ.get("PL_TEST_EFFORT", "1"))
    seed = int(os.environ.get("PL_TEST_SEED", "0")) or random.randrange(1 << 30)
    print(f"PL_TEST_SEED={seed}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_images(folder)
        runs = Runs(folder)
        kill_at_random(runs, random.Random(seed), max(1, int(20 * effort)), "12")
        for which in (signal.SIGINT, signal.SIGTERM):
            end_by_signal(runs, which, "12")
        ignore_interrupt(runs, "12")
        fill_disk(runs)


if __name__ == "__main__":
    main()
