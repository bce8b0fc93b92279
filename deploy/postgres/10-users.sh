#!/bin/sh
# Run once by the postgres image, on an empty volume: a user for Temporal and one for Handrail, each with its own databases.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal_password="$TEMPORAL_PASSWORD" --set handrail_password="$HANDRAIL_PASSWORD" <<'SQL'
CREATE USER temporal PASSWORD :'temporal_password';
CREATE USER handrail PASSWORD :'handrail_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE handrail OWNER handrail;
SQL
