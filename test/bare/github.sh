# What stands outside the machine in the second phase: GitHub, by its stand-in, with a repository; and the names of the page.
program=/usr/local/lib/node_modules/landfall/stand-ins/github/main.js
export GITHUB_WEBHOOK_URL=http://127.0.0.1:8080/api/webhooks/github
GITHUB_WEBHOOK_SECRET=$(cat webhook-secret) node $program --dir /root/github --port 7001 >github.json &
until grep --quiet privateKeyFile github.json; do sleep 0.1; done
unset GITHUB_WEBHOOK_URL
cp github/app.pem app.pem
echo 'GITHUB_API_URL=http://127.0.0.1:7001' >>landfall.env
echo '127.0.0.1 landfall.example.com shop.example.com' >>/etc/hosts

added=$(curl --silent --fail --data '{"owner":"acme","name":"shop"}' http://127.0.0.1:7001/_control/repositories)
git config --global user.name 'Octo Cat'
git config --global user.email octocat@example.com
git config --global "url.$(sed 's/.*"pushUrl":"\([^"]*\)[.]git".*/\1/' <<<"$added").insteadOf" https://github.com/acme/shop

# The repository that a person brings along.
mkdir app && cp /lane/app/busybox app/ && echo 'Hello from a bare machine' >app/index.html
cat >app/Dockerfile <<'END'
FROM scratch
COPY busybox /bin/busybox
COPY index.html /www/index.html
# As the first process of a container busybox ignores SIGTERM.
STOPSIGNAL SIGKILL
EXPOSE 8080
CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]
END
git -C app init --quiet --initial-branch=main
git -C app add --all
git -C app commit --quiet --message 'A web server'
git -C app push --quiet https://github.com/acme/shop main
