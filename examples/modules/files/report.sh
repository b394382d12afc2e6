#!/bin/sh -e
# Writes a report into a folder, or lists what is there.
if [ "$1" = --list ]; then
  exec ls -l "$2"
fi
printf 'report: %s\n' "$2" >"$1/report"
