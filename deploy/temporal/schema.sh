#!/bin/sh
# Temporal's tables, made or brought up to date. `auto-setup`, which did this in the server's image, is deprecated.
set -eu

tables() { # database, folder of its schema
  tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database $1"
  $tool setup-schema --version 0.0 2>/dev/null || true # fails when it was done before; the next line tells a real fault
  $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

tables temporal temporal
tables temporal_visibility visibility
