#!/usr/bin/python3
"""`mpirun -n 2 plumb train` against one process at the same batch, and what ends such runs.

  gradient   the first step's gradient, every parameter: relative error below 2e-4, its largest part
             a first convolution before BatchNorm, whose gradient is a small difference of sums over
             n = 2 batch height width terms in float32 (u sqrt(n) = 6e-6, lost digits come on top);
             with moments of half the batch it is above 1e-1. A bias before a loss that no shift
             changes has gradient 0: an absolute bound, by the largest gradient. A rectifier whose
             input rounds to the other side of 0 takes one summand of thousands away: then below
             3e-2, and another seed must do.
  losses     of two epochs: relative 2e-4.
  moments    running means and variances after the first step: 1e-5.
  resumed    2 ranks, interrupted and resumed, end at the bits of 2 ranks left alone.
  killed     SIGKILL to a rank at any moment: the job ends, says how to go on, and goes on with 2
             ranks and with 1. PL_TEST_EFFORT multiplies the kills, 2.
  told       SIGTERM and SIGUSR1 to mpirun: the step is finished and saved.
  planned    --plan-ranks: bytes by the model's shapes, rows by formulas written anew.
  refused    a batch that the ranks do not divide; ranks with other options, other data, another
             instruction set.

Fails when one of these does not hold, or when anybody but rank 0 speaks. Skipped without mpirun.
"""
import json
import math
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

PLUMB = sys.argv[1]
SIDE, TRAIN = 12, 200
ENDS = 60  # seconds in which a job with a dead rank must have ended, on a busy machine
MPIRUN = ["mpirun", "--bind-to", "none"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
               "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}
PATIENT = ["--mca", "odls_base_sigkill_timeout", "5"]  # between mpirun's SIGTERM and SIGKILL; it
# sleeps all of it whenever a job fails
LOSSES = {"ntxent": ["--loss", "ntxent"], "vicreg": ["--loss", "vicreg", "--lr", "0.0005"],
          "supcon": ["--loss", "supcon"]}


def write_images(folder, seed):
    folder.mkdir()
    draw = random.Random(seed)
    for part in ("train", "t10k"):
        pixels = bytes(draw.randrange(256) for _ in range(TRAIN * SIDE * SIDE))
        sizes = b"".join(n.to_bytes(4, "big") for n in (TRAIN, SIDE, SIDE))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sizes + pixels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + TRAIN.to_bytes(4, "big") + bytes(i % 10 for i in range(TRAIN)))


