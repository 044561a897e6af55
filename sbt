#!/bin/sh
# Runs sbt for this build: an installed sbt 1.x where there is one, else sbt's launcher, fetched once by its coordinates
# with the Ivy that pyspark ships (no other download tool, no host name). What it does is told on stderr.
# `dagster-pipes-jvm init` puts this file into its projects.
set -eu

version=1.12.0
here=$(cd "$(dirname "$0")" && pwd -P)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/dagster-pipes-jvm/sbt"

say() { echo "sbt: $*" >&2; }
fail() { say "$*"; exit 1; }

# The first sbt on PATH that is not this file.
installed_sbt() {
  rest=$PATH:
  while [ -n "$rest" ]; do
    dir=${rest%%:*}
    rest=${rest#*:}
    if [ -n "$dir" ] && [ -x "$dir/sbt" ] && [ ! -d "$dir/sbt" ] && ! [ "$dir/sbt" -ef "$here/sbt" ]; then
      echo "$dir/sbt"
      return
    fi
  done
}

cd "$here"

if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
  java=$JAVA_HOME/bin/java
else
  java=$(command -v java) || fail "no java found. Install JDK 17 (Debian: apt-get install openjdk-17-jdk-headless) or set JAVA_HOME."
fi

other=$(installed_sbt)
if [ -n "$other" ]; then
  case $("$other" --script-version 2>/dev/null | tail -n 1) in
    1.*)
      say "using $other"
      exec "$other" "$@" # it reads .jvmopts itself
      ;;
    *) say "$other is no sbt 1.x, leaving it alone" ;;
  esac
fi

launcher=$cache/sbt-launch-$version.jar
if [ ! -s "$launcher" ]; then
  ivy=
  for python in "${VIRTUAL_ENV:-$here/.venv}/bin/python" "$here/../.venv/bin/python" python3; do
    found=$("$python" -c 'import importlib.util as u; print(*u.find_spec("pyspark").submodule_search_locations)' 2>/dev/null) || continue
    for jar in "$found"/jars/ivy-*.jar; do
      if [ -z "$ivy" ] && [ -f "$jar" ]; then ivy=$jar; fi
    done
  done
  [ -n "$ivy" ] || fail "no sbt on PATH, and no Python environment with pyspark whose Ivy could fetch it. Activate one, or install pyspark into .venv (in this project's own repository: make setup)."
  say "fetching sbt's launcher $version into $cache"
  mkdir -p "$cache"
  # Into a directory of its own, then moved: two builds that start together, or one cut short, leave no half jar.
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  "$java" -jar "$ivy" -cache "$work/ivy" -confs master -types jar -dependency org.scala-sbt sbt-launch "$version" \
    -retrieve "$work/[artifact]-[revision].[ext]" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "sbt's launcher could not be fetched (see above). Is Maven Central reachable? A proxy goes into JAVA_TOOL_OPTIONS; an installed sbt 1.x on PATH is used instead."; }
  [ -s "$work/sbt-launch-$version.jar" ] || { cat "$work/log" >&2; fail "Ivy ended without sbt's launcher (see above)."; }
  mv "$work/sbt-launch-$version.jar" "$launcher"
  rm -rf "$work"
  trap - EXIT
fi

# One option a line in .jvmopts; none of them holds a space.
options=
if [ -f .jvmopts ]; then options=$(grep -v '^#' .jvmopts); fi
# shellcheck disable=SC2086
exec "$java" $options -jar "$launcher" "$@"
