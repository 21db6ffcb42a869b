// SPDX-License-Identifier: MIT
/* Clocks, sleeps and timers. */
#include "errnocalls.h"
#include <signal.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>

void time_cases(void)
{
	struct timespec big = { 0, 1000000000 }, negative = { 0, -1 }, minus = { -1, 0 }, zero = { 0, 0 }, ts;
	struct itimerval it = { { 0, 0 }, { 0, 1000000 } };
	struct itimerspec its = { { 0, 0 }, { 0, 1000000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99 };
	struct timex tx = { .modes = 0 };
	int id, fd;

	for (int clock = -2; clock < 14; clock++) {
		char what[24];

		snprintf(what, sizeof(what), "clock-%d", clock);
		report("clock_gettime", what, RAW(SYS_clock_gettime, clock, &ts));
		report("clock_getres", what, RAW(SYS_clock_getres, clock, &ts));
		report("clock_nanosleep", what, RAW(SYS_clock_nanosleep, clock, 0, &zero, NULL));
		report("clock_nanosleep-absolute", what, RAW(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &zero, NULL));
		if (clock)
			report("clock_settime", what, RAW(SYS_clock_settime, clock, &ts));
		if (clock != 8 && clock != 9)
			report("timerfd_create", what, RAW(SYS_timerfd_create, clock, 0));
	}
	for (int i = 3; i < 30; i++)
		close(i);
	T(clock_getres, "null", CLOCK_MONOTONIC, NULL);
	T(clock_settime, "nsec", CLOCK_REALTIME, &big);
	T(clock_settime, "nsec-negative", CLOCK_REALTIME, &negative);
	T(clock_settime, "before-the-epoch", CLOCK_REALTIME, &minus);
	T(nanosleep, "nsec", &big, NULL);
	T(nanosleep, "nsec-negative", &negative, NULL);
	T(nanosleep, "sec-negative", &minus, NULL);
	TV(nanosleep, "nothing", &zero, NULL);
	T(clock_nanosleep, "flags", CLOCK_MONOTONIC, 0x40, &zero, NULL);
	T(clock_nanosleep, "absolute-past", CLOCK_MONOTONIC, TIMER_ABSTIME, &zero, NULL);
	T(clock_nanosleep, "absolute-negative", CLOCK_MONOTONIC, TIMER_ABSTIME, &minus, NULL);
	T(setitimer, "usec", ITIMER_REAL, &it, NULL);
	T(setitimer, "which", 3, &it, NULL);
	T(setitimer, "which-negative", -1, &it, NULL);
	it.it_value.tv_usec = -1;
	T(setitimer, "usec-negative", ITIMER_REAL, &it, NULL);
	T(getitimer, "which", 3, &it);
	T(getitimer, "virtual", 1, &it);
	T(getitimer, "prof", 2, &it);
	TV(alarm, "none", 0);
	T(timer_create, "clock", 99, NULL, &id);
	T(timer_create, "signal", CLOCK_MONOTONIC, &event, &id);
	event.sigev_notify = 99, event.sigev_signo = SIGUSR1;
	T(timer_create, "notify", CLOCK_MONOTONIC, &event, &id);
	event.sigev_notify = SIGEV_NONE;
	T(timer_create, "none", CLOCK_MONOTONIC, &event, &id);
	T(timer_settime, "nsec", id, 0, &its, NULL);
	T(timer_settime, "null", id, 0, NULL, NULL);
	T(timer_settime, "unknown", 9999, 0, &its, NULL);
	T(timer_gettime, "unknown", 9999, &its);
	T(timer_gettime, "known", id, &its);
	T(timer_getoverrun, "unknown", 9999);
	T(timer_delete, "unknown", 9999);
	T(timer_delete, "known", id);
	T(timer_delete, "again", id);
	T(timerfd_create, "flags", CLOCK_MONOTONIC, 0x1);
	fd = (int)RAW(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK);
	T(timerfd_settime, "flags", fd, 0x8, &its, NULL);
	T(timerfd_settime, "nsec", fd, 0, &its, NULL);
	T(read, "timerfd-not-armed", fd, &its, 8);
	T(read, "timerfd-short", fd, &its, 4);
	T(write, "timerfd", fd, &its, 8);
	close(fd);
	T(adjtimex, "read", &tx);
	tx.modes = 0x8000;
	T(adjtimex, "modes", &tx);
	tx.modes = ADJ_TICK, tx.tick = 1;
	T(adjtimex, "tick", &tx);
	tx.modes = 0;
	T(clock_adjtime, "read", CLOCK_REALTIME, &tx);
	T(clock_adjtime, "monotonic", CLOCK_MONOTONIC, &tx);
	T(clock_adjtime, "unknown", 99, &tx);
}
