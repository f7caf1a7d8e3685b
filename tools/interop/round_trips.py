"""Round trips with other programs: what they write is converted by ScrollSeg and read by zarr-python; what ScrollSeg writes is
read by tifffile, libtiff's tools, zarr-python and, where a format is one block behind a header, NumPy.

    python3 tools/interop/round_trips.py [PROGRAM]

PROGRAM is a built scrollseg (default: artifacts/bin/ScrollSeg.Cli/release/scrollseg, then debug). Needs zarr 2.13, tifffile, h5py,
numpy (Debian: python3-zarr python3-tifffile python3-h5py) and libtiff-tools. NRRD, NIfTI and MRC headers are written here by
their definitions, as is the raw block behind them: Debian has no library for all of them. Prints a line per trip, and ends with
exit code 1 if any voxel differs.
"""

import gzip
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import tifffile
import zarr

root = Path(__file__).resolve().parents[2]
built = [root / "artifacts/bin/ScrollSeg.Cli" / kind / "scrollseg" for kind in ("release", "debug")]
program = sys.argv[1] if len(sys.argv) > 1 else str(next(path for path in built if path.exists()))
folder = Path(tempfile.mkdtemp(prefix="scrollseg-trips-"))
random = np.random.default_rng(1)
shape = (11, 37, 53)
problems = 0


def volume(dtype):
    if np.dtype(dtype).kind == "f":
        return random.standard_normal(shape).astype(dtype)
    info = np.iinfo(dtype)
    return random.integers(info.min, info.max, shape, dtype=np.dtype(dtype).newbyteorder("="), endpoint=True)


def convert(source, target, *options):
    run = subprocess.run([program, "convert", str(source), str(target), *options], capture_output=True, text=True)
    return None if run.returncode == 0 else f"exit code {run.returncode}: {run.stderr.strip().splitlines()[-1]}"


def report(name, problem):
    global problems
    problems += problem is not None
    print(f"{'ok    ' if problem is None else 'DIFFER'}  {name}{'' if problem is None else ': ' + problem}")


def compare(actual, expected):
    if actual.shape != expected.shape or actual.dtype.newbyteorder("=") != expected.dtype.newbyteorder("="):
        return f"{actual.shape} {actual.dtype}, expected {expected.shape} {expected.dtype}"
    return None if np.array_equal(actual, expected, equal_nan=expected.dtype.kind == "f") else "voxels differ"


def theirs(name, path, expected):
    """Their file through ours to zarr-python."""
    target = folder / (name.replace("/", "_").replace(" ", "_") + ".zarr")
    report(f"{name} -> zarr", convert(path, target, "--levels", "1") or compare(zarr.open_array(str(target / "0"), mode="r")[...], expected))


def tiffs():
    kinds = {
        "none": {}, "deflate": {"compression": "zlib"}, "deflate, predictor": {"compression": "zlib", "predictor": True},
        "tiled": {"tile": (16, 16)}, "big-endian": {"byteorder": ">"}, "BigTIFF": {"bigtiff": True}, "ImageJ": {"imagej": True},
        "strips of 5": {"rowsperstrip": 5},
    }
    for name, options in kinds.items():
        for dtype in ("u1", "u2", "f4"):
            expected = volume(dtype)
            path = folder / "t.tif"
            try:
                tifffile.imwrite(str(path), expected, photometric="minisblack", **options)
            except (ValueError, KeyError, ImportError) as e:
                print(f"-       TIFF {name} {dtype}: tifffile cannot: {e}")
                continue
            theirs(f"TIFF {name} {dtype}", path, expected)
            path.unlink()
    expected = volume("u2")
    tifffile.imwrite(str(folder / "plain.tif"), expected, photometric="minisblack")
    for compression in ("lzw", "lzw:2", "zip:2", "packbits", "zstd"):
        made = subprocess.run(["tiffcp", "-c", compression, str(folder / "plain.tif"), str(folder / "c.tif")], capture_output=True, text=True)
        if made.returncode:
            print(f"-       TIFF tiffcp {compression}: {made.stderr.strip().splitlines()[-1] if made.stderr.strip() else 'not built in'}")
        else:
            theirs(f"TIFF tiffcp {compression}", folder / "c.tif", expected)


