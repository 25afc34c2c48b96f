// SPDX-License-Identifier: Apache-2.0
/* api.h - the whole library as one table of functions, for bindings and plug-ins.
 *
 * A process may hold several copies of libprom: a host that linked it statically, a Python
 * wheel and a Lua rock that bundle it. So that all of them see one default registry and may
 * hand objects to one another, a module calls the library only through the table that
 * prom_api_find() gives: that of the earliest copy loaded.
 *
 * The table only grows at its end; whoever uses a function beyond the first version of an
 * abi checks `size` with PROM_API_HAS first. */
#ifndef PROM_API_H
#define PROM_API_H

#include <prom/client.h>
#include <prom/collect.h>
#include <prom/encode.h>
#include <prom/fetch.h>
#include <prom/gather.h>
#include <prom/graphite.h>
#include <prom/handle.h>
#include <prom/http.h>
#include <prom/instrument.h>
#include <prom/lint.h>
#include <prom/model.h>
#include <prom/otlp.h>
#include <prom/parse.h>
#include <prom/prom.h>
#include <prom/protobuf.h>
#include <prom/push.h>
#include <prom/remote_write.h>
#include <prom/send.h>
#include <prom/testing.h>
#include <prom/textfile.h>
#include <prom/vec.h>

PROM_BEGIN

