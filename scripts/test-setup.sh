#!/bin/bash
# Installs the programs that the tests can use beyond npm's: Debian packages, and registry clients built by `go install`.
# Run again, it looks what is missing and does nothing else. What this machine cannot have is named, and its tests are
# skipped: the exit status is 0 all the same.
cd "$(dirname "$0")/.." || exit 1

packages=(
  docker.io containerd runc iptables   # the Docker engine and its command line, ctr
  docker-compose systemd               # compose files, the unit of deploy/
  podman buildah skopeo umoci          # the containers/image family
  docker-registry                      # a peer: compatibility of storage, benchmarks
  busybox-static                       # the content of the images that the tests make
  nginx-light                          # a TLS terminating proxy in front, benchmarks
  strace openssl apache2-utils         # faults at system calls, certificates, htpasswd
  iproute2 e2fsprogs jq                # network namespaces, small file systems that fill up
)
# module path@version: the last part of the path is the program's name.
modules=(
  github.com/google/go-containerregistry/cmd/crane@v0.22.1
  github.com/regclient/regclient/cmd/regctl@v0.11.7
  helm.sh/helm/v3/cmd/helm@v3.19.0
  github.com/letsencrypt/pebble/v2/cmd/pebble@v2.7.0
)
left_out=()
root=()
[ "$(id -u)" = 0 ] || root=(sudo -n)
scratch=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
is_policy_ours=""
trap 'rm -rf "$scratch"; [ -z "$is_policy_ours" ] || "${root[@]}" rm -f "$policy"' EXIT

say() { echo "test:setup: $*"; }

install_packages() {
  local package missing=() known=()
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    left_out+=("the Debian packages ${packages[*]} (no apt on this machine)")
    return
  fi
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    left_out+=("the Debian packages ${missing[*]} (neither root nor sudo without a password)")
    return
  fi
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq >"$scratch/log" 2>&1 || tail -n 3 "$scratch/log"
  for package in "${missing[@]}"; do
    if apt-cache show "$package" 2>/dev/null | grep -q '^Package:'; then known+=("$package"); else left_out+=("$package (apt does not know it)"); fi
  done
  [ ${#known[@]} -gt 0 ] || return
  forbid_services
  # Podman recommends crun, which fails where control groups are mounted in the old and the new way: runc is named instead.
  if ! apt_install "${known[@]}"; then
    # One package that cannot be installed must not take the others with it.
    for package in "${known[@]}"; do apt_install "$package" || left_out+=("$package ($(tail -n 1 "$scratch/log"))"); done
  fi
}

apt_install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >"$scratch/log" 2>&1 </dev/null
}

# The tests start private engines of their own; a package's own service would only be in the way.
forbid_services() {
  [ ! -e "$policy" ] || return 0
  printf '#!/bin/sh\nexit 101\n' >"$scratch/policy"
  "${root[@]}" install -m 755 "$scratch/policy" "$policy" && is_policy_ours=yes
}

install_modules() {
  local module name version go
  go=$(PATH=$PATH:/usr/local/go/bin:$HOME/go/bin command -v go)
  mkdir -p .cache/bin
  for module in "${modules[@]}"; do
    name=$(basename "${module%@*}") version=${module#*@}
    if [ -z "$go" ]; then
      PATH=$PWD/.cache/bin:$PATH command -v "$name" >/dev/null || left_out+=("$name (no Go on this machine)")
      continue
    fi
    "$go" version -m ".cache/bin/$name" 2>/dev/null | grep -q "^[[:space:]]mod[[:space:]].*[[:space:]]$version[[:space:]]" && continue
    say "building $name $version (up to some minutes the first time)"
    GOBIN=$PWD/.cache/bin "$go" install "$module" >"$scratch/log" 2>&1 </dev/null \
      || left_out+=("$name (go install: $(tail -n 1 "$scratch/log"))")
  done
}

install_packages
install_modules
for what in "${left_out[@]}"; do say "left out: $what"; done
[ ${#left_out[@]} -gt 0 ] || say "all there"
exit 0
