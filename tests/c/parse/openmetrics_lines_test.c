// SPDX-License-Identifier: Apache-2.0
/* openmetrics_lines_test.c - every way in which a line of OpenMetrics can be
 * wrong, and where the parser says that it is. */
#include "openmetrics.h"

static void test_the_end_of_the_text(void)
{
    CHECK_REFUSED_WHOLE("", "line 1, column 1: there is no # EOF at the end");
    CHECK_REFUSED_WHOLE("a 1\n", "line 2, column 1: there is no # EOF at the end");
    CHECK_REFUSED_WHOLE("a 1", "line 1, column 4: the last line has no end");
    CHECK_REFUSED_WHOLE("# TYPE a gauge\n"
                        "# HELP",
                        "line 2, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("a 1\n"
                        "# EOF\n"
                        "b 1\n",
                        "line 3, column 1: there is more behind # EOF");
    CHECK_REFUSED_WHOLE("a 1\n"
                        "# EOF\n"
                        "\n",
                        "line 3, column 1: there is more behind # EOF");
    CHECK_REFUSED_WHOLE("a 1\n"
                        "# EOF\n"
                        "# EOF\n",
                        "line 3, column 1: there is more behind # EOF");
    CHECK_REFUSED_WHOLE("# EOF \n",
                        "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("# EOF\r\n",
                        "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("# EOFF\n",
                        "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("# eof\n",
                        "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("#EOF\n",
                        "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE(" # EOF\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED_WHOLE("a 1\n"
                        "# EOFb",
                        "line 2, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED_WHOLE("\xef\xbb\xbf# EOF\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED_WHOLE("a{l=\"\xff\"} 1\n"
                        "# EOF\n",
                        "line 1, column 6: the text is not valid UTF-8");
}

