#!/usr/bin/env bash
# A real OpenStack Swift with temporary URLs, for tests: one node, one replica, on loopback alone, out of Debian's
# packages. Everything it writes lies in one directory; nothing under /etc is touched.
#
#   start.sh DIR                start what is not running yet; prints NAME=value lines when ready
#   start.sh --stop DIR [PART]  stop all, or only: proxy object container account memcached
#   start.sh --install          get the packages (root, Debian or a relative of it)
#
# Ends with 77 where the packages are not there. Needs a file system with user xattrs (ext4, xfs, btrfs).
# SWIFT_CLIENT_TIMEOUT, SWIFT_ERROR_SUPPRESSION (seconds) and SWIFT_MAX_FILE_SIZE (bytes) change Swift's own defaults
# of 60 s, 60 s (here 1 s) and 5 GiB + 2.
set -euo pipefail

PACKAGES=(swift-proxy swift-account swift-container swift-object python3-swift memcached)
PARTS=(memcached account container object proxy)
ACCOUNT=AUTH_async-images
CONTAINER=12345678
PYTHON=/usr/bin/python3 # Debian's own: another one on the PATH does not have Swift's modules
URL_KEY=ferry-test-temp-url-key
ADMIN_KEY=ferry-test-admin-key

say() { printf 'swift: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

install_packages() {
  [ "$(id -u)" = 0 ] || fail "installing packages needs root"
  local policy=/usr/sbin/policy-rc.d made=''
  # The packages would start services of their own, on the usual ports and as a service user.
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made=1; fi
  local result=0
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${PACKAGES[@]}"; } \
    </dev/null >&2 || result=$?
  if [ -n "$made" ]; then rm -f "$policy"; fi
  [ "$result" = 0 ] || fail "the packages could not be installed: ${PACKAGES[*]}"
}

require_packages() {
  local part
  for part in proxy account container object; do
    command -v "swift-$part-server" >/dev/null || { say "not installed: swift-$part; skipped"; exit 77; }
  done
  command -v memcached >/dev/null || { say "not installed: memcached; skipped"; exit 77; }
}

# ---------------------------------------------------------------- processes, known by pid and command line

mark_of() { if [ "$1" = memcached ]; then echo "memcached -l 127.0.0.1 -p $(cat "$DIR/port/memcached")"; else echo "$DIR/etc/$1.conf"; fi; }

is_running() {
  local pid
  pid=$(cat "$DIR/run/$1.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$(mark_of "$1")"
}

stop_part() {
  if is_running "$1"; then
    local pid; pid=$(cat "$DIR/run/$1.pid")
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 40); do is_running "$1" || break; sleep 0.05; done
    if is_running "$1"; then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$DIR/run/$1.pid"
}

start_part() {
  is_running "$1" && return
  local port; port=$(cat "$DIR/port/$1")
  if [ "$1" = memcached ]; then
    set -- memcached memcached -l 127.0.0.1 -p "$port" -U 0 -m 32 -u "$(id -un)"
  else
    set -- "$1" "$PYTHON" "$DIR/etc/launch.py" "$(command -v "swift-$1-server")" "$DIR/etc/$1.conf"
  fi
  local name=$1; shift
  # exec keeps the pid; a session of its own keeps a Ctrl-C in the test's terminal away from it.
  setsid bash -c 'echo $$ >"$0"; exec "$@"' "$DIR/run/$name.pid" "$@" >>"$DIR/log/$name.log" 2>&1 </dev/null &
}

# ---------------------------------------------------------------- what Swift reads

free_ports() {
  "$PYTHON" - "$@" <<'PY'
import socket, sys
held = [socket.socket() for _ in sys.argv[1:]]
for each, path in zip(held, sys.argv[1:]):
    each.bind(('127.0.0.1', 0))
    with open(path, 'w') as out:
        out.write(str(each.getsockname()[1]))
PY
}

write_backend() {
  cat >"$DIR/etc/$1.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $(cat "$DIR/port/$1")
user = $(id -un)
swift_dir = $DIR/etc
devices = $DIR/node
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
workers = 0
client_timeout = ${SWIFT_CLIENT_TIMEOUT:-60}
[pipeline:main]
pipeline = healthcheck $1-server
[app:$1-server]
use = egg:swift#$1
[filter:healthcheck]
use = egg:swift#healthcheck
CONF
}

write_proxy() {
  local filters='catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl ratelimit tempauth copy container-quotas account-quotas slo dlo versioned_writes symlink'
  {
    cat <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $(cat "$DIR/port/proxy")
user = $(id -un)
swift_dir = $DIR/etc
workers = 0
client_timeout = ${SWIFT_CLIENT_TIMEOUT:-60}
[pipeline:main]
pipeline = $filters proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
error_suppression_interval = ${SWIFT_ERROR_SUPPRESSION:-1}
CONF
    local filter
    for filter in $filters; do printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "${filter//-/_}"; done |
      sed 's/#cache$/#memcache/'
  } >"$DIR/etc/proxy.conf"
  set_option tempurl "allowed_digests = sha1 sha256 sha512"
  set_option tempauth "user_${ACCOUNT#AUTH_}_admin = $ADMIN_KEY .admin"
  set_option cache "memcache_servers = 127.0.0.1:$(cat "$DIR/port/memcached")"
}

set_option() { sed -i "/^\[filter:$1\]/a $2" "$DIR/etc/proxy.conf"; }

write_rings() {
  local part
  for part in account container object; do
    [ -s "$DIR/etc/$part.ring.gz" ] && continue
    (
      cd "$DIR/etc"
      swift-ring-builder "$part.builder" create 4 1 0
      swift-ring-builder "$part.builder" add "r1z1-127.0.0.1:$(cat "$DIR/port/$part")/disk" 1
      swift-ring-builder "$part.builder" rebalance
    ) >"$DIR/log/ring.log" 2>&1 || fail "the $part ring could not be built: $(tail -n 3 "$DIR/log/ring.log")"
  done
}

configure() {
  mkdir -p "$DIR"/{etc,run,log,port,node/disk}
  "$PYTHON" - "$DIR/node/disk" <<'PY' 2>/dev/null || fail "the file system of $DIR has no user xattrs; use another directory"
import os, sys
os.setxattr(sys.argv[1], 'user.swift.probe', b'x')
os.removexattr(sys.argv[1], 'user.swift.probe')
PY
  [ -s "$DIR/port/proxy" ] || free_ports "${PARTS[@]/#/$DIR/port/}"
  printf '[swift-hash]\nswift_hash_path_prefix = ferry\nswift_hash_path_suffix = ferry\n[storage-policy:0]\nname = only\ndefault = yes\n[swift-constraints]\nmax_file_size = %s\n' \
    "${SWIFT_MAX_FILE_SIZE:-5368709122}" >"$DIR/etc/swift.conf"
  # The servers look for swift.conf in /etc/swift unless they are told otherwise before they begin.
  cat >"$DIR/etc/launch.py" <<'PY'
import os, runpy, sys
from swift.common import utils
utils.set_swift_dir(os.path.dirname(os.path.abspath(__file__)))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')
PY
  local part
  for part in account container object; do write_backend "$part"; done
  write_proxy
  write_rings
}

# ---------------------------------------------------------------- readiness

ask() { "$PYTHON" - "$@" <<'PY'
# ask METHOD URL [HEADER:VALUE...]: prints the status and the token, if any
import sys, urllib.error, urllib.request
method, url, *headers = sys.argv[1:]
request = urllib.request.Request(url, method=method, headers=dict(h.split(':', 1) for h in headers))
try:
    answer = urllib.request.urlopen(request, timeout=10)
except urllib.error.HTTPError as error:
    answer = error
except OSError:
    print(0, '')
    sys.exit()
print(answer.status, answer.headers.get('X-Auth-Token', ''))
PY
}

wait_for_part() {
  local port try; port=$(cat "$DIR/port/$1")
  for try in $(seq 150); do
    case $(ask GET "http://127.0.0.1:$port/healthcheck") in 200*) return ;; esac
    [ "$try" -lt 20 ] || is_running "$1" || break
    sleep 0.1
  done
  fail "$1 does not answer: $(tail -n 5 "$DIR/log/$1.log")"
}

