"""Reads Zarr arrays with zarr-python: one path per line on standard input, the seconds that it took on standard output."""

import sys
import time

import numpy as np
import zarr

for line in sys.stdin:
    array = zarr.open_array(line.strip(), mode="r")
    whole = np.empty(array.shape, array.dtype)
    whole.fill(1)  # touch the pages before the clock starts, as ours are
    start = time.perf_counter()
    array.get_basic_selection(Ellipsis, out=whole)
    print(time.perf_counter() - start, flush=True)
