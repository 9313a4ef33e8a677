#!/bin/sh
# Makes Ferry's namespace with its retention and search attributes. May run any number of times. The command takes its
# certificates from TEMPORAL_TLS_*.
set -eu

attempts="${ATTEMPTS:-60}"

# A new namespace is known to the whole server only some seconds later, and a server that listens may not answer yet.
retry() {
  attempt=1
  until "$@"; do
    [ "$attempt" -ge "$attempts" ] && exit 1
    attempt=$((attempt + 1))
    sleep 2
  done
}

namespace() {
  temporal operator namespace "$1" --address "$TEMPORAL_ADDRESS" --namespace "$NAMESPACE" --retention "$RETENTION"
}

create_or_update() {
  namespace update > /dev/null 2>&1 || namespace create > /dev/null 2>&1 || namespace update
}

search_attribute() {
  temporal operator search-attribute create --address "$TEMPORAL_ADDRESS" --namespace "$NAMESPACE" \
    --type Keyword --name "$1" > /dev/null
}

retry create_or_update
# One at a time: of several names given at once the command adds the first and says that it added all (CLI 1.9.1).
for name in FerryAccount FerryConsumer FerryState FerryStep FerryConversation FerryBatch; do
  retry search_attribute "$name"
done
echo "Namespace $NAMESPACE keeps closed workflows for $RETENTION and knows Ferry's search attributes."