def hdf5s():
    kinds = {"contiguous": {}, "gzip": {"compression": "gzip", "chunks": (4, 16, 16)},
             "lzf, shuffle": {"compression": "lzf", "shuffle": True, "chunks": (4, 16, 16)},
             "gzip, fletcher32": {"compression": "gzip", "fletcher32": True, "chunks": (4, 16, 16)}}
    for name, options in kinds.items():
        for dtype in ("u1", ">u2", "i2", "f4"):
            expected = volume(dtype)
            with h5py.File(folder / "a.h5", "w") as file:
                file.create_dataset("entry/data", data=expected.astype(dtype), dtype=dtype, **options)
            theirs(f"HDF5 {name} {dtype}", folder / "a.h5/entry/data", expected)


def grown_hdf5s():
    """Datasets written and resized in any order, so that their indexes of chunks have seen more than one way of growing."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        extents = tuple(int(n) for n in rng.integers(2, 40, 3))
        chunks = tuple(int(rng.integers(1, min(6, n) + 1)) for n in extents)
        limits = [None, (None, None, None), (None,) + extents[1:], (extents[0], None, extents[2]), tuple(n + 9 for n in extents)]
        limit = limits[seed % len(limits)]
        path = folder / "grown.h5"
        with h5py.File(path, "w", libver=("earliest", "latest")[seed // 5 % 2]) as file:
            data = file.create_dataset(
                "scan", extents, "<u2", chunks=chunks, maxshape=limit, fillvalue=9, compression=(None, "gzip", "lzf")[seed % 3])
            for _ in range(30):
                start = [int(rng.integers(0, n)) for n in data.shape]
                stop = [int(rng.integers(first + 1, min(n, first + 12) + 1)) for first, n in zip(start, data.shape)]
                data[tuple(map(slice, start, stop))] = rng.integers(0, 65536)
                if limit and rng.random() < 0.2:
                    data.resize([int(rng.integers(2, (most or n + 8) + 1)) if most != n else n for n, most in zip(data.shape, limit)])
            expected = data[...]
        theirs(f"HDF5 grown {seed} {limit}", path, expected)


def nrrd(path, data, encoding, endian):
    names = {"u1": "uint8", "u2": "uint16", "i2": "int16", "f4": "float"}
    raw = data.astype(data.dtype.newbyteorder("<" if endian == "little" else ">")).tobytes()
    head = f"NRRD0004\ntype: {names[data.dtype.str[1:]]}\ndimension: 3\nsizes: {shape[2]} {shape[1]} {shape[0]}\nendian: {endian}\nencoding: {encoding}\n\n"
    path.write_bytes(head.encode() + (gzip.compress(raw) if encoding == "gzip" else raw))


def nifti(path, data):
    codes = {"u1": 2, "i2": 4, "f4": 16, "u2": 512}
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, shape[2], shape[1], shape[0], 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, codes[data.dtype.str[1:]], data.dtype.itemsize * 8)
    struct.pack_into("<8f", head, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", head, 108, 352)
    head[344:348] = b"n+1\0"
    content = bytes(head) + data.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def mrc(path, data):
    head = bytearray(1024)
    struct.pack_into("<4i", head, 0, shape[2], shape[1], shape[0], {"i2": 1, "f4": 2, "u2": 6}[data.dtype.str[1:]])
    struct.pack_into("<3i", head, 28, shape[2], shape[1], shape[0])
    struct.pack_into("<3i", head, 64, 1, 2, 3)
    head[208:216] = b"MAP " + bytes([0x44, 0x44, 0, 0])
    path.write_bytes(bytes(head) + data.tobytes())


def blocks():
    for dtype in ("u1", "u2", "i2", "f4"):
        data = volume(dtype)
        for encoding in ("raw", "gzip"):
            for endian in ("little", "big"):
                nrrd(folder / "a.nrrd", data, encoding, endian)
                theirs(f"NRRD {encoding} {endian} {dtype}", folder / "a.nrrd", data)
        for name in ("a.nii", "a.nii.gz"):
            nifti(folder / name, data)
            theirs(f"NIfTI {name} {dtype}", folder / name, data)
        if dtype != "u1":
            mrc(folder / "a.mrc", data)
            theirs(f"MRC {dtype}", folder / "a.mrc", data)
        np.save(folder / "a.npy", data)
        theirs(f"NPY {dtype}", folder / "a.npy", data)
        np.save(folder / "f.npy", np.asfortranarray(data))
        theirs(f"NPY Fortran order {dtype}", folder / "f.npy", data)
        np.savez_compressed(folder / "a.npz", scan=data)
        theirs(f"NPZ {dtype}", folder / "a.npz/scan", data)
        (folder / "a.raw").write_bytes(b"x" * 7 + data.astype(data.dtype.newbyteorder(">")).tobytes())
        theirs(f"raw big {dtype}", f"{folder}/a.raw?shape=11,37,53&dtype={dtype}&order=big&offset=7", data)


def by_libtiff(path):
    """Decompressed by tiffcp, since Debian's tifffile knows neither LZW nor zstd by itself."""
    made = subprocess.run(["tiffcp", "-c", "none", str(path), str(folder / "plain.tif")], capture_output=True, text=True)
    if made.returncode or made.stderr:
        raise SystemExit(f"tiffcp: {made.stderr.strip()}")
    return tifffile.imread(str(folder / "plain.tif"))


