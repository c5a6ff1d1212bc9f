# After the page's commands: the service answers, as the page promises.
SERVICE=http://127.0.0.1:20080/
for _ in $(seq 600); do
  answer=$(curl --silent --fail "$SERVICE" || true)
  [[ $answer != 'Hello from a bare machine' ]] || break
  sleep 0.5
done
[[ $answer == 'Hello from a bare machine' ]]
landfall status
kill -INT %2
wait %2 || true
landfall down
