#!/usr/bin/env python3
"""Compares a Zarr v3 array that scrollseg wrote with the same volume in Zarr v2, read by zarr-python.

    scrollseg convert SCAN two.zarr;  scrollseg convert SCAN three.zarr --zarr-format 3 --chunk 64,64,64 --shard-shape 128,128,128
    python3 tools/interop/compare_zarr_v3.py two.zarr/0 three.zarr/0

Shards are taken apart here by the specification's text, with numcodecs for the compressors and a CRC-32C of its own, so that
nothing of scrollseg's reader takes part. Needs zarr (2 will do), numcodecs, numpy.
"""
import itertools
import json
import os
import struct
import sys

import numcodecs
import numpy as np
import zarr

TABLE = []
for i in range(256):
    c = i
    for _ in range(8):
        c = (c >> 1) ^ (0x82F63B78 if c & 1 else 0)
    TABLE.append(c)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = TABLE[(c ^ b) & 0xFF] ^ (c >> 8)
    return c ^ 0xFFFFFFFF


def checked(data, what):
    stored, = struct.unpack("<I", data[-4:])
    assert crc32c(data[:-4]) == stored, f"{what}: its CRC-32C does not agree"
    return data[:-4]


def decode(data, codecs, shape, dtype, what):
    for codec in reversed(codecs[1:]):
        name = codec["name"]
        if name == "crc32c":
            data = checked(data, what)
        else:
            data = {"blosc": numcodecs.Blosc, "zstd": numcodecs.Zstd, "gzip": numcodecs.GZip}[name]().decode(data)
    assert codecs[0]["name"] == "bytes", codecs[0]
    return np.frombuffer(data, dtype.newbyteorder("<")).reshape(shape)


def read(path):
    meta = json.load(open(os.path.join(path, "zarr.json")))
    dtype = np.dtype(meta["data_type"])
    objects = meta["chunk_grid"]["configuration"]["chunk_shape"]
    array = np.full(meta["shape"], meta["fill_value"], dtype)
    for index in itertools.product(*(range(-(-n // c)) for n, c in zip(meta["shape"], objects))):
        key = os.path.join(path, "c", *map(str, index))
        if not os.path.exists(key):
            continue
        data = open(key, "rb").read()
        codec = meta["codecs"][0]
        if codec["name"] == "sharding_indexed":
            part = unshard(data, codec["configuration"], objects, dtype, meta["fill_value"], key)
        else:
            part = decode(data, meta["codecs"], objects, dtype, key)
        place = tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, objects, meta["shape"]))
        array[place] = part[tuple(slice(0, s.stop - s.start) for s in place)]
    return array


def unshard(data, config, shape, dtype, fill, what):
    chunk = config["chunk_shape"]
    counts = [s // c for s, c in zip(shape, chunk)]
    entries = int(np.prod(counts))
    assert config["index_location"] == "end" and [c["name"] for c in config["index_codecs"]] == ["bytes", "crc32c"]
    index = np.frombuffer(checked(data[-(16 * entries + 4):], what), "<u8").reshape(entries, 2)
    shard = np.full(shape, fill, dtype)
    for number, where in enumerate(itertools.product(*map(range, counts))):
        offset, length = map(int, index[number])
        if offset == length == 2**64 - 1:
            continue
        place = tuple(slice(i * c, (i + 1) * c) for i, c in zip(where, chunk))
        shard[place] = decode(data[offset:offset + length], config["codecs"], chunk, dtype, f"{what} chunk {number}")
    return shard


expected = zarr.open(sys.argv[1], mode="r")[:]
actual = read(sys.argv[2])
assert expected.dtype == actual.dtype and np.array_equal(expected, actual), "the arrays differ"
print(f"equal: {actual.shape} {actual.dtype}")
