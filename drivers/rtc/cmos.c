// SPDX-License-Identifier: MIT
/*
 * cmos.c - the PC's battery-backed clock, read once at boot to set the wall clock (UTC).
 *
 * The clock counts while we read. It says when an update is near (UIP); and two equal readings in
 * a row, with no update announced before either, cannot have been torn by one. Nobody else uses
 * the ports, and it runs in the boot thread: no lock.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/time64.h"
#include "kernel/x86/io.h"
#include "kernel/x86/time.h"
#include "drivers/rtc/cmos.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define RTC_SECONDS  0x00
#define RTC_MINUTES  0x02
#define RTC_HOURS    0x04
#define RTC_DAY	     0x07
#define RTC_MONTH    0x08
#define RTC_YEAR     0x09
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_CENTURY  0x32 /* where ACPI firmware on PCs keeps it; 0 or rubbish without */

#define STATUS_A_UIP 0x80
#define STATUS_B_24H 0x02
#define STATUS_B_BIN 0x04
#define HOUR_PM	     0x80

#define UIP_TRIES 20000 /* an update takes 2 ms at most */

struct rtc_time {
	u8 sec, min, hour, day, month, year, century;
};

static u8 cmos_read(u8 reg)
{
	outb(reg, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static void read_once(struct rtc_time *t)
{
	unsigned int i;

	for (i = 0; i < UIP_TRIES && (cmos_read(RTC_STATUS_A) & STATUS_A_UIP); i++)
		;
	t->sec = cmos_read(RTC_SECONDS);
	t->min = cmos_read(RTC_MINUTES);
	t->hour = cmos_read(RTC_HOURS);
	t->day = cmos_read(RTC_DAY);
	t->month = cmos_read(RTC_MONTH);
	t->year = cmos_read(RTC_YEAR);
	t->century = cmos_read(RTC_CENTURY);
}

static u8 from_bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 15);
}

static void normalise(struct rtc_time *t, u8 status_b)
{
	bool pm = t->hour & HOUR_PM;

	t->hour &= ~HOUR_PM;
	if (!(status_b & STATUS_B_BIN)) {
		t->sec = from_bcd(t->sec);
		t->min = from_bcd(t->min);
		t->hour = from_bcd(t->hour);
		t->day = from_bcd(t->day);
		t->month = from_bcd(t->month);
		t->year = from_bcd(t->year);
		t->century = from_bcd(t->century);
	}
	if (!(status_b & STATUS_B_24H))
		t->hour = t->hour % 12 + (pm ? 12 : 0);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March meanwhile. */
static s64 days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
	unsigned int y = month <= 2 ? year - 1 : year;
	unsigned int m = (month + 9) % 12; /* March is 0 */

	return (s64)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int cmos_rtc_init(void)
{
	struct rtc_time a, b;
	unsigned int tries, year;
	u64 sec;

	read_once(&a);
	for (tries = 0; tries < 8; tries++) {
		read_once(&b);
		if (!memcmp(&a, &b, sizeof(a)))
			break;
		a = b;
	}
	normalise(&a, cmos_read(RTC_STATUS_B));
	if (a.sec > 60 || a.min > 59 || a.hour > 23 || !a.day || a.day > 31 || !a.month ||
	    a.month > 12 || a.year > 99)
		return -EIO;
	year = a.year + (a.century >= 19 && a.century <= 29 ? a.century * 100 :
			 a.year >= 70 ? 1900 : 2000);
	sec = days_since_1970(year, a.month, a.day) * 86400 + a.hour * 3600 + a.min * 60 + a.sec;
	timekeeping_set_wallclock(sec * NSEC_PER_SEC);
	pr_info("rtc: %04u-%02u-%02u %02u:%02u:%02u UTC\n", year, a.month, a.day, a.hour, a.min,
		a.sec);
	return 0;
}
