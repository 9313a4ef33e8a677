#!/bin/sh
# Makes Temporal's two databases and their schema, and brings them to the version of this image. May run any number of
# times. It sets a schema up only where there is none: setup-schema on an existing one puts its version back to 0.0, and
# the next update fails on rows that are there already.
set -eu

SQL_PASSWORD="$(cat "${SQL_PASSWORD_FILE:-/run/secrets/postgres_password}")"
export SQL_PASSWORD
schemas="${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}"

sql_tool() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port 5432 --user "$SQL_USER" --db "$database" "$@"
}

prepare() {
  sql_tool "$1" create
  if said="$(sql_tool "$1" update-schema -d "$schemas/$2/versioned" 2>&1)"; then
    echo "The schema of $1 is up to date."
    return
  fi
  case "$said" in
    *schema_version*' does not exist'* | *'no rows in result set'*) ;;
    *)
      echo "$said" >&2
      exit 1
      ;;
  esac
  sql_tool "$1" setup-schema -v 0.0
  sql_tool "$1" update-schema -d "$schemas/$2/versioned"
  echo "The schema of $1 is new."
}

prepare temporal temporal
prepare temporal_visibility visibility
