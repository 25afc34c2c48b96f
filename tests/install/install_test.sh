#!/bin/sh
# install_test.sh CMAKE SOURCE BUILD CC LIBDIR GENERATOR - installs BUILD into a fresh prefix,
# builds consumer/ against it in four ways and compares what each prints; at last a library
# without optional parts must build, and say that it cannot serve.
set -eu
cmake=$1 source=$2 build=$3 cc=$4 libdir=$5
export CMAKE_GENERATOR="$6"
here=$source/tests/install
work=$build/tests/install/work
prefix=$work/prefix
header=$source/libprom/include/prom/version.h
version=$(sed -n 's/^#define  *PROM_VERSION  *"\(.*\)"/\1/p' "$header")
rm -rf "$work"
mkdir -p "$work"

# expect WORD NAME COMMAND...: the command prints the exposition and WORD for its server.
expect() {
    word=$1 name=$2
    shift 2
    cat >"$work/want" <<END
# HELP hits_total Pages served.
# TYPE hits_total counter
hits_total 2.5
# $version $word
END
    "$@" >"$work/got" || { echo "$name: exit $?"; exit 1; }
    diff -u "$work/want" "$work/got" || { echo "$name: other text"; exit 1; }
    echo "$name: ok"
}

# linked PROGRAM: does it need the shared library at run time?
linked() { readelf -d "$1" | grep -q 'NEEDED.*libprom\.so\.0'; }

# with_pkg_config PREFIX OUT FLAG...: compiles the consumer as the manual says.
with_pkg_config() {
    at=$1 out=$2
    shift 2
    flags=$(PKG_CONFIG_PATH="$at/$libdir/pkgconfig" pkg-config "$@" --cflags --libs libprom)
    # Unquoted: a list of flags.
    "$cc" -std=c11 "$here/consumer/consumer.c" -o "$out" $flags
}

served=PROM_OK
grep -q '^PROM_HTTP:.*=OFF' "$build/CMakeCache.txt" && served=PROM_E_UNSUPPORTED

"$cmake" --install "$build" --prefix "$prefix" >"$work/install.log"

"$cmake" -S "$here/consumer" -B "$work/by-cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$cc" >"$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; exit 1; }
"$cmake" --build "$work/by-cmake" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
expect $served "cmake, shared" "$work/by-cmake/shared"
linked "$work/by-cmake/shared"
expect $served "cmake, static" "$work/by-cmake/static"
! linked "$work/by-cmake/static" || { echo "libprom::static is not static"; exit 1; }

with_pkg_config "$prefix" "$work/shared"
expect $served "pkg-config, shared" env LD_LIBRARY_PATH="$prefix/$libdir" "$work/shared"
cp -R "$prefix" "$work/archive-only"
rm "$work/archive-only/$libdir"/libprom.so*
with_pkg_config "$work/archive-only" "$work/static" --static
expect $served "pkg-config, static" "$work/static"

# The installed linter finds its library.
printf '# HELP a_total h\n# TYPE a_total counter\na_total 1\n' | "$prefix/bin/libprom-lint"
[ "$(printf 'a_ms 1\n' | "$prefix/bin/libprom-lint")" = "a_ms metric names should not contain abbreviated units
a_ms no help text" ] || { echo "libprom-lint: other problems"; exit 1; }
[ "$("$prefix/bin/libprom-lint" --version)" = "libprom-lint $version" ]
echo "libprom-lint: ok"

# Nothing but a compiler: no optional part, and it needs no library but libc and libm.
"$cmake" -S "$source" -B "$work/bare" -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Debug \
    -DPROM_HTTP=OFF -DPROM_GZIP=OFF -DPROM_ZSTD=OFF -DPROM_CURL=OFF -DPROM_SNAPPY=OFF -DPROM_PROTOBUF=OFF \
    -DPROM_LUA=OFF -DPROM_TESTS=OFF \
    -DPROM_WERROR=ON >"$work/bare.log" 2>&1 || { cat "$work/bare.log"; exit 1; }
"$cmake" --build "$work/bare" -j 2 >"$work/bare.log" 2>&1 || { cat "$work/bare.log"; exit 1; }
"$cmake" --install "$work/bare" --prefix "$work/bare-prefix" >>"$work/bare.log"
with_pkg_config "$work/bare-prefix" "$work/bare-shared"
expect PROM_E_UNSUPPORTED "without optional parts" \
    env LD_LIBRARY_PATH="$work/bare-prefix/$libdir" "$work/bare-shared"
extra=$(readelf -d "$work/bare-prefix/$libdir/libprom.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
    grep -vE '^(libc|libm|libpthread|ld-linux.*)\.so' || true)
[ -z "$extra" ] || { echo "the bare library needs $extra"; exit 1; }
