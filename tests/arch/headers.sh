#!/bin/sh
# headers.sh ROOT CC - each public header alone, included twice, compiles as pedantic C11 and,
# where the compiler has C++, as pedantic C++17.
set -u
root=$1 cc=$2
status=0
seen=0

# compile LANGUAGE STANDARD FLAG...: the header $header as the whole program.
compile() {
    language=$1 standard=$2
    shift 2
    printf '#include <prom/%s>\n#include <prom/%s>\ntypedef int header_was_read;\n' "$header" "$header" |
        "$cc" -x "$language" -std="$standard" -Wall -Wextra -Wpedantic -Wshadow -Werror "$@" \
            -I"$root/libprom/include" -fsyntax-only - || {
        echo "$header does not compile alone as $standard"
        status=1
    }
}

for path in "$root"/libprom/include/prom/*.h; do
    header=${path##*/}
    seen=$((seen + 1))
    compile c c11 -Wconversion -Wstrict-prototypes
    if printf '#include <cstddef>\n' | "$cc" -x c++ -fsyntax-only - 2>/dev/null; then
        compile c++ c++17 -Wconversion -Wold-style-cast
    else
        echo "no C++ headers for $cc: C++17 is not checked"
        status=1
    fi
done
[ "$seen" -gt 5 ] || { echo "only $seen headers found"; status=1; }
exit $status
