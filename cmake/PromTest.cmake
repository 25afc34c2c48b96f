# What tests need, found once for all folders that have some.
if(PROM_TESTS)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(jansson REQUIRED QUIET IMPORTED_TARGET GLOBAL jansson)
    find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
endif()

# prom_test(name SOURCES file... [LABELS label...] [LIBRARIES target...] [TIMEOUT seconds])
# One executable, one test. It sees the library's insides through prom_testing.
function(prom_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LABELS;LIBRARIES")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_executable(${name} ${arg_SOURCES})
    prom_compile(${name})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/c")
    target_compile_definitions(${name} PRIVATE
        TESTS_GOLDEN="${PROJECT_SOURCE_DIR}/tests/golden"
        TESTS_CASES="${PROJECT_SOURCE_DIR}/tests/cases")
    target_link_libraries(${name} PRIVATE
        prom_testing PkgConfig::jansson Threads::Threads m ${arg_LIBRARIES})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()