def by_hand(two, three):
    """Shards decoded by compare_zarr_v3.py with numcodecs and by the specification, since Debian's zarr-python knows no shards."""
    script = Path(__file__).with_name("compare_zarr_v3.py")
    run = subprocess.run([sys.executable, str(script), str(two), str(three)], capture_output=True, text=True)
    return None if run.returncode == 0 else (run.stdout + run.stderr).strip().splitlines()[-1]


def ours():
    """Our files in their readers."""
    for dtype in ("u1", "u2", "f4"):
        expected = volume(dtype)
        source = folder / "s.zarr"
        shutil.rmtree(source, ignore_errors=True)
        zarr.save_array(str(source), expected, chunks=(4, 16, 16))
        problem = convert(source, folder / "o.tif", "--overwrite")
        report(f"zarr {dtype} -> TIFF, tifffile", problem or compare(tifffile.imread(str(folder / "o.tif")), expected))
        info = subprocess.run(["tiffinfo", "-D", str(folder / "o.tif")], capture_output=True, text=True)
        pages = info.stdout.count("TIFF Directory at offset")
        report(f"zarr {dtype} -> TIFF, tiffinfo", info.stderr.strip() or (None if pages == shape[0] and not info.returncode else f"{pages} pages"))
        problem = convert(source, folder / "o", "--to", "tiffs", "--overwrite")
        report(f"zarr {dtype} -> TIFF slices, tifffile", problem or compare(np.stack([tifffile.imread(str(path)) for path in sorted((folder / "o").iterdir())]), expected))
        for codec in ("lzw", "deflate", "zstd"):
            problem = convert(source, folder / "c.tif", "--overwrite", "--codec", codec)
            report(f"zarr {dtype} -> TIFF {codec}, libtiff", problem or compare(by_libtiff(folder / "c.tif"), expected))
        problem = convert(source, folder / "c", "--to", "tiffs", "--codec", "deflate", "--overwrite")
        report(f"zarr {dtype} -> TIFF slices deflate, tifffile", problem or compare(np.stack([tifffile.imread(str(path)) for path in sorted((folder / "c").iterdir())]), expected))
        problem = convert(source, folder / "o.nrrd", "--overwrite")
        raw = (folder / "o.nrrd").read_bytes()
        report(f"zarr {dtype} -> NRRD, NumPy", problem or compare(np.frombuffer(raw[raw.index(b"\n\n") + 2:], expected.dtype).reshape(shape), expected))
        for codec in ("blosc-zstd", "blosc-lz4", "zstd", "gzip", "none"):
            problem = convert(source, folder / "o.zarr", "--overwrite", "--codec", codec, "--chunk", "5,16,20")
            report(f"zarr {dtype} -> zarr {codec}, zarr-python", problem or compare(zarr.open_array(str(folder / "o.zarr/0"), mode="r")[...], expected))
            shards = ("--zarr-format", "3", "--chunk", "4,8,16", "--shard-shape", "8,16,32", "--codec", codec)
            problem = convert(source, folder / "s3.zarr", "--overwrite", *shards) or by_hand(folder / "o.zarr/0", folder / "s3.zarr/0")
            report(f"zarr {dtype} -> zarr v3 shards {codec}, by hand", problem)


try:
    tiffs()
    hdf5s()
    grown_hdf5s()
    blocks()
    ours()
finally:
    shutil.rmtree(folder)
print(f"{problems} differ")
sys.exit(problems > 0)
