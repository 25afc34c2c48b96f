# Reads the version from version.h, its only home, into PROM_VERSION.
set(header "${CMAKE_CURRENT_LIST_DIR}/../libprom/include/prom/version.h")
file(STRINGS "${header}" line REGEX "^#define PROM_VERSION +\"")
if(NOT line MATCHES "\"([0-9]+\\.[0-9]+\\.[0-9]+)\"")
    message(FATAL_ERROR "version.h: no line '#define PROM_VERSION \"x.y.z\"'")
endif()
set(PROM_VERSION "${CMAKE_MATCH_1}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