prepare_container() {
  local base status token
  base="http://127.0.0.1:$(cat "$DIR/port/proxy")"
  for _ in $(seq 100); do
    read -r status token <<<"$(ask GET "$base/auth/v1.0" "X-Auth-User:${ACCOUNT#AUTH_}:admin" "X-Auth-Key:$ADMIN_KEY")"
    if [ "$status" = 200 ]; then
      status="$(ask POST "$base/v1/$ACCOUNT" "X-Auth-Token:$token" "X-Account-Meta-Temp-URL-Key:$URL_KEY")$(ask PUT "$base/v1/$ACCOUNT/$CONTAINER" "X-Auth-Token:$token")"
      case ${status// /} in 20[0-9]20[0-9]) return ;; esac
    fi
    sleep 0.1
  done
  fail "the account could not be prepared: $(tail -n 5 "$DIR/log/proxy.log")"
}

case ${1:-} in
  --install) install_packages; exit ;;
  --stop)
    DIR=$(realpath -m "${2:?a directory}"); shift 2
    [ $# -gt 0 ] || set -- proxy object container account memcached
    for part in "$@"; do stop_part "$part"; done
    exit ;;
  '' | -*) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

DIR=$(realpath -m "$1")
require_packages
configure
for part in "${PARTS[@]}"; do start_part "$part"; done
for part in account container object proxy; do wait_for_part "$part"; done
[ -e "$DIR/prepared" ] || { prepare_container; touch "$DIR/prepared"; }
printf 'SWIFT_URL=http://127.0.0.1:%s\nSWIFT_CONTAINER=/v1/%s/%s\nSWIFT_KEY=%s\n' "$(cat "$DIR/port/proxy")" "$ACCOUNT" "$CONTAINER" "$URL_KEY"
