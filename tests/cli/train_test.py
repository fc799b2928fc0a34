#!/usr/bin/python3
"""Training, probes and embeddings as a user meets them: every bad input of the trainer by its exit
status and words. What a signal or a kill does stands in tests/crash.

usage: train_test.py PLUMB   (run by meson; standard library only)
Each test says in its name what would make it fail.
"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cli_test  # takes PLUMB off the words
from cli_test import Case, plumb

SIDE, IMAGES = 12, 40


class Train(Case):
    def setUp(self):
        super().setUp()
        self.data, self.run = f"mnist:{self.dir}", self.dir / "run"
        self.write("train", IMAGES)
        self.write("t10k", IMAGES)

    def write(self, part, images, side=SIDE, label=lambda i: i % 10):
        pixels = bytes((i * 37 + j * 11 + (i * j) % 91) % 256 for i in range(images) for j in range(side * side))
        (self.dir / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, images, side, side) + pixels)
        (self.dir / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x801, images) + bytes(label(i) for i in range(images)))

    def words(self, *more, model="mlp:8"):
        return ("train", "--data", self.data, "--model", model, "--projector", 8, "--batch", 20, "--epochs", 2,
                "-q", "--out", self.run, *more)

    def trained(self, *more, **named):
        self.ok(*self.words(*more, **named))
        return self.run / "checkpoint.safetensors"

    def test_train_then_probe_then_measure(self):
        self.trained()
        told = json.loads((self.run / "run.json").read_text())
        self.assertEqual(told["state"], "finished")
        self.assertTrue(0 < told["theory_columns_share"] < 1)
        rows = self.json("eval", self.run, "--k", 5, "--json")["rows"]
        self.assertEqual([r["probe"] for r in rows], ["linear", "knn"])
        self.assertTrue(rows[0]["gradient"] < 1e-2 and rows[1]["loss"] is None)
        by_sgd = self.json("eval", self.run, "--probe", "linear", "--probe-by", "sgd", "--batch", 40, "--epochs",
                           2000, "--json")["rows"][0]
        self.assertLess(by_sgd["loss"] - rows[0]["loss"], 1e-3)
        z = self.dir / "z.npy"
        self.ok("embed", self.run, "--views", 3, "-o", z)
        self.assertEqual(self.json("measure", z, "--views", 3, "--json")["summary"]["images"], IMAGES)

    def test_a_run_that_is_there_is_not_overwritten(self):
        before = self.trained().read_bytes()
        self.refused(2, ("--resume", "--overwrite"), *self.words())
        self.assertEqual(self.run.joinpath("checkpoint.safetensors").read_bytes(), before)
        self.ok(*self.words("--overwrite"))

    def test_data_that_are_damaged_or_missing(self):
        images = self.dir / "train-images-idx3-ubyte"
        whole = images.read_bytes()
        images.write_bytes(whole[:-7])
        self.refused(4, "train-images-idx3-ubyte", *self.words())
        images.write_bytes(whole)
        self.write("train", IMAGES, label=lambda i: 10 if i == 7 else 0)
        self.refused(4, ("train-labels", "10"), *self.words())
        images.unlink()
        self.refused(4, ("train-images-idx3-ubyte", "missing"), *self.words())
        (self.dir / "classes" / "owl").mkdir(parents=True)
        self.data = f"folder:{self.dir / 'classes'}"
        self.refused(4, "owl", *self.words())
        self.data = "cifar10:/nowhere"
        self.refused(4, ("/nowhere/data_batch_1.bin", "cifar-10-binary.tar.gz"), *self.words())
        self.data = "fashion-mnits"
        self.refused(2, "fashion-mnist", *self.words())

    def test_sizes_that_do_not_fit(self):
        self.refused(4, "--batch 2", *self.words("--batch", 1))
        self.refused(4, f"at most --batch {IMAGES}", *self.words("--batch", IMAGES + 1))
        self.refused(4, "kernel", *self.words("--augment", "blur(1;kernel=25)"))
        # 3 x 3 windows of stride 2 on maps of 1 x 1
        self.refused(4, "too small", *self.words("--augment", "crop(0.5,1;size=4)", model="small-alexnet"))
        self.refused(2, "crop", *self.words("--augment", "crop(0.5,1;size=0)"))
        self.assertFalse(self.run.exists())

    def test_options_that_do_not_fit(self):
        self.refused(2, "ntxent", *self.words("--loss", "ntxnet"))
        self.refused(2, "small-cnn", *self.words(model="small-cn"))
        self.refused(2, "--milestones", *self.words("--schedule", "steps"))
        self.refused(2, "no similarity", *self.words("--loss", "vicreg", "--similarity", "dot"))
        self.refused(2, "exclude", *self.words("--long-tail", "exp:10", "--images", 20))
        self.refused(2, "--data fashion-mnist", "train", "--out", self.run)
        self.refused(2, "--out", "train", "--data", self.data)

    def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_checkpoint(self):
        said = self.refused(1, ("not finite at step", "last good checkpoint"),
                            *self.words("--lr", 1e6, "--similarity", "dot", "--tau", 1e-3, "--epochs", 50))
        self.assertIn(str(self.run), said)
        self.ok("eval", self.run, "--probe", "knn", "--k", 5)

    def test_checkpoints_of_another_run_or_damaged(self):
        checkpoint = self.trained()
        self.refused(2, ("--model mlp:9 is mlp:8 there", "--loss dcl is ntxent there"),
                     "train", "--resume", self.run, "--model", "mlp:9", "--loss", "dcl")
        self.write("train", IMAGES, label=lambda i: (i + 1) % 10)
        self.refused(4, "other data", "train", "--resume", self.run)
        whole = checkpoint.read_bytes()
        for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
            checkpoint.write_bytes(whole[:length])
            for command in ("eval", "embed"):
                more = ("-o", self.dir / "z.npy") if command == "embed" else ()
                self.refused(4, "checkpoint.safetensors", command, self.run, *more)
            self.refused(4, "checkpoint.safetensors", "train", "--resume", self.run)
        checkpoint.write_bytes(whole[:20] + bytes([whole[20] ^ 0x80]) + whole[21:])
        self.refused(4, "checkpoint.safetensors", "train", "--resume", self.run)
        self.refused(4, "no run", "train", "--resume", self.dir / "nothing")

    def test_bf16_falls_back_where_the_processor_has_none(self):
        run = plumb(*self.words("--precision", "bf16", model="small-cnn"),
                    env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"})
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("no bf16 arithmetic", run.stderr)
        told = json.loads((self.run / "run.json").read_text())
        self.assertIn("bf16", told["warnings"][0])
        self.assertIn("f32", told["network"]["layers"][0]["forward"])

    def test_a_full_disk_at_the_last_checkpoint_is_a_failure_and_the_one_before_is_whole(self):
        checkpoint = self.trained("--steps", 2)
        before = checkpoint.read_bytes()

        def small():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        self.refused(4, ("checkpoint.safetensors", "File too large"), "train", "--resume", self.run, "-q",
                     preexec_fn=small)
        self.assertEqual(checkpoint.read_bytes(), before)
        self.ok("train", "--resume", self.run, "-q")

    def test_doctor_and_help_say_how_to_get_every_set(self):
        names = {f["name"]: f["remedy"] for f in self.json("doctor", "--json")["found"]}
        for name in ("fashion-mnist", "cifar10", "cifar100", "stl10"):
            self.assertIn(name, names)
            self.assertIn("DIR", names[name])
        said = self.ok("doctor")
        for word in ("folder:DIR", "npy:DIR", "plumb hltm samples"):
            self.assertIn(word, said)
            self.assertIn(word, self.ok("help", "data"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
