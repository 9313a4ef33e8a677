#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: what is there already is kept. Nothing is printed.
# The containers run as user 1000 (Temporal, Ferry) and read the files with the owner and mode that they have here.
set -eu

directory="$(dirname "$0")/secrets"
umask 077
mkdir -p "$directory"

make() {
  [ -s "$directory/$1" ] && return
  cat > "$directory/$1.new"
  mv "$directory/$1.new" "$directory/$1"
}

random() {
  head -c 32 /dev/urandom | base64
}

# Letters and digits only: the password also travels inside connection strings.
random | tr -dc 'A-Za-z0-9' | make postgres_password
# 32 bytes as one line of base64, the form that sealKeyFile takes.
random | make seal_key
# The sandbox's administrator is a toy with a public password; it is a file because configuration takes no values.
printf 'sandbox\n' | make sandbox_password

if [ "$(uname -s)" = Linux ] && [ "$(id -u)" -ne 1000 ]; then
  if ! chown 1000:1000 "$directory"/* 2>/dev/null; then
    echo "The containers run as user 1000 and could not read $directory. Run: sudo chown 1000:1000 $directory/*" >&2
    exit 1
  fi
fi
