// SPDX-License-Identifier: Apache-2.0
/* senders.h - what the files of senders share. */
#ifndef LPROM_SENDERS_H
#define LPROM_SENDERS_H

#include "core.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a table of options may say of every sender, and of those that speak HTTP. */
#define LPROM_ONCE_OPTIONS   "timeout", "on_error", "names"
#define LPROM_SENDER_OPTIONS LPROM_ONCE_OPTIONS, "interval", "last", "last_timeout"
#define LPROM_CLIENT_OPTIONS                                                       \
    "headers", "user", "password", "bearer_token", "bearer_token_file", "ca_file", \
        "cert_file", "key_file", "insecure", "unix_socket", "proxy", "follow",     \
        "connect_timeout", "retries", "backoff", "max_backoff"

/* Read from a table; strings and lists stay on the stack. */
void lprom__sender_options(lua_State *L, int table, prom_sender_opts *o);
void lprom__client_options(lua_State *L, int table, prom_client_opts *o);

/* What the library calls where a transport is written in Lua. It is the library's: a sender may
 * outlast its state for a moment, when the process exits. */
typedef struct sender_bridge {
    lua_State *L; /* of the innermost call on `thread`; others do not read it */
    _Atomic(pthread_t) thread;
} sender_bridge;

typedef struct sender {
    uint64_t magic;
    prom_sender *object;     /* one reference; NULL: it was not made, or its state closes */
    prom_registry *registry; /* borrowed from the object */
    bool lasts;              /* it is anchored until it is stopped */
    sender_bridge *bridge;   /* of an own transport; owned while there is no object */
    double interval;         /* of such a one, in seconds; 0: none */
    bool running;            /* such a one is to send when it is polled */
    prom_timer since;        /* when it began to */
    double turns;            /* intervals since then that are dealt with */
} sender;

enum { LPROM_SENDER_SEND = 1, LPROM_SENDER_FINISH, LPROM_SENDER_VALUES = 2 };

typedef prom_err sender_maker(prom_registry *r, const void *opts, const prom_sender_opts *so,
                              sender *own, prom_sender **out);
/* Pushes the sender that `make` makes with these opts, or what lprom__result says. `lasts`: it
 * has work to do that nobody asks it for, so it is anchored. */
int lprom__sender_make(lua_State *L, prom_registry *r, sender_maker *make, const void *opts,
                       const prom_sender_opts *so, bool lasts);
/* The same with a box that is on top already. */
int lprom__sender_fill(lua_State *L, sender *s, prom_registry *r, sender_maker *make,
                       const void *opts, const prom_sender_opts *so, bool lasts);
sender *lprom__sender_box(lua_State *L);
/* Makes such a sender for one send and nothing else. Pushes what lprom__result says. */
int lprom__sender_once(lua_State *L, prom_registry *r, sender_maker *make, const void *opts,
                       const prom_sender_opts *so);

/* Around a call of the library in which the transport of the sender at 1 may run: whoever runs
 * it finds the state there, if this is the thread that called. _enter gives what _leave wants
 * back. */
lua_State *lprom__sender_enter(lua_State *L, const sender *s);
void lprom__sender_leave(const sender *s, lua_State *outer);

#endif
