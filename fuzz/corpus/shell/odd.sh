a=$((1 + 2 * (3))) b+=(c) sh -c 'docker ps; "$0"' \
  -- x; while read -r l; do ((i++)); done <<< "$l"
! time { a |& b; } && for ((i=0;i<3;i++)); do :; done
