#!/bin/sh
# Look for what the system lacks; install it where we may, else print the one command.
# `system.sh compiler` looks for a C compiler too: SageMaker's toolkit, which the tests run jobs in, comes as source.
set -eu
python="${PYTHON:-python3}"
missing=""
[ -n "$python" ] && "$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
libraries="$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null || true)"
case "$libraries" in *libGL.so.1*) ;; *) missing="$missing libgl1" ;; esac
case "$libraries" in *libglib-2.0.so.0*) ;; *) missing="$missing libglib2.0-0" ;; esac
if [ "${1:-}" = compiler ]; then
  command -v cc >/dev/null || missing="$missing gcc libc6-dev"
  [ -n "$python" ] && "$python" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' \
    2>/dev/null || missing="$missing python3-dev"
fi
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing system packages:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
  else
    echo "This system lacks:$missing"
    echo "Install with:  sudo apt-get install -y$missing"
    exit 1
  fi
fi
found="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
if [ "$found" != 3.11 ]; then
  echo "Expected Python 3.11, found $found ($python). Install python3.11 (Debian 12 has it as python3)."
  exit 1
fi
