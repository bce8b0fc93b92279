#!/bin/sh
# The namespace that worker and gateway use. Handrail creates its search attributes in it by itself.
set -eu

temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d
