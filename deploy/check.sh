#!/bin/sh
# Says whether a deployment works: registers a customer and a product, receives stock, places an order, repeats the request,
# and reads everything back at the order's position. Needs sh and curl.
# Usage: check.sh [URL]. Each run adds one customer, product and order, named check-…; CHECK_ID names them otherwise.
set -eu
api=${1:-http://localhost:5080}
id=${CHECK_ID:-check-$(date +%s)-$$}
sku=$(echo "$id" | tr '[:lower:]' '[:upper:]')
patience=${CHECK_PATIENCE:-60}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

fail() { echo "FAILED: $1" >&2; cat "$answer" >&2; echo >&2; exit 1; }

# ask STATUS METHOD PATH [curl's arguments]: one request, whose answer must have this status.
ask() {
  expected=$1 method=$2 path=$3
  shift 3
  status=$(curl -sS --max-time 40 -o "$answer" -w '%{http_code}' -X "$method" "$api$path" "$@" || true)
  [ "$status" = "$expected" ] || fail "$method $path answered $status instead of $expected."
}

send() { ask "$1" POST "$2" -H 'Content-Type: application/json' -H "Idempotency-Key: $id$3" -d "$4"; }
read_at() { ask 200 GET "$1" -H "Min-Log-Position: $position" -H 'Prefer: wait=30'; }
holds() { grep -q "$1" "$answer" || fail "The answer lacks $1."; }
position_of_answer() { sed -n 's/.*"position": *"\([^"]*\)".*/\1/p' "$answer"; }

waited=0
until [ "$(curl -s --max-time 5 -o "$answer" -w '%{http_code}' "$api/health/ready")" = 200 ]; do
  [ "$waited" -lt "$patience" ] || fail "$api is not ready after $patience seconds."
  waited=$((waited + 1))
  sleep 1
done

send 201 /v1/customers -customer "{\"customerId\":\"$id\",\"name\":\"Check\",\"email\":\"check@example.com\"}"
send 201 /v1/products -product "{\"sku\":\"$sku\",\"name\":\"Check lamp\",\"unitPrice\":19.95,\"currency\":\"EUR\"}"
send 200 "/v1/products/$sku/stock-receipts" -stock '{"quantity":40,"reference":"check"}'

order="{\"orderId\":\"$id\",\"customerId\":\"$id\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\"$sku\",\"quantity\":2,\"unitPrice\":19.95}]}"
send 201 /v1/orders -order "$order"
position=$(position_of_answer)
[ -n "$position" ] || fail 'The order was placed without a position.'
send 201 /v1/orders -order "$order"
[ "$(position_of_answer)" = "$position" ] || fail 'The same request again took effect again.'

read_at "/v1/orders/$id"
holds '"total": *39\.9'
holds '"name": *"Check lamp"'
read_at "/v1/customers/$id"
holds '"placed": *1'
read_at "/v1/products/$sku"
holds '"onHand": *40'
ask 200 GET "/v1/history/order-$id"
holds 'order-placed'

echo "PASSED: order $id was placed at position $position and read back from $api."
