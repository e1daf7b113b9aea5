# Puts the key, password and token in place; fence.sh, which runs after this, makes the service use them.
chmod 0755 /etc/pgha-fence
