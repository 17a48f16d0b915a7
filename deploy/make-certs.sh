#!/usr/bin/env bash
# Makes a certificate authority and a certificate for each node of EventStoreDB, once.
# Runs in the image of es-gencert-cli, as root: /certs goes to the nodes, /ca to whoever must trust them.
set -euo pipefail
umask 022
cd /certs
[ -f complete ] && { echo "The certificates are there."; exit 0; }

rm -rf ca events1 events2 events3
es-gencert-cli create-ca -out ca
for node in events1 events2 events3; do
  es-gencert-cli create-node -ca-certificate ca/ca.crt -ca-key ca/ca.key -out "$node" \
    -dns-names "$node,localhost" -ip-addresses 127.0.0.1
  # The server runs as 1000.
  chmod 0755 "$node" && chmod 0400 "$node/node.key" && chown 1000:1000 "$node/node.key"
done

# The authority's key stays behind, unreadable to the nodes; what they trust lies apart from it.
mkdir -p trusted && cp ca/ca.crt trusted/ && cp ca/ca.crt /ca/
chmod 0444 trusted/ca.crt /ca/ca.crt && chmod 0700 ca
touch complete
