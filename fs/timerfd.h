// SPDX-License-Identifier: MIT
/* timerfd, for who sets the clock. */
#ifndef FS_TIMERFD_H
#define FS_TIMERFD_H

/* The wall clock has been set: timers for a wall-clock time move, and those that asked for it are cancelled. Task context. */
void timerfd_clock_was_set(void);

#endif
