#!/usr/bin/env bash
# enter.sh ROOT: runs both phases of the lane in that root folder. Mounts and processes end with it.
set -euo pipefail
root=$1

# shellcheck disable=SC2016
phase() {
  unshare --mount --pid --ipc --uts --fork --kill-child --propagation private "${@:2}" bash -euc '
    root=$1
    mount --bind "$root" "$root"
    ip link set lo up
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    exec env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      chroot "$root" bash -c ". /lane/before.sh; set -euxo pipefail; . /lane/$2"
  ' bash "$root" "$1"
}

phase 1-online.sh
phase 2-offline.sh --net --cgroup
