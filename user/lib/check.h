/* SPDX-License-Identifier: MIT */
/*
 * For programs that check one call after the other: the first that answers something else ends the program, or (in small letters)
 * is reported and counted.
 */
#ifndef USER_CHECK_H
#define USER_CHECK_H

#include "util.h"

#include <errno.h>
#include <string.h>

#define CHECK(cond)                                                                                                                \
	do {                                                                                                                       \
		if (!(cond))                                                                                                       \
			die("line %d: %s does not hold (errno %s)", __LINE__, #cond, strerror(errno));                             \
	} while (0)

/* The call fails with this errno. */
#define FAILS(call, err)                                                                                                           \
	do {                                                                                                                       \
		errno = 0;                                                                                                         \
		long result_ = (long)(call);                                                                                       \
		if (result_ != -1 || errno != (err))                                                                               \
			die("line %d: %s: %ld, %s, not %s", __LINE__, #call, result_, strerror(errno), strerror(err));             \
	} while (0)

/* The same for programs that go on and count: see fail() and failures(). */
#define check(cond)                                                                                                                \
	do {                                                                                                                       \
		if (!(cond))                                                                                                       \
			fail("%s (errno %d, %s)", #cond, errno, strerror(errno));                                                  \
	} while (0)

#define check_errno(call, want)                                                                                                    \
	do {                                                                                                                       \
		errno = 0;                                                                                                         \
		long result_ = (long)(call);                                                                                       \
		if (result_ != -1 || errno != (want))                                                                              \
			fail("%s: %ld, errno %d, not %d", #call, result_, errno, (want));                                          \
	} while (0)

#endif
