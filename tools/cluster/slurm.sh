#!/usr/bin/env bash
# A real Slurm on this one machine, from Debian's packages and without systemd: several nodes, each a slurmd on 127.0.0.1.
#
#   tools/cluster/slurm.sh up DIR [NODES]     starts it, or what of it does not run; then: . DIR/env.sh
#   tools/cluster/slurm.sh kill DIR NODE      a node's daemon and its tasks die at once, as in a power cut
#   tools/cluster/slurm.sh down DIR           stops everything it started
#
# Root or an ordinary user; everything lies in DIR, which must be new and have a short path (unix sockets end at 107 letters).
# Packages: apt-get install --no-install-recommends slurm-wlm slurmctld slurmd munge slurm-client
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
cores=4 # of a node, as declared: Slurm need not know that the machine has fewer
memory=6000 # MB of a node

fail() { echo "error: $*" >&2; exit 1; }

# A daemon is known by its process number and the time at which it started, so that no other process is ever signalled.
started() { awk '{ sub(/.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null || true; }
remember() { echo "$2 $(started "$2")" > "$dir/run/$1.pid"; }
alive() { # alive NAME: prints its process number
  local pid when
  [ -f "$dir/run/$1.pid" ] && read -r pid when < "$dir/run/$1.pid" && [ -n "$when" ] && [ "$(started "$pid")" = "$when" ] && echo "$pid"
}
launch() { # launch NAME COMMAND..: in a session of its own, unless it runs
  alive "$1" >/dev/null && return
  setsid "${@:2}" </dev/null >>"$dir/log/$1.out" 2>&1 &
  remember "$1" $!
}
wait_for() { # wait_for SECONDS WHAT COMMAND..
  local i
  for ((i = 0; i < $1 * 10; i++)); do "${@:3}" >/dev/null 2>&1 && return; sleep 0.1; done
  fail "$2 did not come up; see $dir/log"
}
stop() { # stop NAME SIGNAL
  local pid i
  pid="$(alive "$1")" || return 0
  kill "-$2" "$pid"
  for ((i = 0; i < 50; i++)); do alive "$1" >/dev/null || return 0; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}
below() { local child; for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do echo "$child"; below "$child"; done; }

configure() {
  mkdir -p "$dir"/{etc,run,log,state,spool}
  chmod 755 "$dir" "$dir"/*
  (umask 077; head -c 1024 /dev/urandom > "$dir/etc/munge.key")
  local port=$((20000 + $(printf %s "$dir" | cksum | cut -d' ' -f1) % 8000)) host
  host="$(hostname -s)"
  # 22.05 always loads a cgroup plugin; the one for version 1 touches nothing as long as nobody asks it to
  echo "CgroupPlugin=cgroup/v1" > "$dir/etc/cgroup.conf"
  cat > "$dir/etc/slurm.conf" <<CONF
ClusterName=scrollseg
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
# a requeued task waits for cred_expire and a second: 120 s unless said otherwise, 5 s at least
AuthInfo=socket=$dir/run/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/run/slurmctld.own
SlurmdPidFile=$dir/run/%n.own
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/%n.log
# neither cgroups nor a database
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs.txt
MpiDefault=none
SwitchType=switch/none
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=$((memory / cores))
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
ReturnToService=2
JobRequeue=1
# a dead node is noticed after about SlurmdTimeout and twice MessageTimeout
SlurmdTimeout=5
MessageTimeout=3
TCPTimeout=1
BatchStartTimeout=4
KillWait=2
MinJobAge=86400
SlurmdParameters=config_overrides
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP
CONF
  echo "export SLURM_CONF='$dir/etc/slurm.conf'" > "$dir/env.sh"
}

up() {
  local daemon i
  for daemon in munged slurmctld slurmd sbatch; do
    command -v "$daemon" >/dev/null || fail "$daemon is not installed: see the head of this script"
  done
  [ ${#dir} -le 70 ] && [[ $dir =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "$dir: needs a path of at most 70 plain letters"
  [ -f "$dir/etc/slurm.conf" ] || configure
  nodes="$(sed -n 's/^NodeName=n\[1-\([0-9]*\)\].*/\1/p' "$dir/etc/slurm.conf")"
  . "$dir/env.sh"
  launch munged munged -F -S "$dir/run/munge.socket" --key-file="$dir/etc/munge.key" --pid-file="$dir/run/munged.own" \
    --seed-file="$dir/run/munged.seed" --log-file="$dir/log/munged.log"
  wait_for 5 munged test -S "$dir/run/munge.socket"
  launch slurmctld slurmctld -D -f "$SLURM_CONF"
  wait_for 20 slurmctld scontrol ping
  for ((i = 1; i <= nodes; i++)); do launch "n$i" slurmd -D -N "n$i" -f "$SLURM_CONF"; done
  wait_for 30 "a node" eval '[ "$(sinfo -hN -o %T | grep -cE "^(idle|mixed|allocated|completing)$")" -eq '"$nodes"' ]'
  echo "$nodes nodes are up; . $dir/env.sh"
}

# The steps of a node are sessions of their own; each owns a socket SPOOL/NODE/NODE_JOB.STEP, which tells its process.
kill_node() {
  local node="$1" step all=""
  for step in $(ss -Hxlp | grep -F " $dir/spool/$node/${node}_" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u); do
    all="$all $step $(below "$step")"
  done
  stop "$node" KILL
  # shellcheck disable=SC2086
  [ -z "$all" ] || kill -KILL $all 2>/dev/null || true
  rm -f "$dir/spool/$node/${node}"_*.*
}

down() {
  local record
  for record in "$dir"/run/n*.pid; do [ -f "$record" ] && kill_node "$(basename "$record" .pid)"; done
  stop slurmctld TERM
  stop munged TERM
}

[ $# -ge 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$2"
dir="$(cd "$2" && pwd -P)"
case "$1" in
  up) nodes="${3:-3}"; up ;;
  kill) kill_node "${3:?which node?}" ;;
  down) down ;;
  *) fail "$1: expected up, kill or down" ;;
esac
