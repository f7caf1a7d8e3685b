#!/usr/bin/env bash
# Computes a phantom with a Slurm array on this machine while nodes die and tasks are told to stop, and compares the output with
# that of a single process, byte for byte.
#
#   tools/cluster/array_test.sh [DIR]     default a new folder under /tmp; needs a Release build and what slurm.sh needs
set -euo pipefail
cd "$(dirname "$0")/../.."
program="$PWD/artifacts/bin/ScrollSeg.Cli/release/scrollseg"
slurm="$PWD/tools/cluster/slurm.sh"
work="${1:-$(mktemp -d /tmp/scrollseg-XXXX)}"
mkdir -p "$work"
[ $# -gt 0 ] || chmod 755 "$work" # mktemp's folder is its owner's alone, and munged wants to see its socket from outside
began="$(date +%s)"

say() { printf '%4d s  %s\n' "$(($(date +%s) - began))" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
hashes() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
field() { sed -n "s/.*\b$2=\([^ ]*\).*/\1/p" <<< "$1" | head -n 1; } # field TEXT NAME
state_of() { field "$(scontrol -o show job "$1")" JobState; }
wait_until() { # wait_until SECONDS WHAT COMMAND..
  local i
  for ((i = 0; i < $1 * 5; i++)); do "${@:3}" && return; sleep 0.2; done
  fail "no $2 after $1 s"
}
ended() { case "$(state_of "$1")" in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) false ;; esac }
running() { squeue -h -r -t running -o '%F_%K %N' | grep -v finalize | head -n 1; } # a task and its node
some_task_runs() { [ -n "$(running)" ]; }
computing() { sleep 1.5; } # a task that was just started has loaded and is within a unit by then
submit() { "$program" submit slurm "$@" --submit 2>>"$work/log" | tee -a "$work/log" | sed -n 's/.*last step as \([0-9]*\);.*/\1/p'; }
same() { hashes "$1" > "$work/actual"; diff "$work/expected" "$work/actual" >"$work/diff" || fail "$1 differs: $(head -n 3 "$work/diff")"; }

"$slurm" up "$work/slurm" 3 >/dev/null
trap '"$slurm" down "$work/slurm"' EXIT
. "$work/slurm/env.sh"
say "Slurm $(sinfo --version | cut -d' ' -f2) is up: $(sinfo -hN | wc -l) nodes"

# Extents that no chunk divides, a network to make it last, and paths that need quoting go through every script.
"$program" phantom "$work/phantom" --shape 610,230,250 --seed 5 >/dev/null 2>&1
for name in 'the first run' "the second one's" third; do mkdir -p "$work/$name"; done
options=("$work/phantom/volume.zarr" --model tests/ScrollSeg.Sam.Tests/Goldens/sam_tiny.pth --batch 4 --memory 1GiB)
export OMP_NUM_THREADS=1 # of the network: several tasks share these few cores
alone() { # alone NAME [OPTION..]: what a single process makes
  mkdir -p "$work/$1"
  "$program" segment "${options[@]}" "${@:2}" -o "$work/$1/masks.zarr" >/dev/null 2>"$work/log" || fail "$(tail -n 1 "$work/log")"
  hashes "$work/$1/masks.zarr" > "$work/expected"
  say "a single process made $(wc -l < "$work/expected") files"
}
alone single

# 1. Two windows of an array; a node loses its power, another task is told to stop. All is made up for by itself.
run="$work/the first run/masks.run"
final="$(submit "${options[@]}" -o "$work/the first run/masks.zarr" --shards 3 --max-array-size 2 --cpus 2 --signal 60s)"
say "queued 3 shards as arrays of at most 2, the last step is job $final"
wait_until 30 "running task" some_task_runs
computing
read -r task node <<< "$(running)"
"$slurm" kill "$work/slurm" "$node"
say "killed node $node, on which task $task ran"
wait_until 60 "running task elsewhere" eval 'running | grep -qv " '"$node"'$"'
computing
read -r told _ <<< "$(squeue -h -r -t running -o '%F_%K %N' | grep -v " $node\$" | head -n 1)"
scancel --batch --signal=USR1 "$told"
say "told task $told to stop with SIGUSR1"
wait_until 180 "end of the last step" ended "$final"
[ "$(state_of "$final")" = COMPLETED ] || fail "the last step is $(state_of "$final"): $(cat "$run"/cluster/finalize-*.log)"
grep -l 'ended with exit code 75' "$run"/cluster/*.log >/dev/null || fail "no task ended with 75"
grep -h 'restarts [1-9]' "$run"/cluster/*.log | sed 's/^/        /'
same "$work/the first run/masks.zarr"
say "the same bytes as the single process; tasks started again: $(cat "$run"/cluster/*.log | grep -c 'restarts [1-9]')"
"$slurm" up "$work/slurm" >/dev/null

# 2. No second start is allowed: the last step finds units missing and says so; queueing the run again computes only those.
run="$work/the second one's/masks.run"
final="$(submit "${options[@]}" -o "$work/the second one's/masks.zarr" --shards 3 --cpus 2 --signal 60s --retries 0)"
wait_until 30 "running task" some_task_runs
computing
read -r told _ <<< "$(running)"
scancel --batch --signal=USR1 "$told"
say "told task $told to stop, which may not start again"
wait_until 120 "end of the last step" ended "$final"
code="$(field "$(scontrol -o show job "$final")" ExitCode)"
[ "$code" = 75:0 ] || fail "the last step ended with $code, not 75:0"
say "the last step ended with 75: $(tail -n 1 "$run"/cluster/finalize-"$final".log)"
[ ! -e "$work/the second one's/masks.zarr" ] || fail "an output with units missing has its final name"
final="$(submit --run "$run" --cpus 2 --signal 60s)"
say "queued again: $(grep -o '^job=$(array [^ ]*' "$run/cluster/slurm.sh" | cut -d' ' -f2) of 3 shards"
wait_until 120 "end of the last step" ended "$final"
[ "$(state_of "$final")" = COMPLETED ] || fail "the last step is $(state_of "$final")"
same "$work/the second one's/masks.zarr"
say "the same bytes as the single process"

# 3. A time limit of a minute of which Slurm itself warns: the task is queued again until the work is done.
run="$work/third/masks.run"
alone longer --tile 192 --tta flips
final="$(submit "${options[@]}" --tile 192 --tta flips -o "$work/third/masks.zarr" --shards 1 --cpus 2 --time 1m --signal 55s)"
wait_until 1200 "end of the last step" ended "$final"
[ "$(state_of "$final")" = COMPLETED ] || fail "the last step is $(state_of "$final")"
warned="$(cat "$run"/cluster/*_*.log | grep -c 'exit code 75' || true)"
[ "$warned" -gt 0 ] || fail "Slurm warned no task of its time limit"
same "$work/third/masks.zarr"
say "the same bytes after $warned early warnings at the time limit"
if find "$work" -name '*.tmp' | grep -q .; then fail "temporary files are left"; fi
say "passed"
