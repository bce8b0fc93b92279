#!/bin/sh
# The namespace that worker and gateway use, with the search attributes of the inbox. May be run again at any time.
# The same names as in handrail/search_attributes.py; a test compares them.
set -eu
namespace=${TEMPORAL_NAMESPACE:-default}

temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 30d

tries=30 # a new namespace is known to every part of the server after a few seconds
until present=$(temporal operator search-attribute list --namespace "$namespace" 2>&1); do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "$present" >&2; exit 1; }
  sleep 1
done
while read -r name type; do
  case "$present" in
    *"$name "*) ;;
    *) temporal operator search-attribute create --namespace "$namespace" --name "$name" --type "$type" ;;
  esac
done <<END
HandrailTenant Keyword
HandrailStatus Keyword
HandrailQueue Keyword
HandrailCall Keyword
HandrailCustomer Keyword
HandrailOwner Keyword
HandrailCurrency Keyword
HandrailDueAt Datetime
HandrailValue Int
END
