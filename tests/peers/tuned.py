"""The peers' two environments."""
import ctypes.util
import os
import sys


def environments(threads):
    """`stock`: as it is; `tuned`: without what holds OpenBLAS back, with jemalloc where it is found."""
    stock = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    tuned = {k: v for k, v in stock.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    jemalloc = ctypes.util.find_library("jemalloc")
    if jemalloc:
        tuned["LD_PRELOAD"] = jemalloc
        tuned["MALLOC_CONF"] = ("oversize_threshold:1,background_thread:true,metadata_thp:auto,"
                                "dirty_decay_ms:-1,muzzy_decay_ms:-1")
    else:
        print("tuned without jemalloc: libjemalloc2 is not installed", file=sys.stderr)
    return {"stock": stock, "tuned": tuned}
