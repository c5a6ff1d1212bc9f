# What stands outside the machine in the second phase: an authority in place of Let's Encrypt (Pebble, its own test server), and a DNS
# in which every name leads here.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout acme.key -out acme.pem 2>openssl.log
/lane/bin/pebble-challtestsrv -dns01 127.0.0.1:8053 -management 127.0.0.1:8055 -defaultIPv4 127.0.0.1 -defaultIPv6 '' \
  -http01 '' -https01 '' -tlsalpn01 '' >dns.log 2>&1 &
cat >pebble.json <<'END'
{ "pebble": {
  "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
  "certificate": "/root/acme.pem", "privateKey": "/root/acme.key",
  "httpPort": 80, "tlsPort": 1, "ocspResponderURL": "", "externalAccountBindingRequired": false
} }
END
PEBBLE_VA_NOSLEEP=1 PEBBLE_AUTHZREUSE=0 /lane/bin/pebble -config pebble.json -strict -dnsserver 127.0.0.1:8053 >pebble.log 2>&1 &
cat >>landfall.env <<'END'
LANDFALL_ACME_DIRECTORY=https://localhost:14000/dir
LANDFALL_ACME_CA_FILE=/root/acme.pem
LANDFALL_ACME_RESOLVERS=127.0.0.1:8053
END
