#!/bin/sh
# The programs of the image, by name; everything after it goes to the program.
set -eu

name=${1:-}
[ $# -eq 0 ] || shift

case $name in
  # A worker that is killed has to be back within moments.
  worker) exec /app/deploy/image/keep-worker.sh "$@" ;;
  operator) exec node /app/operator/src/main.ts "$@" ;;
  connector) exec node /app/producer/src/main.ts "$@" ;;
  gateway)
    export FEEDMILL_CONSOLE_DIR="${FEEDMILL_CONSOLE_DIR-/app/console/bundle}"
    exec node /app/gateway/src/main.ts "$@"
    ;;
  witness) exec node /app/witness/src/main.ts "$@" ;;
  migrate) exec node /app/store/src/migrate/main.ts "$@" ;;
  feedmill) exec node /app/cli/src/main.ts "$@" ;;
esac

echo "'$name' is no program of this image: worker, operator, connector, gateway, witness, migrate or feedmill." >&2
exit 2
