#!/usr/bin/env bash
# Makes the user that Orderly speaks to EventStoreDB as, and lets it read the whole log. Changes nothing the second time.
# Needs EVENTS_URL (a node), EVENTS_ADMIN_PASSWORD, EVENTS_PASSWORD; EVENTS_CA: the authority to trust.
set -euo pipefail

# The passwords go in by a file descriptor, not by the command line, which others could see.
call() { curl -sS --max-time 20 ${EVENTS_CA:+--cacert "$EVENTS_CA"} -K <(printf 'user = "admin:%s"' "$EVENTS_ADMIN_PASSWORD") "$@"; }
status() { call -o /tmp/answer -w '%{http_code}' "$@"; }
fail() { echo "$1" >&2; cat /tmp/answer >&2; exit 1; }

# Until there is a leader, the users can't be read.
for _ in $(seq 60); do
  code=$(status "$EVENTS_URL/users/orderly" -H 'Accept: application/json' || true)
  case $code in 200 | 401 | 404) break ;; esac
  sleep 1
done

case $code in
  200) echo "The user 'orderly' is there." ;;
  404)
    code=$(status "$EVENTS_URL/users/" -H 'Content-Type: application/json' -d @- <<JSON
{"loginName":"orderly","fullName":"Orderly","password":"$EVENTS_PASSWORD","groups":[]}
JSON
    )
    [ "$code" = 201 ] || fail "The user 'orderly' was not made: status $code."
    echo "Made the user 'orderly'." ;;
  *) fail "The users of EventStoreDB can't be read: status $code." ;;
esac

# Whether it can read the log: \$all is for administrators alone, unless its metadata says otherwise.
code=$(status "$EVENTS_URL/streams/%24all/metadata" -H 'Accept: application/json')
if [ "$code" = 200 ] && grep -q '"orderly"' /tmp/answer; then
  echo "'orderly' may read the log."
else
  code=$(status "$EVENTS_URL/streams/%24all/metadata" -H 'Content-Type: application/json' -H 'ES-EventType: $metadata' \
    -H "ES-EventId: $(cat /proc/sys/kernel/random/uuid)" -d '{"$acl":{"$r":["$admins","orderly"]}}')
  [ "$code" = 201 ] || fail "'orderly' was not given the right to read the log: status $code."
  echo "'orderly' may read the log now."
fi
