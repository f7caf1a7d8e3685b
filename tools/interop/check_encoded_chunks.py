#!/usr/bin/env python3
"""Checks by hand that numcodecs (c-blosc, lz4, zstd, zlib) decodes what ScrollSeg encodes. Needs numcodecs and the .NET
SDK; run from the repository's root:

    python3 tools/interop/check_encoded_chunks.py
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numcodecs


def main():
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["dotnet", "run", "tools/interop/EncodeChunks.cs", "--", name], check=True)
        for path in sorted(pathlib.Path(name).glob("*.json"), key=lambda path: int(path.stem)):
            configuration = json.loads(path.read_text())
            raw = path.with_suffix(".raw").read_bytes()
            encoded = path.with_suffix(".encoded").read_bytes()
            kind = configuration.get("cname", configuration["id"])
            if not raw and configuration["id"] in ("blosc", "lz4", "zstd", "shuffle", "delta"):
                counts[kind, "empty, which numcodecs itself does not decode"] += 1
                continue
            try:
                decoded = numcodecs.compat.ensure_bytes(numcodecs.get_codec(configuration).decode(encoded))
                verdict = "equal" if decoded == raw else "DIFFERENT"
            except Exception as problem:  # whatever a codec raises is a finding
                verdict = f"REFUSED: {problem!r}"
            if verdict != "equal":
                print(verdict, len(raw), configuration)
            counts[kind, verdict] += 1
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{kind:10} {verdict:50} {count}")
    return 0 if all(verdict == "equal" or verdict.startswith("empty") for _, verdict in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
