#!/bin/sh
# Runs a worker, and starts it again at once when it was killed: the kubelet would take seconds, and
# longer each time. Its volume, its address and its producers are waiting. A worker that ends by
# itself, and one that is killed again and again, ends the container; the kubelet decides then.

killed_max=5        # in a row, each within:
short_life_seconds=30
killed=0
stopping=
child=

stop() {
  stopping=1
  kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT

while :; do
  started=$(date +%s)
  node /app/pod-worker/src/main.ts "$@" &
  child=$!
  # A signal for us ends the waiting, not the worker.
  wait "$child"
  code=$?
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  if [ "$code" -le 128 ] || [ -n "$stopping" ]; then exit "$code"; fi
  if [ $(($(date +%s) - started)) -lt $short_life_seconds ]; then
    killed=$((killed + 1))
  else
    killed=1
  fi
  if [ $killed -gt $killed_max ]; then exit "$code"; fi
  echo "{\"level\":40,\"msg\":\"The worker was killed (exit code $code) and starts again.\"}" >&2
done
