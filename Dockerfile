# Both programs, and nothing else: they are static. The context is an unpacked archive of a release, or of `.ci/release`:
#   docker build --tag berthlint berthlint-VERSION-TARGET
#   docker run --rm --volume "$PWD:/repository:ro" berthlint check
# There is no git in it: `--changed-since` needs the programs themselves.
FROM scratch
COPY berthlint berth-run /usr/local/bin/
COPY LICENSE-APACHE LICENSE-MIT LICENSES-THIRD-PARTY /usr/share/doc/berthlint/
LABEL org.opencontainers.image.title="berthlint" \
    org.opencontainers.image.description="Finds and mends what CI jobs do to each other on a shared Docker daemon" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
# Nobody: what is checked is only read. With `--fix`, run it as whoever owns the checkout: `--user "$(id -u):$(id -g)"`.
USER 65534:65534
WORKDIR /repository
ENTRYPOINT ["/usr/local/bin/berthlint"]
