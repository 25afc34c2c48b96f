#!/bin/sh
# symbols.sh ROOT SHARED STATIC - what the library puts into a program, and what it never calls.
set -u
root=$1 shared=$2 static=$3
status=0

complain() {
    [ -z "$2" ] && return
    printf '%s:\n%s\n' "$1" "$2"
    status=1
}

# Compilers add nothing global of their own here: sanitized builds do not run this.
globals=$(nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | sort -u)
exports=$(nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 }' | sort -u)
plain=$(printf '%s\n' "$exports" | sed 's/@.*//')

complain "the archive has globals that do not begin with prom_" \
    "$(printf '%s\n' "$globals" | grep -v '^prom_')"
complain "the shared library exports more than prom_[a-z]* and prom__pb__*" \
    "$(printf '%s\n' "$plain" | grep -vE '^prom_([a-z]|_pb__)')"
complain "exported without the version LIBPROM_0" \
    "$(printf '%s\n' "$exports" | grep -v '@@LIBPROM_0$')"
complain "exported, but in no public header" "$(
    for name in $plain; do
        case $name in prom__pb__*) continue ;; esac # of a header made at build time
        grep -qrw "$name" "$root/libprom/include/prom" ||
            grep -qrE "X\(.*, ${name#prom_}, " "$root/libprom/include/prom" || echo "$name"
    done
)"
# Nothing aborts, exits, prints, installs a signal handler or sets a locale.
complain "calls what the library promises never to call" "$(
    nm -D --undefined-only "$shared" | awk '{ print $2 }' | sed 's/@.*//' |
        grep -xE 'abort|_?exit|_Exit|quick_exit|__assert_fail|(v?printf|__v?printf_chk)|puts|putchar|perror|std(out|err)|signal|sigaction|setlocale'
)"
count=$(printf '%s\n' "$plain" | grep -c '^prom_[a-z]')
[ "$count" -ge 50 ] || complain "too few exports" "$count"
soname=$(readelf -d "$shared" | sed -n 's/.*SONAME.*\[\(.*\)\].*/\1/p')
[ "$soname" = libprom.so.0 ] || complain "soname is not libprom.so.0" "$soname"
exit $status
