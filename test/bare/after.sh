# After the page's commands: the service answers by its name, with the certificate that was ordered for it.
cd /root
curl --silent --fail --cacert acme.pem https://localhost:15000/roots/0 >issuer.pem
set +x
for _ in $(seq 600); do
  answer=$(curl --silent --fail --cacert issuer.pem https://shop.example.com/ || true)
  [[ $answer != 'Hello from a bare machine' ]] || break
  sleep 0.5
done
set -x
[[ $answer == 'Hello from a bare machine' ]] || { landfall status; landfall doctor; cat up.log pebble.log; exit 1; }
[[ $(curl --silent --output /dev/null --write-out '%{http_code} %{redirect_url}' http://shop.example.com/) == '308 https://shop.example.com/' ]]
landfall status
kill -TERM "$landfall"
wait "$landfall" || true
landfall down
