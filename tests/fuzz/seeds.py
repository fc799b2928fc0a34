#!/usr/bin/python3
"""Writes the seeds of the npy, npz and safetensors fuzz targets, good and damaged, into tests/fuzz/corpus/."""
import io
import json
import pathlib

import numpy as np

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def put(kind, name, data):
    (CORPUS / kind).mkdir(parents=True, exist_ok=True)
    (CORPUS / kind / name).write_bytes(data)


def saved(write, *args, **named):
    out = io.BytesIO()
    write(out, *args, **named)
    return out.getvalue()


def main():
    x = np.arange(6).reshape(2, 3)
    for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
        put("npy", dtype, saved(np.save, x.astype("<" + dtype)))
    put("npy", "bool", saved(np.save, x > 2))
    put("npy", "fortran", saved(np.save, np.asfortranarray(x.astype("<f4"))))
    put("npy", "scalar", saved(np.save, np.float64(1)))
    put("npy", "empty", saved(np.save, np.zeros((0, 3))))
    put("npy", "eight", saved(np.save, np.zeros((1, 2) * 4, "<f2")))
    for version in (2, 3):
        put("npy", f"version{version}",
            saved(np.lib.format.write_array, x.astype("<i2"), (version, 0)))
    good = saved(np.save, x.astype("<f4"))
    put("npy", "big_endian", saved(np.save, x.astype(">f4")))
    put("npy", "structured", saved(np.save, np.zeros(2, [("a", "<f4"), ("b", "<i4")])))
    put("npy", "objects", saved(np.save, np.array([None], object)))
    put("npy", "u8_large", saved(np.save, np.array([2**64 - 1], np.uint64)))
    put("npy", "truncated", good[:-5])
    put("npy", "trailing", good + b"xyz")
    put("npy", "no_header", good[:10])
    put("npy", "overflow", good.replace(b"(2, 3), }" + b" " * 28,
                                        b"(4294967296, 4294967296, 4), }" + b" " * 7))
    put("npy", "promises", good.replace(b"(2, 3), }" + b" " * 12, b"(2000000000000, 3), }"))

    one = {"a": x.astype("<f4")}
    two = {"a": x[0].astype("<i2"), "b": np.asfortranarray(x.astype("<f8"))}
    for name, write in (("stored", np.savez), ("deflated", np.savez_compressed)):
        put("npz", name, saved(write, **one))
        put("npz", f"{name}_two", saved(write, **two))
    packed = saved(np.savez_compressed, a=np.zeros((40, 40), "<f4"))
    put("npz", "zeros", packed)
    put("npz", "none", saved(np.savez))
    put("npz", "truncated", packed[:-30])
    put("npz", "middle", packed[:100] + b"\0" + packed[101:])
    put("npz", "size", packed.replace((6528).to_bytes(4, "little"), (2**31).to_bytes(4, "little")))
    put("npz", "comment", packed[:-2] + b"\3\0abc")

    def tensors(header, data=b""):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + data

    def entry(dtype, shape, begin, end):
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    data = x.astype("<f4").tobytes()
    whole = tensors({"__metadata__": {"step": "3"}, "w": entry("F32", [2, 3], 0, 24),
                     "n": entry("I64", [], 24, 32)}, data + bytes(8))
    put("safetensors", "two", whole)
    put("safetensors", "none", tensors({}))
    put("safetensors", "cut", whole[:-9])
    put("safetensors", "short", whole[:5])
    put("safetensors", "huge", b"\xff" * 8 + b"{}")
    put("safetensors", "overlap", tensors({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)},
                                          bytes(3)))
    put("safetensors", "overflow", tensors({"a": entry("F32", [2**32, 2**32], 0, 4)}, bytes(4)))
    put("safetensors", "no_json", tensors(b"{\"a\":"))


if __name__ == "__main__":
    main()
