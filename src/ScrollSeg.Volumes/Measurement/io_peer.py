"""Peer of IoBenchmark: what numcodecs (so the C libraries) and zarr-python take for the same work.

    python3 io_peer.py FOLDER Z,Y,X EDGE

writes FOLDER/CASE.raw and FOLDER/CASE.encoded for every codec case and FOLDER/volume.raw, prints one line "CASE <configuration as
JSON>" each, then "ready". After that, one line in, one line with seconds out:

    decode CASE ROUNDS      median of decoding it so often on one thread into the same buffer
    write CODEC PATH        open, then fill a whole array with chunks of EDGE, from memory; CODEC is JSON
    read PATH               open, then read a whole array into memory of its own
"""
import json
import shutil
import statistics
import sys
import time

import numcodecs
import numpy
import zarr


def chunk(noise, side=128, seed=1):
    """Wound sheets with soft edges, a slow gradient, detector noise, and zeros outside a cylinder: u16."""
    rng = numpy.random.default_rng(seed)
    z, y, x = numpy.meshgrid(*[numpy.arange(side, dtype="f4")] * 3, indexing="ij")
    radius = numpy.hypot(y - side / 2 + 3 * numpy.sin(z / 30), x - side / 2)
    angle = numpy.arctan2(y - side / 2, x - side / 2)
    sheet = 0.5 + 0.5 * numpy.tanh(3 * numpy.cos(2 * numpy.pi * (radius / 9 - angle / (2 * numpy.pi))))
    field = 14000 + 16000 * sheet + 20 * z + rng.normal(0, noise, (side,) * 3)
    field[radius > side * 0.52] = 0
    return numpy.clip(field, 0, 65535).astype("<u2")


def blosc(cname, level, shuffle):
    return numcodecs.Blosc(cname=cname, clevel=level, shuffle=shuffle)


def cases():
    u16 = chunk(noise=600)
    u8 = (u16 >> 8).astype("u1")
    quiet = (chunk(noise=60) >> 8).astype("u1")
    low = numpy.random.default_rng(2).integers(0, 256, (128,) * 3, dtype="u2")  # LZ4 has nothing to do: what remains is the shuffle
    return {
        "shuffle-u16": (blosc("lz4", 5, 1), low),
        "shuffle-u32": (blosc("lz4", 5, 1), low.astype("u4")),
        "bitshuffle-u16": (blosc("lz4", 5, 2), low),
        "bitshuffle-u8": (blosc("lz4", 5, 2), (low & 15).astype("u1")),
        "lz4-u16": (numcodecs.LZ4(), u16),
        "lz4-quiet-u8": (numcodecs.LZ4(), quiet),
        "blosc-lz4-shuffle-u16": (blosc("lz4", 5, 1), u16),
        "blosc-lz4-shuffle-u8": (blosc("lz4", 5, 1), u8),
        "blosc-lz4-quiet-u8": (blosc("lz4", 5, 1), quiet),
        "blosc-lz4-bitshuffle-u16": (blosc("lz4", 5, 2), u16),
        "blosc-lz4-bitshuffle-u8": (blosc("lz4", 5, 2), u8),
        "blosc-zstd-shuffle-u16": (blosc("zstd", 3, 1), u16),
        "blosc-zstd-shuffle-u8": (blosc("zstd", 3, 1), u8),
        "blosc-zstd-quiet-u8": (blosc("zstd", 3, 1), quiet),
        "zstd-u16": (numcodecs.Zstd(level=3), u16),
        "zstd-u8": (numcodecs.Zstd(level=3), u8),
        "zlib-u16": (numcodecs.Zlib(level=5), u16),
        "gzip-u16": (numcodecs.GZip(level=5), u16),
    }


def volume(shape):
    """Chunks with noise of their own, so that no cache holds what the next one needs."""
    one = chunk(noise=600)
    whole = numpy.empty(shape, "<u2")
    for i, z in enumerate(range(0, shape[0], 128)):
        for j, y in enumerate(range(0, shape[1], 128)):
            for k, x in enumerate(range(0, shape[2], 128)):
                part = whole[z : z + 128, y : y + 128, x : x + 128]
                part[...] = numpy.roll(one, (7 * i, 5 * j, 3 * k), axis=(0, 1, 2))[: part.shape[0], : part.shape[1], : part.shape[2]]
    return whole


def decode(ready, rounds):
    codec, encoded, out = ready
    numcodecs.blosc.use_threads = False
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        codec.decode(encoded, out)
        seconds.append(time.perf_counter() - start)
    numcodecs.blosc.use_threads = None  # as it comes: threads, if the main one asks
    return statistics.median(seconds)


def write(whole, edge, codec, path):
    compressor = numcodecs.get_codec(codec) if codec else None
    shutil.rmtree(path, ignore_errors=True)
    start = time.perf_counter()
    store = zarr.DirectoryStore(path)
    array = zarr.create(whole.shape, chunks=(edge,) * 3, dtype=whole.dtype, compressor=compressor, store=store, dimension_separator="/")
    array[...] = whole
    return time.perf_counter() - start


def read(path):
    start = time.perf_counter()
    whole = zarr.open_array(path, mode="r")[...]
    seconds = time.perf_counter() - start
    del whole
    return seconds


def main(folder, shape, edge):
    ready = {}
    for name, (codec, array) in cases().items():
        encoded = bytes(codec.encode(array))
        array.tofile(f"{folder}/{name}.raw")
        with open(f"{folder}/{name}.encoded", "wb") as file:
            file.write(encoded)
        ready[name] = (codec, encoded, numpy.empty_like(array))
        print(name, json.dumps(codec.get_config()), flush=True)
    whole = volume(shape)
    whole.tofile(f"{folder}/volume.raw")
    print("ready", flush=True)
    for line in sys.stdin:
        what, rest = line.strip().split(" ", 1)
        if what == "decode":
            name, rounds = rest.split()
            seconds = decode(ready[name], int(rounds))
        elif what == "write":
            codec, path = rest.split(" ", 1)  # the path may have blanks
            seconds = write(whole, edge, json.loads(codec), path)
        else:
            seconds = read(rest)
        print(seconds, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], tuple(int(n) for n in sys.argv[2].split(",")), int(sys.argv[3]))
