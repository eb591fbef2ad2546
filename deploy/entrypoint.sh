#!/bin/sh
# As in the images of distribution: a lone file is served, the program's options and commands are its own, and any other
# program of the image is run as it is.
set -e
case "$1" in
  *.yaml | *.yml) set -- registry serve "$@" ;;
  */*) ;;
  *) [ -x "/bin/$1" ] || set -- registry "$@" ;;
esac
exec "$@"
