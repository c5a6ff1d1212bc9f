# Before the page's commands: what a machine of this workplace needs to reach its registries, and what stands in for the outside.
export DEBIAN_FRONTEND=noninteractive
[[ ! -e /lane/ca.crt ]] || export NODE_EXTRA_CA_CERTS=/lane/ca.crt SSL_CERT_FILE=/lane/ca.crt PIP_CERT=/lane/ca.crt
[[ ! -e /lane/npmrc ]] || cp /lane/npmrc /root/.npmrc
cd /root
[[ -e landfall-0.1.0.tgz ]] || cp /lane/package/landfall-*.tgz landfall-0.1.0.tgz

# `landfall install --system`, without systemd: the same settings, until it is ready.
start_landfall() {
  . /lane/github.sh
  . /lane/certificates.sh
  (set -a && . ./landfall.env && exec landfall up >up.json 2>up.log) &
  landfall=$!
  until curl --silent --fail http://127.0.0.1:8080/readyz >/dev/null; do
    kill -0 "$landfall" || { cat up.log; return 1; }
    sleep 0.2
  done
}