def tensors(path):
    """{name: numbers} of a safetensors file."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    kinds = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8)}
    out = {}
    for name, t in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            letter, width = kinds[t["dtype"]]
            first, last = (8 + size + k for k in t["data_offsets"])
            out[name] = struct.unpack(f"<{(last - first) // width}{letter}", data[first:last])
    return out


def norm(x):
    return math.sqrt(sum(v * v for v in x))


def error(a, b):
    return norm([x - y for x, y in zip(a, b)])


class Runs:
    def __init__(self, folder):
        self.folder = folder

    def train(self, name, *more, data="images"):
        return [PLUMB, "train", "--data", f"mnist:{self.folder / data}", "--model", "small-cnn",
                "--projector", "16,8", "--projector-norm", "--batch", "20", "--monitor", "40",
                "--lr", "0.02", "--warmup", "0", "--quiet", "--out", str(self.folder / name), *more]

    def resume(self, name, *more):
        return [PLUMB, "train", "--resume", str(self.folder / name), "--quiet", *more]

    def start(self, command):
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=ENVIRONMENT)

    def finish(self, command, status=0):
        p = self.start(command)
        try:
            out, err = p.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            p.terminate()
            raise
        assert p.returncode == status, f"exit {p.returncode}, not {status}: {out}{err}"
        return out, err

    def file(self, name, file="checkpoint.safetensors"):
        return self.folder / name / file

    def losses(self, name):
        lines = self.file(name, "epochs.csv").read_text().splitlines()
        return [float(line.split(",")[2]) for line in lines[1:]]


def two(command, *more):
    return [*MPIRUN, *more, "-n", "2", *command]


def compare_first_step(runs, loss, options, seed):
    one, both = f"{loss}-one", f"{loss}-two"
    more = [*options, "--seed", str(seed), "--overwrite", "--steps", "1", "--epochs", "2", "--weight-decay", "0", "--every", "0"]
    runs.finish(runs.train(one, *more, "--threads", "1"))
    runs.finish(two(runs.train(both, *more)))
    a, b = (tensors(runs.file(n)) for n in (one, both))
    gradients = [k for k in a if k.startswith("optimiser.momentum")]
    largest, worst = max(norm(a[k]) for k in gradients), 0
    for k in gradients:
        relative = error(a[k], b[k]) / max(norm(a[k]), 1e-3 * largest)
        worst = max(worst, relative)
        assert relative < 3e-2, f"{loss}: gradient of {k}: relative error {relative:.2e}"
    for k in (k for k in a if "running" in k):
        relative = error(a[k], b[k]) / norm(a[k])
        assert relative < 1e-5, f"{loss}: {k}: relative error {relative:.2e}"
    return worst


def compare_losses(runs, loss, options):
    one, both = f"{loss}-one", f"{loss}-two"
    runs.finish(runs.resume(one))
    out, err = runs.finish(two(runs.resume(both)))
    assert out.count("steps done") == 1 and not err, f"more than rank 0 speaks: {out}{err}"
    a, b = runs.losses(one), runs.losses(both)
    worst = max(abs(x - y) / abs(x) for x, y in zip(a, b))
    assert len(a) == len(b) == 2 and worst < 2e-4, f"{loss}: losses {a} and {b}"
    return worst


def resume_to_the_same_bits(runs):
    more = ["--epochs", "3"]
    runs.finish(two(runs.train("whole", *more)))
    runs.finish(two(runs.train("parts", *more, "--steps", "13")))
    runs.finish(two(runs.resume("parts", "--steps", "4")))
    runs.finish(two(runs.resume("parts")))
    for file in ("checkpoint.safetensors", "weights.safetensors", "epochs.csv"):
        assert runs.file("whole", file).read_bytes() == runs.file("parts", file).read_bytes(), \
            f"{file}: resumed, 2 ranks do not end at the same bits"


def wait_for(condition, p, what):
    end = time.monotonic() + 120
    while not condition():
        assert p.poll() is None, f"{what}: the run ended: {p.communicate()}"
        assert time.monotonic() < end, f"{what}: not within 120 s"
        time.sleep(0.01)


def ranks_of(p):
    """Process ids of the ranks, children of mpirun."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == p.pid:
            found.append(int(stat.parent.name))
    return sorted(found)


def begin_long(runs, name, *mpirun):
    train = runs.train(name, "--epochs", "100000", "--save-every", "3", "--every", "0")
    p = runs.start(two(train, *mpirun))
    wait_for(lambda: runs.file(name, "epochs.csv").exists() and len(runs.losses(name)) >= 1, p, name)
    return p


def kill_one(runs):
    effort = max(1, int(float(os.environ.get("PL_TEST_EFFORT", "1"))))
    for number in range(2 * effort):
        victim, name = 1 - number % 2, f"killed{number}"
        p = begin_long(runs, name)
        time.sleep(random.uniform(0, 0.05))  # any moment of a step
        ranks = ranks_of(p)
        assert len(ranks) == 2, f"{name}: {ranks} are no two ranks"
        os.kill(ranks[victim], signal.SIGKILL)
        out, err = p.communicate(timeout=ENDS)
        assert p.returncode not in (0, None), f"{name}: exit {p.returncode}"
        assert "--resume" in err, f"{name}: it is not said how to go on: {err}"
        runs.finish(two(runs.resume(name, "--steps", "3")))
        out, err = runs.finish(runs.resume(name, "--steps", "3"))
        assert "had 2 ranks before" in err, err


def tell_to_stop(runs):
    for which in (signal.SIGTERM, signal.SIGUSR1):
        name = f"told{which}"
        p = begin_long(runs, name, *PATIENT)
        p.send_signal(which)
        out, err = p.communicate(timeout=ENDS)
        assert p.returncode == 1 and err.count("stopped by") == 1, f"{p.returncode}: {out}{err}"
        state = json.loads(runs.file(name, "run.json").read_text())
        assert state["state"] == "stopped" and f"at step {state['step']} " in err, f"{state}{err}"


def refuse(runs):
    _, err = runs.finish([*MPIRUN, "-n", "3", *runs.train("odd")], 2)
    assert err.count("--batch 20 cannot be shared by 3 ranks alike; pass --batch 21") == 1, err
    a = runs.train("apart")
    for b, words in ((runs.train("apart", "--tau", "0.25"), "--tau 0.25 here, --tau "),
                     (runs.train("apart", data="others"), "data's SHA-256"),
                     (["env", "DNNL_MAX_CPU_ISA=SSE41", *a], "instruction set 0x")):
        _, err = runs.finish([*MPIRUN, "-n", "1", *a, ":", "-n", "1", *b], 2)
        assert words in err and err.count("plumb: rank 1:") == 1, err
    _, err = runs.finish([*MPIRUN, "-n", "1", *a, ":", "-n", "1",
                          *runs.train("apart", data="nowhere")], 4)
    assert "rank 1:" in err and "nowhere" in err, err