static void test_lines(void)
{
    CHECK_REFUSED("\n", "line 1, column 1: an empty line");
    CHECK_REFUSED("a 1\n"
                  "\n",
                  "line 2, column 1: an empty line");
    CHECK_REFUSED(" \n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("# a comment\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("#\n", "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# \n", "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("#TYPE a gauge\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# TYPE\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# TYPE \n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# TYPE a\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# TYPE a\tgauge\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("#  TYPE a gauge\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# TYPE  a gauge\n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# TYPE a  gauge\n", "line 1, column 10: no type");
    CHECK_REFUSED("# TYPE a gauge \n", "line 1, column 15: the line must end here");
    CHECK_REFUSED("# TYPE a gauge\r\n", "line 1, column 10: 'gauge\r' is not a metric type");
    CHECK_REFUSED(" # TYPE a gauge\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("# FOO a x\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# type a gauge\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
}

static void test_types(void)
{
    CHECK_REFUSED("# TYPE a meh\n", "line 1, column 10: 'meh' is not a metric type");
    CHECK_REFUSED("# TYPE a untyped\n", "line 1, column 10: 'untyped' is not a metric type");
    CHECK_REFUSED("# TYPE a Gauge\n", "line 1, column 10: 'Gauge' is not a metric type");
    CHECK_REFUSED("# TYPE a \n", "line 1, column 10: no type");
    CHECK_REFUSED("# TYPE a gauge gauge\n", "line 1, column 15: the line must end here");
    CHECK_REFUSED("# TYPE 0a gauge\n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# TYPE a.b gauge\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# TYPE \"\" gauge\n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# TYPE \"a gauge\n",
                  "line 1, column 8: the name has no closing quote in its line");
    CHECK_REFUSED("# TYPE \"a\0"
                  "b\" gauge\n",
                  "line 1, column 8: a metric's name has a NUL in it");
}

static void test_units(void)
{
    CHECK_REFUSED("# UNIT\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# UNIT \n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# UNIT a\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# UNIT a seconds\n",
                  "line 1, column 1: 'a' does not end in '_seconds', its unit");
    CHECK_REFUSED("# UNIT seconds seconds\n",
                  "line 1, column 1: 'seconds' does not end in '_seconds', its unit");
    CHECK_REFUSED("# UNIT _seconds seconds\n",
                  "line 1, column 1: '_seconds' does not end in '_seconds', its unit");
    CHECK_REFUSED("# UNIT a_seconds seconds \n", "line 1, column 25: the line must end here");
    CHECK_REFUSED("# UNIT a_seconds sec onds\n", "line 1, column 21: the line must end here");
    CHECK_REFUSED("# UNIT aseconds seconds\n",
                  "line 1, column 1: 'aseconds' does not end in '_seconds', its unit");
    CHECK_REFUSED("# TYPE a_u info\n"
                  "# UNIT a_u u\n",
                  "line 2, column 1: 'a_u' is an info, which has no unit");
    CHECK_REFUSED("# UNIT a_u u\n"
                  "# TYPE a_u stateset\n",
                  "line 1, column 1: 'a_u' is a stateset, which has no unit");
    CHECK_REFUSED("# TYPE a_total counter\n"
                  "# UNIT a_total seconds\n",
                  "line 2, column 1: 'a_total' does not end in '_seconds', its unit");
    CHECK_REFUSED("# UNIT \"a_\\\\\" \\\n",
                  "line 1, column 15: a unit cannot have quotes or backslashes");
}

static void test_helps(void)
{
    CHECK_REFUSED("# HELP\n",
                  "line 1, column 1: this is neither # TYPE, # UNIT, # HELP nor # EOF");
    CHECK_REFUSED("# HELP \n", "line 1, column 8: this is not a metric name");
    CHECK_REFUSED("# HELP a\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# HELP a\tb\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# HELP a.b c\n", "line 1, column 9: a blank must stand here");
    CHECK_REFUSED("# HELP {} c\n", "line 1, column 8: this is not a metric name");
}

static void test_names_and_blanks(void)
{
    CHECK_REFUSED("0a 1\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("a.b 1\n", "line 1, column 2: a blank must stand here");
    CHECK_REFUSED("a-b 1\n", "line 1, column 2: a blank must stand here");
    CHECK_REFUSED("{} 1\n", "line 1, column 1: the metric has no name");
    CHECK_REFUSED("{\"\"} 1\n", "line 1, column 2: a label name is missing");
    CHECK_REFUSED("a{\"a\"} 1\n", "line 1, column 1: the metric has two names");
    CHECK_REFUSED("{\"a\",\"b\"} 1\n", "line 1, column 9: label 'b' has no = and value");
    CHECK_REFUSED("{l=\"v\",\"a\"} 1\n", "line 1, column 11: label 'a' has no = and value");
    CHECK_REFUSED("{\"a\0"
                  "b\"} 1\n",
                  "line 1, column 1: a metric's name has a NUL in it");
    CHECK_REFUSED(" a 1\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("\ta 1\n", "line 1, column 1: this is not a metric name");
    CHECK_REFUSED("a\n", "line 1, column 2: a blank must stand here");
    CHECK_REFUSED("a \n", "line 1, column 3: no value");
    CHECK_REFUSED("a  1\n", "line 1, column 3: no value");
    CHECK_REFUSED("a\t1\n", "line 1, column 2: a blank must stand here");
    CHECK_REFUSED("a{} 1 \n", "line 1, column 7: no time");
    CHECK_REFUSED("a 1\t\n", "line 1, column 4: the line must end here");
    CHECK_REFUSED("a 1\r\n", "line 1, column 3: '1\r' is not a number");
    CHECK_REFUSED("a {} 1\n", "line 1, column 3: '{}' is not a number");
    CHECK_REFUSED("a{}1\n", "line 1, column 4: a blank must stand here");
    CHECK_REFUSED("a{}  1\n", "line 1, column 5: no value");
}

static void test_labels(void)
{
    CHECK_REFUSED("a{l=1} 1\n", "line 1, column 5: the value of label 'l' has no quotes");
    CHECK_REFUSED("a{l=\"1} 1\n",
                  "line 1, column 5: the label value has no closing quote in its line");
    CHECK_REFUSED("a{l='1'} 1\n", "line 1, column 5: the value of label 'l' has no quotes");
    CHECK_REFUSED("a{l} 1\n", "line 1, column 4: label 'l' has no = and value");
    CHECK_REFUSED("a{l\"v\"} 1\n", "line 1, column 4: label 'l' has no = and value");
    CHECK_REFUSED("a{l=} 1\n", "line 1, column 5: the value of label 'l' has no quotes");
    CHECK_REFUSED("a{l=\"} 1\n",
                  "line 1, column 5: the label value has no closing quote in its line");
    CHECK_REFUSED("a{=\"v\"} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{l=\"1\"m=\"2\"} 1\n", "line 1, column 8: neither , nor } after a label");
    CHECK_REFUSED("a{l=\"1\",,m=\"2\"} 1\n", "line 1, column 9: a label name is missing");
    CHECK_REFUSED("a{l=\"1\",} 1\n", "line 1, column 9: a comma behind the last label");
    CHECK_REFUSED("a{,l=\"1\"} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{,} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{ l=\"1\"} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{l=\"1\" } 1\n", "line 1, column 8: neither , nor } after a label");
    CHECK_REFUSED("a{l= \"1\"} 1\n", "line 1, column 5: the value of label 'l' has no quotes");
    CHECK_REFUSED("a{l=\"1\", m=\"2\"} 1\n", "line 1, column 9: a label name is missing");
    CHECK_REFUSED("a{1=\"1\"} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{l:m=\"1\"} 1\n", "line 1, column 4: label 'l' has no = and value");
    CHECK_REFUSED("a{l=\"1\",l=\"1\"} 1\n", "line 1, column 2: label 'l' is there twice");
    CHECK_REFUSED("a{m=\"1\",l=\"1\",m=\"2\"} 1\n",
                  "line 1, column 2: label 'm' is there twice");
    CHECK_REFUSED("a{l=\"1\"b} 1\n", "line 1, column 8: neither , nor } after a label");
    CHECK_REFUSED("a{l=\"1\" 1\n", "line 1, column 8: neither , nor } after a label");
    CHECK_REFUSED("a{\"\"=\"1\"} 1\n", "line 1, column 3: a label name is missing");
    CHECK_REFUSED("a{__name__=\"b\"} 1\n",
                  "line 1, column 1: 'a': label '__name__' is the metric's name");
    CHECK_REFUSED("a{l.m=\"1\"} 1\n", "line 1, column 4: label 'l' has no = and value");
    CHECK_REFUSED("a{\"l.m\"=\"1\",l_m=\"1\"} 1\n",
                  "line 1, column 1: 'a': labels 'l.m' and 'l_m' would be one in text");
    CHECK_REFUSED("a{l=\" # \"}1\n", "line 1, column 11: a blank must stand here");
    CHECK_REFUSED("a{l=\" # \",m=}1\n",
                  "line 1, column 13: the value of label 'm' has no quotes");
}

static void test_numbers(void)
{
    CHECK_REFUSED("a a\n", "line 1, column 3: 'a' is not a number");
    CHECK_REFUSED("a 1_2\n", "line 1, column 3: '1_2' is not a number");
    CHECK_REFUSED("a 0x1\n", "line 1, column 3: '0x1' is not a number");
    CHECK_REFUSED("a 0X1p-3\n", "line 1, column 3: '0X1p-3' is not a number");
    CHECK_REFUSED("a 0b1\n", "line 1, column 3: '0b1' is not a number");
    CHECK_REFUSED("a 0o1\n", "line 1, column 3: '0o1' is not a number");
    CHECK_REFUSED("a 1e\n", "line 1, column 3: '1e' is not a number");
    CHECK_REFUSED("a 1e999\n", "line 1, column 3: '1e999' is not a number");
    CHECK_REFUSED("a .\n", "line 1, column 3: '.' is not a number");
    CHECK_REFUSED("a +nan\n", "line 1, column 3: '+nan' is not a number");
    CHECK_REFUSED("a --1\n", "line 1, column 3: '--1' is not a number");
    CHECK_REFUSED("a 1,5\n", "line 1, column 3: '1,5' is not a number");
    CHECK_REFUSED("a infin\n", "line 1, column 3: 'infin' is not a number");
    CHECK_REFUSED("a \xd9\xa1\n", "line 1, column 3: '\xd9\xa1' is not a number");
}

static void test_times(void)
{
    CHECK_REFUSED("a 1 z\n", "line 1, column 5: 'z' is not a time in seconds");
    CHECK_REFUSED("a 1 1z\n", "line 1, column 5: '1z' is not a time in seconds");
    CHECK_REFUSED("a 1 1_2\n", "line 1, column 5: '1_2' is not a time in seconds");
    CHECK_REFUSED("a 1 1.1.1\n", "line 1, column 5: '1.1.1' is not a time in seconds");
    CHECK_REFUSED("a 1 NaN\n", "line 1, column 5: 'NaN' is not a time in seconds");
    CHECK_REFUSED("a 1 +Inf\n", "line 1, column 5: '+Inf' is not a time in seconds");
    CHECK_REFUSED("a 1 0x1p-3\n", "line 1, column 5: '0x1p-3' is not a time in seconds");
    CHECK_REFUSED("a 1 .\n", "line 1, column 5: '.' is not a time in seconds");
    CHECK_REFUSED("a 1 1e\n", "line 1, column 5: '1e' is not a time in seconds");
    CHECK_REFUSED("a 1 1e+\n", "line 1, column 5: '1e+' is not a time in seconds");
    CHECK_REFUSED("a 1 9223372036854775807\n",
                  "line 1, column 5: '9223372036854775807' is not a time in seconds");
    CHECK_REFUSED("a 1 -9223372036854776\n",
                  "line 1, column 1: the time of this sample is too far away");
    CHECK_REFUSED("a 1 1e30\n", "line 1, column 5: '1e30' is not a time in seconds");
    CHECK_REFUSED("a 1  1\n", "line 1, column 5: no time");
    CHECK_REFUSED("a 1 1 \n", "line 1, column 6: the line must end here");
    CHECK_REFUSED("a 1 1 2\n", "line 1, column 6: the line must end here");
    CHECK_REFUSED("a 1 -\n", "line 1, column 5: '-' is not a time in seconds");
    CHECK_REFUSED("a 1 1\t\n", "line 1, column 6: the line must end here");
}

static void test_exemplars(void)
{
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 #\n",
                  "line 2, column 24: a blank must stand here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1# {} 1\n",
                  "line 2, column 21: '1#' is not a number");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 #{} 1\n",
                  "line 2, column 24: a blank must stand here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {}1\n",
                  "line 2, column 27: a blank must stand here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 \n",
                  "line 2, column 30: no time");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 1 \n",
                  "line 2, column 31: the line must end here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {}\n",
                  "line 2, column 27: a blank must stand here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} \n",
                  "line 2, column 28: no value");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} x\n",
                  "line 2, column 28: 'x' is not a number");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 0x1p-3\n",
                  "line 2, column 28: '0x1p-3' is not a number");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 0x1p-3\n",
                  "line 2, column 30: '0x1p-3' is not a time in seconds");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 x\n",
                  "line 2, column 30: 'x' is not a time in seconds");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 1 # {} 1\n",
                  "line 2, column 31: the line must end here");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # 1\n",
                  "line 2, column 25: the labels of an exemplar stand in braces");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # a{} 1\n",
                  "line 2, column 25: the labels of an exemplar stand in braces");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {\"a\"} 1\n",
                  "line 2, column 23: an exemplar takes no metric name");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {l=\"1\",} 1\n",
                  "line 2, column 32: a comma behind the last label");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {l=\"1\",l=\"2\"} 1\n",
                  "line 2, column 1: 'h': an exemplar has label 'l' twice");
    CHECK_REFUSED(
        "# TYPE h histogram\n"
        "h_bucket{le=\"+Inf\"} 1 # {__l=\"1\"} 1\n",
        "line 2, column 1: 'h': label '__l' of an exemplar begins with __, which is reserved");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 # {} 1 9223372037\n",
                  "line 2, column 30: this time is too far away");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1 #  {} 1\n",
                  "line 2, column 25: the labels of an exemplar stand in braces");
    CHECK_REFUSED("# TYPE h histogram\n"
                  "h_bucket{le=\"+Inf\"} 1  # {} 1\n",
                  "line 2, column 23: no time");
    CHECK_REFUSED("# TYPE c counter\n"
                  "c_total 1 1 # {l=\"v\"}  \n",
                  "line 2, column 23: no value");
    CHECK_REFUSED("# TYPE c counter\n"
                  "c_total 1 1 # l=\"v\"} 1\n",
                  "line 2, column 15: the labels of an exemplar stand in braces");
    CHECK_REFUSED("# TYPE c counter\n"
                  "c_total 1 1 #l=\" # \"} 1\n",
                  "line 2, column 14: a blank must stand here");
    CHECK_REFUSED("# TYPE c counter\n"
                  "c_total 1 1 l=\" # \"} 1\n",
                  "line 2, column 12: the line must end here");
}

TESTS(ROW(test_the_end_of_the_text), ROW(test_lines), ROW(test_types), ROW(test_units),
      ROW(test_helps), ROW(test_names_and_blanks), ROW(test_labels), ROW(test_numbers),
      ROW(test_times), ROW(test_exemplars))
