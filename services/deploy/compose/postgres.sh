#!/bin/sh
# PostgreSQL for docker-compose.yml: a database and a user for each service that has state, over TLS with certificates on both sides. The
# same on the image `postgres` and on one made from Debian's packages. The superuser exists inside this container only.
set -eu
umask 077
data=/var/lib/postgresql/data/mesh
secrets=/run/secrets/postgres

if [ ! -d "$data" ]; then
  rm -rf "$data.new"
  initdb --pgdata="$data.new" --username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8 --no-instructions >/dev/null
  for name in conductor token; do
    # By standard input: arguments can be seen by others.
    postgres --single -D "$data.new" postgres >/dev/null <<SQL
CREATE ROLE $name LOGIN PASSWORD '$(cat "$secrets/$name.password")'
CREATE DATABASE $name OWNER $name
REVOKE ALL ON DATABASE $name FROM PUBLIC
SQL
  done
  cat >"$data.new/pg_hba.conf" <<'HBA'
local   all        postgres                  peer
hostssl conductor  conductor  all            scram-sha-256 clientcert=verify-ca
hostssl token      token      all            scram-sha-256 clientcert=verify-ca
HBA
  mv "$data.new" "$data"
fi

exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c ssl=on \
  -c ssl_cert_file="$secrets/tls.pem" -c ssl_key_file="$secrets/tls.key" -c ssl_ca_file="$secrets/ca.pem"