def project_by_hand(s, ranks):
    """images/s by the formulas of the theory of ring all-reduces, written anew."""
    share, depth = s["ranks"] / ranks, math.ceil(math.log2(ranks))
    pieces = math.ceil(s["gradient_bytes"] / 2**20)

    def ring(size, messages):
        return 2 * (ranks - 1) / ranks * size / s["bandwidth"] + \
            2 * (ranks - 1) * messages * s["latency"]
    hidden = ring(s["gradient_bytes"], pieces) - share * s["backward"]
    exposed = max(hidden, ring(min(s["gradient_bytes"], 2**20), 1))
    moments = depth * (s["batchnorm_messages"] * s["latency"]
                       + s["batchnorm_bytes"] / s["bandwidth"])
    gather = (ranks - 1) / ranks * s["gather_bytes"] / s["bandwidth"] + depth * s["latency"]
    step = share * (s["forward"] + s["backward"]) + s["loss"] + s["optimiser"]
    return 2 * s["batch"] / (step + exposed + moments + gather)


def plan(runs):
    """Bytes from the model's shapes; every row from the summary's numbers."""
    for command in (lambda c: c, two):
        options = ["--plan-ranks", "--json", "--batch", "32"]
        out, err = runs.finish(command([w for w in runs.train("plan") if "plan" not in w
                                        and w != "--out"] + options))
        assert not err, err
        table = json.loads(out)
        s, rows = table["summary"], table["rows"]
        weights = sum(len(v) for k, v in tensors(runs.file("whole", "weights.safetensors")).items()
                      if "running" not in k and "num_batches" not in k)
        channels = [len(v) for k, v in tensors(runs.file("whole", "weights.safetensors")).items()
                    if "running_mean" in k]
        assert s["gradient_bytes"] == 4 * weights, s
        assert s["gather_bytes"] == 4 * 2 * 32 * 8, s
        assert s["batchnorm_bytes"] == sum(32 * -(-c // 16) * 16 for c in channels), s
        assert s["batchnorm_messages"] == 2 * len(channels), s
        assert [r["ranks"] for r in rows] == [1, 2, 4, 8, 16, 32], rows
        for row in rows:
            want = project_by_hand(s, row["ranks"])
            assert abs(row["images_per_second"] / want - 1) < 1e-9, f"{row}: by hand {want}"
            speed_of_one = rows[0]["images_per_second"] * row["ranks"]
            assert abs(row["efficiency"] * speed_of_one / want - 1) < 1e-9, row
        assert (s["measured_allreduce"] is None) == (s["ranks"] == 1), s
        if s["ranks"] == 2:
            grown = [r["grown_images_per_second"] / r["images_per_second"] for r in rows[:2]]
            assert grown[1] == 1, "a batch that has not grown has another speed"
    assert not runs.file("plan", "").exists(), "a plan writes"


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def main():
    doctor = subprocess.run([PLUMB, "doctor", "--json"], capture_output=True, check=True)
    if not shutil.which("mpirun"):
        skip("no mpirun; apt-get install openmpi-bin")
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(pathlib.Path(folder))
        write_images(runs.folder / "images", 7)
        write_images(runs.folder / "others", 8)
        if json.loads(doctor.stdout)["mpi"] == "none":
            _, err = runs.finish(two(runs.train("none")), 2)
            assert "built without MPI" in err, err
            skip("plumb is built without MPI, and says so under mpirun")
        for loss, options in LOSSES.items():
            for seed in range(1, 6):
                gradient = compare_first_step(runs, loss, options, seed)
                if gradient < 2e-4:
                    break
            assert gradient < 2e-4, f"{loss}: gradients are {gradient:.1e} apart for every seed"
            print(f"{loss}: gradient {gradient:.1e}, losses",
                  f"{compare_losses(runs, loss, options):.1e}", flush=True)
        for check in (resume_to_the_same_bits, plan, kill_one, tell_to_stop, refuse):
            check(runs)
            print(check.__name__.replace("_", " "), "ok", flush=True)


if __name__ == "__main__":
    main()
