#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: what is there already is kept, but a certificate that ends within
# 30 days is made anew. Nothing of them is printed.
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

# An authority of this deployment alone, for mutual TLS with Temporal. Its key stays here and is mounted nowhere.
# Whoever has a certificate of this authority may use Temporal: Temporal itself knows no further rights.
command -v openssl > /dev/null || {
  echo "openssl is missing: it makes the certificates for mutual TLS." >&2
  exit 1
}

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2> /dev/null | make "$1"
}

new_key ca_key
if [ ! -s "$directory/ca_cert" ]; then
  openssl req -x509 -new -key "$directory/ca_key" -days 3650 -subj '/CN=Ferry deployment' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' | make ca_cert
fi

# certificate NAME EXTENSION...
certificate() {
  name=$1
  shift
  new_key "${name}_key"
  openssl x509 -in "$directory/${name}_cert" -noout -checkend 2592000 > /dev/null 2>&1 && return
  rm -f "$directory/${name}_cert"
  printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' "$@" > "$directory/extensions.new"
  openssl req -new -key "$directory/${name}_key" -subj "/CN=$name" |
    openssl x509 -req -days 825 -CA "$directory/ca_cert" -CAkey "$directory/ca_key" -set_serial "0x$(openssl rand -hex 16)" \
      -extfile "$directory/extensions.new" 2> /dev/null | make "${name}_cert"
  rm "$directory/extensions.new"
}

# The parts of the server call one another, so its certificate is for both ends.
certificate temporal 'extendedKeyUsage=serverAuth,clientAuth' 'subjectAltName=DNS:temporal,DNS:localhost,IP:127.0.0.1'
for client in ferry ui admin; do
  certificate "$client" 'extendedKeyUsage=clientAuth'
done

if [ "$(uname -s)" = Linux ] && [ "$(id -u)" -ne 1000 ]; then
  if ! chown 1000:1000 "$directory"/* 2>/dev/null; then
    echo "The containers run as user 1000 and could not read $directory. Run: sudo chown 1000:1000 $directory/*" >&2
    exit 1
  fi
fi
