// SPDX-License-Identifier: MIT
/*
 * exitcode STATUS | hang | abort | segv | wildjump
 *
 * Ends in the way it is told, to prove that the runner tells the ways apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "0";
	int *volatile nowhere = (int *)8;

	if (!strcmp(how, "hang"))
		for (;;)
			sleep(1);
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "segv"))
		*nowhere = 1;
	if (!strcmp(how, "wildjump"))
		((void (*)(void))0x123456789000)();
	/* A program can neither pretend to be the kernel's last record nor spoil it with an unfinished line. */
	printf("rowlock: exit nonce=0 status=0 signal=0\nan open line");
	fflush(stdout);
	_exit(atoi(how));
}
