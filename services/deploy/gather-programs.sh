#!/bin/sh
# Puts the Debian programs that a service starts into a folder, for services/Dockerfile: what services/<service>/image-programs names, and the
# shared libraries that these are linked to. Makes an empty folder for a service without that file; nothing is downloaded then.
#   gather-programs.sh services/bmc-driver/ipmi-socat/image-programs /out
# Each line of the file is the name of a package and the files that are taken of it; # begins a comment.
set -eu
list=$1
out=$2
mkdir -p "$out"
[ -e "$list" ] || exit 0

missing=
files=
while read -r package wanted; do
  files="$files $wanted"
  # shellcheck disable=SC2086
  ls -- $wanted >/dev/null 2>&1 || missing="$missing $package"
done <<LINES
$(sed 's/#.*//; /^[[:space:]]*$/d' "$list")
LINES

if [ -n "$missing" ]; then
  # Without the error mode an archive that does not answer would be a warning.
  # shellcheck disable=SC2086
  if ! { apt-get update -q -o APT::Update::Error-Mode=any \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >/tmp/apt 2>&1; then
    cat /tmp/apt >&2
    echo "gather-programs: this image needs the Debian packages$missing, and they could not be installed; the reason is above." >&2
    echo "gather-programs: let the build reach a Debian archive (--network, http_proxy), or leave this image out." >&2
    exit 1
  fi
fi

for file in $files; do
  cp --parents --dereference "$file" "$out"
  # Data has no libraries.
  { ldd "$file" 2>/dev/null || true; } | { grep -o '/[^ :)]*\.so[^ )]*' || true; }
done | sort -u | xargs -r -I{} cp --parents --dereference {} "$out"
