# Optional parts. Each is a tag in libprom/sources.txt, an option PROM_<TAG> and a pkg-config
# module; where the module is missing the part's *_none.c is built in its place.
#
# PROM_PARTS holds the tags of the parts that are there; each has a target PkgConfig::prom_<tag>.
# The same names are made again by libprom-config.cmake for those who link the static library.

find_package(PkgConfig QUIET)
set(PROM_PARTS "")

# prom_part(tag module [program]): the program is needed to build the part.
function(prom_part tag module)
    string(TOUPPER "PROM_${tag}" option)
    set(found FALSE)
    if(NOT "${${option}}" STREQUAL "OFF" AND PKG_CONFIG_FOUND)
        pkg_check_modules(prom_${tag} QUIET IMPORTED_TARGET GLOBAL "${module}")
        set(found ${prom_${tag}_FOUND})
    endif()
    if(found AND ARGC GREATER 2)
        find_program(PROM_PROGRAM_${tag} "${ARGV2}")
        mark_as_advanced(PROM_PROGRAM_${tag})
        if(NOT PROM_PROGRAM_${tag})
            set(found FALSE)
            string(APPEND module " or no ${ARGV2}")
        endif()
    endif()
    if(found)
        set(PROM_PARTS ${PROM_PARTS} ${tag} PARENT_SCOPE)
        set(prom_${tag}_LDFLAGS "${prom_${tag}_LDFLAGS}" PARENT_SCOPE)
        message(STATUS "part ${tag}: ${module}")
    elseif("${${option}}" STREQUAL "ON")
        message(FATAL_ERROR "${option} is ON, but pkg-config does not find ${module}")
    else()
        message(STATUS "part ${tag}: left out")
    endif()
endfunction()

set(PROM_MODULE_http "libmicrohttpd>=0.9.75")
set(PROM_MODULE_gzip "zlib")
set(PROM_MODULE_zstd "libzstd>=1.4")
set(PROM_MODULE_curl "libcurl>=7.87")
set(PROM_MODULE_protobuf "libprotobuf-c>=1.4")
set(PROM_MODULE_snappy "snappy")
prom_part(http "${PROM_MODULE_http}")
prom_part(gzip "${PROM_MODULE_gzip}")
prom_part(zstd "${PROM_MODULE_zstd}")
prom_part(curl "${PROM_MODULE_curl}")
prom_part(protobuf "${PROM_MODULE_protobuf}" protoc-c)
prom_part(snappy "${PROM_MODULE_snappy}")

# Parts that only take a function of the C library are tags too, with nothing to link.
include(CheckSymbolExists)
set(PROM_FEATURES "")
check_symbol_exists(mallinfo2 "malloc.h" PROM_HAVE_MALLINFO2)
if(PROM_HAVE_MALLINFO2)
    list(APPEND PROM_FEATURES malloc)
endif()
