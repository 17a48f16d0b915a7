#!/usr/bin/env bash
# Asks this container's API for /health/live or /health/ready, with nothing but bash. Exits 0 when the answer is 200.
# Usage: healthcheck.sh [live|ready]; ORDERLY_PORT is the API's port, 8080 when unset.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/${ORDERLY_PORT:-8080}"
printf 'GET /health/%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${1:-live}" >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
