#!/bin/sh
# Installs Debian packages without starting, now or at the next boot, the services that come with them.
# Needs root. Usage: debian-install.sh PACKAGE…
set -eu
export DEBIAN_FRONTEND=noninteractive

# Debian's own switch for "do not start services while installing" (invoke-rc.d(8)). One that exists is the
# administrator's and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt-get update -q
apt-get install -y -q --no-install-recommends "$@"

for package in "$@"; do
  if [ -d /run/systemd/system ]; then
    # Not every package has services, and not every service can be disabled.
    dpkg-query -L "$package" | sed -n 's|.*/systemd/system/\([^/@]*\.\(service\|socket\|timer\)\)$|\1|p' |
      xargs -r systemctl disable --now --quiet || true
  fi
done
