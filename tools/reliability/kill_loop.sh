#!/usr/bin/env bash
# Kills runs at random moments, goes on with them, and compares what comes out with an unbroken run, byte for byte.
#
#   tools/reliability/kill_loop.sh [KILLS] [SIGNAL]      default 200 kills with KILL; TERM tries the orderly stop
#
# Needs a Release build (dotnet build -c Release). The volume's extents are divided by no chunk; shards take turns.
set -euo pipefail
cd "$(dirname "$0")/../.."
kills="${1:-200}"
signal="${2:-KILL}"
program="artifacts/bin/ScrollSeg.Cli/release/scrollseg"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$program" phantom "$work/phantom" --shape 270,150,170 --seed 5 2>/dev/null >/dev/null
scan="$work/phantom/volume.zarr"
segment() { "$program" segment "$scan" -o "$1" --model otsu --tile 64 --overlap 0.3 "${@:2}"; }
background() { exec "$program" segment "$scan" -o "$1" --model otsu --tile 64 --overlap 0.3 "${@:2}"; } # exec: the signal is for the program
hashes() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }

mkdir "$work/a" "$work/b"
segment "$work/a/masks.zarr" >/dev/null 2>&1
hashes "$work/a/masks.zarr" > "$work/expected"

done_kills=0
runs=0
while [ "$done_kills" -lt "$kills" ]; do
  runs=$((runs + 1))
  out="$work/b/masks.zarr"
  rm -rf "$out" "$out.partial" "$work/b/masks.run"
  shards=$(( (runs % 3) + 1 ))
  shard=0
  while [ "$shard" -lt "$shards" ]; do
    options=()
    [ "$shards" -gt 1 ] && options=(--shard "$shard/$shards")
    background "$out" "${options[@]}" >/dev/null 2>"$work/log" &
    process=$!
    sleep "0.$(printf '%03d' $((RANDOM % 900)))"
    if kill "-$signal" "$process" 2>/dev/null; then
      done_kills=$((done_kills + 1))
      wait "$process" 2>/dev/null || true
      # a run that is killed again and again before its first unit would never end
      [ $((done_kills % 7)) -eq 0 ] || continue
      segment "$out" "${options[@]}" >/dev/null 2>"$work/log" || { echo "run $runs failed:"; cat "$work/log"; exit 1; }
    elif ! wait "$process"; then
      echo "run $runs failed:"; cat "$work/log"; exit 1
    fi
    shard=$((shard + 1))
  done
  [ -d "$out" ] || "$program" finalize --run "$work/b/masks.run" >/dev/null 2>"$work/log" || { echo "run $runs: finalize failed"; cat "$work/log"; exit 1; }
  "$program" verify --run "$work/b/masks.run" --level full >/dev/null 2>"$work/log" || { echo "run $runs: verify failed"; cat "$work/log"; exit 1; }
  diff <(hashes "$out") "$work/expected" >"$work/diff" || { echo "run $runs differs:"; head "$work/diff"; exit 1; }
  if find "$work/b" -name '*.tmp' | grep -q .; then echo "run $runs left temporary files"; exit 1; fi
  echo "run $runs ($shards shards): same bytes after $done_kills kills in all"
done
