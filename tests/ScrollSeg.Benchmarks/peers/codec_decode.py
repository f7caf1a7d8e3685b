"""Peer of CodecDecode.cs: makes the chunks, encodes them with numcodecs (so with the C libraries), and times numcodecs.

    python3 codec_decode.py FOLDER

writes FOLDER/CASE.raw and FOLDER/CASE.encoded, prints one line "CASE <configuration as JSON>" each, then "ready".
For every line "CASE ROUNDS" on its input it decodes ROUNDS times on one thread into the same buffer and prints the
median in seconds.
"""
import json
import statistics
import sys
import time

import numcodecs
import numpy

numcodecs.blosc.use_threads = False
numcodecs.blosc.set_nthreads(1)


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
    return {
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
        "gzip-u16": (numcodecs.GZip(level=5), u16),
    }


def median_seconds(codec, encoded, out, rounds):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        codec.decode(encoded, out)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main(folder):
    ready = {}
    for name, (codec, array) in cases().items():
        encoded = bytes(codec.encode(array))
        array.tofile(f"{folder}/{name}.raw")
        with open(f"{folder}/{name}.encoded", "wb") as file:
            file.write(encoded)
        ready[name] = (codec, encoded, numpy.empty_like(array))
        print(name, json.dumps(codec.get_config()), flush=True)
    print("ready", flush=True)
    for line in sys.stdin:
        name, rounds = line.split()
        print(median_seconds(*ready[name], int(rounds)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
