"""Opens with zarr-python what ScrollSeg wrote, and compares every voxel.

    SCROLLSEG_INTEROP_OUT=/tmp/out dotnet test --project tests/ScrollSeg.Volumes.Tests
    python3 tools/interop/check_zarr.py /tmp/out

checks the arrays that the test ZarrInteropWriteTests writes: shape, chunks, type, order, separator, fill value and the
formula of tools/fixtures/make_zarr_fixtures.py; in image.zarr also the NGFF metadata, and level 1 against level 0.

    python3 tools/interop/check_zarr.py A.zarr B.zarr

compares two arrays of any origin, for example before and after `scrollseg convert`.

Needs zarr 2.13 and numcodecs (Debian: python3-zarr). Ends with exit code 1 if anything differs.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import zarr

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures"))
from make_zarr_fixtures import values  # noqa: E402

problems = []


def check(name, what, actual, expected):
    if not actual == expected:
        problems.append(f"{name}: {what} is {actual}, expected {expected}")


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def check_array(path, dtype, separator, fill):
    array = zarr.open_array(str(path), mode="r")
    check(path.name, "shape", array.shape, (9, 17, 40))
    check(path.name, "chunks", array.chunks, (8, 16, 32))
    check(path.name, "dtype", array.dtype, np.dtype(dtype))
    check(path.name, "order", array.order, "C")
    check(path.name, "separator", array._dimension_separator, separator)
    check(path.name, "fill value", repr(array.fill_value), repr(np.dtype(dtype).type(fill)))
    check(path.name, "voxels are equal", same(array[...], values(array.shape, dtype)), True)


def halves(whole, method):
    """Every 2 x 2 x 2 block, clipped at the edges, by the definition."""
    shape = tuple(-(-n // 2) for n in whole.shape)
    half = np.zeros(shape, whole.dtype)
    for z, y, x in np.ndindex(shape):
        block = whole[2 * z : 2 * z + 2, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel().tolist()
        counts = Counter(block)
        half[z, y, x] = (2 * sum(block) + len(block)) // (2 * len(block)) if method == "mean" else min(counts, key=lambda v: (-counts[v], v))
    return half


def check_image(folder):
    for group, method in ((folder, "mean"), (folder / "labels" / "mask", "majority")):
        attrs = zarr.open_group(str(group), mode="r").attrs
        image = attrs["multiscales"][0]
        check(group.name, "version", image["version"], "0.4")
        check(group.name, "axes", [a["name"] + a["unit"] for a in image["axes"]], ["zmicrometer", "ymicrometer", "xmicrometer"])
        levels = [zarr.open_group(str(group), mode="r")[d["path"]] for d in image["datasets"]]
        scales = [d["coordinateTransformations"][0]["scale"] for d in image["datasets"]]
        check(group.name, "scales", scales, [[4, 2, 2], [8, 4, 4]])
        check(group.name, "level 1 is level 0 halved", same(levels[1][...], halves(levels[0][...], method)), True)
    check("labels", "list", zarr.open_group(str(folder / "labels"), mode="r").attrs["labels"], ["mask"])
    check("mask", "source", attrs["image-label"]["source"]["image"], "../../")


def main(arguments):
    if len(arguments) == 2:
        a, b = (zarr.open_array(path, mode="r") for path in arguments)
        check(arguments[1], f"equal to {arguments[0]}", same(a[...], b[...]), True)
        count = 1
    else:
        root = Path(arguments[0])
        arrays = sorted(p for p in root.iterdir() if p.name != "image.zarr")
        for path in arrays:
            dtype, *codec, layout = path.stem.split("-")
            check_array(path, dtype, "/" if layout == "nested" else ".", np.nan if dtype.startswith("float") else 1)
        check_image(root / "image.zarr")
        count = len(arrays) + 1
        check("folder", "number of arrays", len(arrays), 120)
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"zarr {zarr.__version__}: {count} stores, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