// clang-format off
#define PROM_API_FUNCTIONS(X) /* result, name behind prom_, parameters: append only */ \
    X(const char *, err_name, (prom_err))                                             \
    X(const char *, error, (prom_err))                                                \
    X(prom_err, fail, (prom_err, const char *, ...))                                  \
    X(prom_err, set_allocator, (const prom_allocator *))                              \
    X(void, free, (void *))                                                           \
    X(const char *, type_name, (prom_type))                                           \
    X(void *, ref, (void *))                                                          \
    X(void, unref, (void *))                                                          \
    X(prom_err, buckets_linear, (double, double, size_t, double *))                   \
    X(prom_err, buckets_exponential, (double, double, size_t, double *))              \
    X(prom_err, buckets_exponential_range, (double, double, size_t, double *))        \
    X(prom_err, registry_new, (const prom_registry_opts *, prom_registry **))         \
    X(prom_registry *, registry_default, (void))                                      \
    X(prom_err, registry_add, (prom_registry *, void *))                              \
    X(prom_err, registry_remove, (prom_registry *, void *))                           \
    X(void, registry_clear, (prom_registry *))                                        \
    X(prom_err, registry_find, (prom_registry *, const char *, prom_vec **))          \
    X(prom_err, counter_new, (prom_registry *, const prom_opts *, prom_counter **))   \
    X(prom_err, gauge_new, (prom_registry *, const prom_opts *, prom_gauge **))       \
    X(prom_err, histogram_new, (prom_registry *, const prom_opts *, prom_histogram **)) \
    X(prom_err, summary_new, (prom_registry *, const prom_opts *, prom_summary **))   \
    X(prom_err, vec_new, (prom_registry *, prom_type, const prom_opts *, prom_vec **)) \
    X(prom_err, counter_with, (prom_vec *, const char *const *, prom_counter **))     \
    X(prom_err, gauge_with, (prom_vec *, const char *const *, prom_gauge **))         \
    X(prom_err, histogram_with, (prom_vec *, const char *const *, prom_histogram **)) \
    X(prom_err, summary_with, (prom_vec *, const char *const *, prom_summary **))     \
    X(prom_err, vec_with, (prom_vec *, const prom_str *, size_t, void **))            \
    X(prom_err, vec_remove, (prom_vec *, const char *const *))                        \
    X(prom_err, vec_remove_str, (prom_vec *, const prom_str *, size_t))               \
    X(prom_err, vec_clear, (prom_vec *))                                              \
    X(size_t, vec_size, (const prom_vec *))                                           \
    X(prom_type, vec_type, (const prom_vec *))                                        \
    X(const prom_opts *, vec_opts, (const prom_vec *))                                \
    X(prom_err, child_vec, (void *, prom_vec **))                                     \
    X(void, counter_inc, (prom_counter *))                                            \
    X(prom_err, counter_add, (prom_counter *, double))                                \
    X(void, gauge_set, (prom_gauge *, double))                                        \
    X(void, gauge_add, (prom_gauge *, double))                                        \
    X(void, gauge_set_to_current_time, (prom_gauge *))                                \
    X(void, histogram_observe, (prom_histogram *, double))                            \
    X(void, summary_observe, (prom_summary *, double))                                \
    X(double, counter_value, (const prom_counter *))                                  \
    X(double, gauge_value, (const prom_gauge *))                                      \
    X(prom_timer, timer_start, (void))                                                \
    X(double, timer_seconds, (prom_timer))                                            \
    X(double, timer_observe, (prom_timer, void *))                                    \
    X(prom_err, collector_new, (prom_registry *, const prom_collector_opts *, prom_collector **)) \
    X(prom_err, poll, (prom_registry *))                                              \
    X(prom_err, build_family, (prom_builder *, prom_type, const prom_opts *))         \
    X(prom_err, build_values, (prom_builder *, const prom_str *, size_t))             \
    X(prom_err, build_labels, (prom_builder *, const prom_label_str *, size_t))       \
    X(prom_err, build_value, (prom_builder *, const char *const *, double))           \
    X(prom_err, build_histogram, (prom_builder *, const char *const *, double, uint64_t, const prom_bucket *, size_t)) \
    X(prom_err, build_summary, (prom_builder *, const char *const *, double, uint64_t, const prom_quantile *, size_t)) \
    X(prom_err, build_timestamp, (prom_builder *, int64_t))                           \
    X(prom_err, gather, (prom_registry *, prom_snapshot **))                          \
    X(size_t, snapshot_size, (const prom_snapshot *))                                 \
    X(const prom_family *, snapshot_at, (const prom_snapshot *, size_t))              \
    X(const char *, snapshot_error, (const prom_snapshot *, size_t))                  \
    X(prom_err, family_samples, (const prom_family *, prom_err (*)(void *, const prom_sample *), void *)) \
    X(prom_err, snapshot_value, (const prom_snapshot *, const char *, const prom_label *, double *)) \
    X(prom_err, encode_string, (const prom_encoder *, const prom_snapshot *, char **, size_t *)) \
    X(prom_err, expose, (prom_registry *, const prom_encoder *, char **, size_t *))   \
    X(prom_err, process_collector_new, (prom_registry *, prom_collector **))          \
    X(prom_err, self_collector_new, (prom_registry *, prom_collector **))             \
    X(prom_err, http_start, (prom_registry *, const prom_http_opts *, prom_http **))  \
    X(void, http_stop, (prom_http *))                                                 \
    X(uint16_t, http_port, (const prom_http *))                                       \
    X(prom_err, http_poll, (prom_http *, int))                                        \
    X(bool, child_exposed, (const void *)) \
    X(prom_err, info_new, (prom_registry *, const prom_opts *, prom_info **)) \
    X(prom_err, stateset_new, (prom_registry *, const prom_opts *, prom_stateset **)) \
    X(prom_err, unknown_new, (prom_registry *, const prom_opts *, prom_gauge **)) \
    X(prom_err, info_with, (prom_vec *, const char *const *, prom_info **)) \
    X(prom_err, stateset_with, (prom_vec *, const char *const *, prom_stateset **)) \
    X(prom_err, unknown_with, (prom_vec *, const char *const *, prom_gauge **)) \
    X(prom_err, counter_add_exemplar, (prom_counter *, double, const prom_label *)) \
    X(prom_err, histogram_observe_exemplar, (prom_histogram *, double, const prom_label *)) \
    X(void, histogram_observe_n, (prom_histogram *, double, uint64_t)) \
    X(void, summary_observe_n, (prom_summary *, double, uint64_t)) \
    X(void, histogram_observe_many, (prom_histogram *, const double *, size_t)) \
    X(void, summary_observe_many, (prom_summary *, const double *, size_t)) \
    X(prom_err, info_set, (prom_info *, const prom_label *)) \
    X(prom_err, stateset_set, (prom_stateset *, const char *, bool)) \
    X(prom_err, stateset_enter, (prom_stateset *, const char *)) \
    X(prom_err, child_reset, (void *)) \
    X(prom_err, function_set, (void *, const prom_function *)) \
    X(prom_err, function_new, (prom_registry *, prom_type, const prom_opts *, const prom_function *, void **)) \
    X(prom_err, vec_with_labels, (prom_vec *, const prom_label_str *, size_t, void **)) \
    X(prom_err, vec_get, (prom_vec *, const prom_str *, size_t, void **)) \
    X(prom_err, vec_get_labels, (prom_vec *, const prom_label_str *, size_t, void **)) \
    X(prom_err, vec_each, (prom_vec *, prom_err (*)(void *, void *, const prom_label_str *, size_t), void *)) \
    X(prom_err, vec_preset, (prom_vec *, const prom_label_values *, size_t)) \
    X(prom_err, vec_remove_labels, (prom_vec *, const prom_label_str *, size_t)) \
    X(prom_err, vec_remove_matching, (prom_vec *, const prom_label_str *, size_t, size_t *)) \
    X(prom_err, vec_curry, (prom_vec *, const prom_label_str *, size_t, prom_vec **)) \
    X(prom_err, vec_fresh, (prom_vec *, prom_vec **)) \
    X(prom_err, vec_replace, (prom_vec *, prom_vec *)) \
    X(prom_err, child_read, (void *, prom_err (*)(void *, const prom_metric *), void *)) \
    X(prom_err, desc_new, (prom_type, const prom_opts *, prom_desc **)) \
    X(prom_err, desc_invalid, (prom_err, const char *, prom_desc **)) \
    X(prom_err, desc_error, (const prom_desc *)) \
    X(prom_type, desc_type, (const prom_desc *)) \
    X(const prom_opts *, desc_opts, (const prom_desc *)) \
    X(prom_err, desc_string, (const prom_desc *, char **)) \
    X(prom_err, desc_of, (void *, prom_desc **)) \
    X(prom_err, vec_of, (prom_registry *, const prom_desc *, prom_vec **)) \
    X(bool, build_wants, (const prom_builder *, const char *)) \
    X(bool, build_stopped, (const prom_builder *)) \
    X(prom_err, build_native, (prom_builder *, const char *const *, double, uint64_t, const prom_native *, const prom_bucket *, size_t)) \
    X(prom_err, build_stateset, (prom_builder *, const char *const *, const prom_state *, size_t)) \
    X(prom_err, build_info, (prom_builder *, const char *const *, const prom_label_str *, size_t)) \
    X(prom_err, build_created, (prom_builder *, int64_t)) \
    X(prom_err, build_exemplar, (prom_builder *, const prom_exemplar *)) \
    X(prom_err, build_snapshot, (prom_builder *, prom_snapshot *)) \
    X(prom_err, build_desc, (prom_builder *, const struct prom_desc *)) \
    X(prom_err, family_metrics, (const prom_family *, prom_err (*)(void *, const prom_metric *), void *)) \
    X(prom_err, gather_with, (prom_registry *, const prom_gather_opts *, prom_snapshot **)) \
    X(prom_err, gather_merged, (prom_registry *const *, size_t, const prom_gather_opts *, prom_snapshot **)) \
    X(prom_err, registry_wrap, (prom_registry *, const prom_wrap_opts *, prom_registry **)) \
    X(prom_err, registry_each, (prom_registry *, prom_err (*)(void *, const prom_registered *), void *)) \
    X(prom_err, parse_text, (const char *, size_t, prom_snapshot **)) \
    X(prom_err, process_collector_with, (prom_registry *, const prom_process_opts *, prom_collector **)) \
    X(prom_err, pid_file, (void *, int *)) \
    X(prom_err, malloc_collector_new, (prom_registry *, prom_collector **)) \
    X(prom_err, build_info_collector_new, (prom_registry *, const char *, const prom_label *, prom_collector **)) \
    X(prom_err, nested_number, (prom_nested_visit *, double)) \
    X(prom_err, nested_enter, (prom_nested_visit *, prom_str)) \
    X(prom_err, nested_leave, (prom_nested_visit *)) \
    X(prom_err, nested_collector_new, (prom_registry *, const prom_nested_opts *, prom_collector **)) \
    X(prom_err, fetch, (const char *, unsigned, size_t, char **, size_t *)) \
    X(prom_err, test_value, (void *, double *)) \
    X(prom_err, test_count, (void *, const char *const *, size_t *)) \
    X(prom_err, test_compare, (void *, const char *, const char *const *, char **)) \
    X(prom_err, test_scrape, (const char *, const char *, const char *const *, char **)) \
    X(prom_err, test_native, (prom_registry *, const char *, const prom_label *, double, uint64_t, const prom_native *)) \
    X(prom_err, lint, (const prom_snapshot *, const prom_lint_rule *, size_t, prom_err (*)(void *, const prom_lint_problem *), void *)) \
    X(prom_err, lint_text, (const char *, size_t, const prom_lint_rule *, size_t, prom_err (*)(void *, const prom_lint_problem *), void *)) \
    X(const char *, escaping_name, (prom_escaping)) \
    X(const prom_encoder *, encoder_find, (const char *)) \
    X(prom_err, encode, (const prom_encoder *, const prom_encode_opts *, const prom_snapshot *, const prom_writer *)) \
    X(prom_err, encode_string_with, (const prom_encoder *, const prom_encode_opts *, const prom_snapshot *, char **, size_t *)) \
    X(void, negotiate, (const char *, const prom_negotiate_opts *, prom_format *)) \
    X(prom_coding, negotiate_coding, (const char *)) \
    X(const char *, coding_name, (prom_coding)) \
    X(prom_err, compressor_new, (prom_coding, int, const prom_writer *, prom_compressor **)) \
    X(prom_writer, compressor_writer, (prom_compressor *)) \
    X(prom_err, compressor_finish, (prom_compressor *)) \
    X(prom_err, parse_openmetrics, (const char *, size_t, prom_snapshot **)) \
    X(prom_err, parse_protobuf, (const char *, size_t, prom_snapshot **)) \
    X(prom_err, parse, (const char *, const char *, size_t, prom_snapshot **)) \
    X(size_t, content_type, (const prom_encoder *, prom_escaping, char *, size_t)) \
    X(prom_err, build_bucket_exemplar, (prom_builder *, const prom_exemplar *)) \
    X(prom_err, build_native_exemplar, (prom_builder *, const prom_exemplar *)) \
    X(prom_err, family_message, (const prom_family *, const struct Prom__Pb__MetricFamily **)) \
    X(prom_err, metric_message, (const prom_family *, size_t, const struct Prom__Pb__Metric **)) \
    X(prom_err, build_message, (prom_builder *, const struct Prom__Pb__MetricFamily *)) \
    X(prom_err, sender_new, (prom_registry *, const prom_transport *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, send, (prom_sender *)) \
    X(prom_err, sender_start, (prom_sender *)) \
    X(prom_err, sender_stop, (prom_sender *)) \
    X(prom_err, sender_stats_read, (prom_sender *, prom_sender_stats *)) \
    X(unsigned, delivery_left_ms, (const prom_delivery *)) \
    X(int, delivery_stop_fd, (const prom_delivery *)) \
    X(prom_err, push_new, (prom_registry *, const prom_push_opts *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, push, (prom_registry *, const prom_push_opts *)) \
    X(prom_err, push_add, (prom_registry *, const prom_push_opts *)) \
    X(prom_err, push_delete, (const prom_push_opts *)) \
    X(prom_err, push_url, (const prom_push_opts *, char **)) \
    X(prom_err, graphite_new, (prom_registry *, const prom_graphite_opts *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, graphite_encode, (const prom_snapshot *, const prom_graphite_opts *, int64_t, const prom_writer *)) \
    X(prom_err, textfile_new, (prom_registry *, const prom_textfile_opts *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, textfile_write, (prom_registry *, const char *)) \
    X(prom_err, remote_write_new, (prom_registry *, const prom_remote_write_opts *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, remote_write_encode, (const prom_snapshot *, const prom_remote_write_opts *, int64_t, const prom_writer *)) \
    X(prom_err, otlp_new, (prom_registry *, const prom_otlp_opts *, const prom_sender_opts *, prom_sender **)) \
    X(prom_err, otlp_encode, (const prom_snapshot *, const prom_otlp_opts *, int64_t, const prom_writer *)) \
    X(prom_err, handler_new, (prom_registry *, const prom_http_opts *, prom_handler **)) \
    X(prom_err, http_handle, (prom_handler *, const prom_http_request *, prom_http_response **)) \
    X(unsigned, http_response_status, (const prom_http_response *)) \
    X(const prom_label *, http_response_headers, (const prom_http_response *)) \
    X(size_t, http_response_pieces, (const prom_http_response *)) \
    X(prom_str, http_response_piece, (const prom_http_response *, size_t)) \
    X(prom_err, http_poll_for, (prom_http *, int, unsigned)) \
    X(int, http_fd, (const prom_http *)) \
    X(int, http_wait_ms, (prom_http *)) \
    X(prom_err, http_metrics_new, (prom_registry *, const prom_http_metrics_opts *, prom_http_metrics **)) \
    X(prom_http_exchange, http_begin, (prom_http_metrics *, const char *)) \
    X(void, http_first_byte, (prom_http_exchange *, int)) \
    X(prom_err, http_end, (prom_http_exchange *, const prom_http_outcome *)) \
    X(void, http_abandon, (prom_http_exchange *))

typedef struct prom_api {
    size_t size;
    unsigned abi;        /* PROM_ABI of the copy */
    const char *version; /* PROM_VERSION of the copy */
    const prom_encoder *text;
#define PROM_API_MEMBER_(result, name, parameters) result (*name) parameters;
    PROM_API_FUNCTIONS(PROM_API_MEMBER_)
#undef PROM_API_MEMBER_
} prom_api;
// clang-format on

#define PROM_API_HAS(api, name) ((api)->size >= offsetof(prom_api, name) + sizeof((api)->name))

/* This copy's table. Its name is the meeting point: it is exported by every copy. */
extern const prom_api prom_api_v1;

/* The table of the earliest loaded copy of this abi, which may be this one. Never NULL. */
const prom_api *prom_api_find(void);

PROM_END
#endif
