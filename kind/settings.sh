# What the scripts of this folder have in common; sourced by them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

image=feedmill:dev
namespace=feedmill
name=${KIND_CLUSTER_NAME:-feedmill}

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# cluster_of REGION: the first region's cluster has the plain name; KIND_CLUSTER_NAME may be another.
cluster_of() {
  if [ "$1" -eq 1 ]; then echo "$name"; else echo "$name-$1"; fi
}

# node_of REGION: the node of a region that has one, which is a container.
node_of() { echo "$(cluster_of "$1")-control-plane"; }

# Of two regions; a container beside the clusters, on their network.
witness="$name-witness"

is_container() { docker container inspect "$1" >/dev/null 2>&1; }

# kube REGION COMMAND…: kubectl or helm in a region's cluster, in our namespace.
kube() {
  local context
  context="kind-$(cluster_of "$1")"
  case $2 in
    helm) "${@:2}" --kube-context "$context" --namespace "$namespace" ;;
    *) kubectl --context "$context" --namespace "$namespace" "${@:2}" ;;
  esac
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || {
      echo "$tool is not installed; https://kind.sigs.k8s.io says how to get what kind needs." >&2
      exit 1
    }
  done
}
