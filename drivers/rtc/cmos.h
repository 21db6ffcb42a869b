/* SPDX-License-Identifier: MIT */
#ifndef DRIVERS_RTC_CMOS_H
#define DRIVERS_RTC_CMOS_H

/* Set the wall clock from the battery-backed one. 0, or -EIO if that holds no date. */
int cmos_rtc_init(void);

#endif
