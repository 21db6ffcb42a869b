// SPDX-License-Identifier: MIT
/* Scripts, and programs named by descriptors. */
#include "exectest.h"

static char *interpreter; /* this program under a name that makes it show its arguments */

/* The script's text has %s for the interpreter; it must show args behind its own name, %s in them for the script. */
static void script_shows(const char *text, int argc, const char *args)
{
	char *argv[] = { "zero", "one", NULL }, *env[] = { NULL };
	char *script = strdup(path_in_dir("script")), out[2048], body[1024], shown[1024], want[2048];
	int status, error;

	snprintf(body, sizeof(body), text, interpreter);
	write_text(script, body);
	error = run(script, argv, env, &status, out, sizeof(out));
	snprintf(shown, sizeof(shown), args, script);
	snprintf(want, sizeof(want), "%d[%s]%s", argc, interpreter, shown);
	CHECK(!error && !strcmp(out, want), "error %d: %s, not %s", error, out, want);
	free(script);
}

static void script_fails(const char *text, int want)
{
	char *script = path_in_dir("script");
	int error;

	write_text(script, text);
	error = try(script);
	CHECK(error == want, "%.40s: error %d, not %d", text, error, want);
}

/* script1 is run by script0 and so on; the first is run by the interpreter. */
static void nested(void)
{
	char *argv[] = { "zero", NULL }, *env[] = { NULL }, text[512], out[2048], name[16];
	const char *runs = interpreter;
	int status, error, levels = 0;

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "script%d", i);
		snprintf(text, sizeof(text), "#!%s\n", runs);
		runs = strdup(path_in_dir(name));
		write_text(runs, text);
		error = run(runs, argv, env, &status, out, sizeof(out));
		if (error)
			break;
		levels++;
		CHECK(out[0] == '1' + levels, "%s", out);
	}
	CHECK(levels == 5 && error == ELOOP, "%d levels, error %d", levels, error);
}

void scripts(void)
{
	char line[400];

	interpreter = strdup(path_in_dir("show"));
	unlink(interpreter);
	symlink(realpath(self, NULL), interpreter);
	script_shows("#!%s\nrest\n", 3, "[%s][one]");
	script_shows("#!%s", 3, "[%s][one]");
	script_shows("#! \t%s \t\nrest\n", 3, "[%s][one]");
	script_shows("#!%s  one word and  more  \nrest\n", 4, "[one word and  more][%s][one]");
	script_shows("#!%s -x", 4, "[-x][%s][one]");
	script_fails("#!\n", ENOEXEC);
	script_fails("#!", EACCES); /* the empty name is the working directory */
	script_fails("#! \t\nrest", ENOEXEC);
	script_fails("#!/nowhere/at all\n", ENOENT);
	script_fails("#!/\n", EACCES);
	write_text(path_in_dir("text"), "no program");
	snprintf(line, sizeof(line), "#!%s\n", path_in_dir("text"));
	script_fails(line, ENOEXEC);
	chmod(path_in_dir("text"), 0644);
	script_fails(line, EACCES);
	/* a name that does not end within the first 255 bytes is none; an argument is cut off */
	memset(line, 'a', sizeof(line));
	memcpy(line, "#!/", 3);
	line[398] = '\n';
	line[399] = '\0';
	script_fails(line, ENOEXEC);
	line[10] = ' ';
	script_fails(line, ENOENT);
	nested();
}

/* Out of the way of what run_at() uses. */
static int high(int fd, int how)
{
	int other = fcntl(fd, how, 20);

	close(fd);
	return other;
}

void descriptors(void)
{
	char *argv[] = { "zero", "vector", NULL }, *plain[] = { "zero", NULL }, *env[] = { NULL }, out[512], want[512];
	char *script = strdup(path_in_dir("script"));
	int fd = high(open(self, O_RDONLY), F_DUPFD_CLOEXEC), path = high(open(self, O_PATH), F_DUPFD);
	int d = high(open(dir, O_RDONLY), F_DUPFD), status, error;

	CHECK(!run_at(path, "", argv, env, AT_EMPTY_PATH, &status, out, sizeof(out)));
	snprintf(want, sizeof(want), "/dev/fd/%d", path);
	CHECK(!strcmp(out, want), "%s", out);
	CHECK(!run_at(fd, "", argv, env, AT_EMPTY_PATH, &status, out, sizeof(out)));
	CHECK(run_at(fd, "", argv, env, 0, &status, NULL, 0) == ENOENT);
	CHECK(run_at(fd, "x", argv, env, 0, &status, NULL, 0) == ENOTDIR);
	CHECK(run_at(999, "x", argv, env, 0, &status, NULL, 0) == EBADF);
	CHECK(run_at(d, "", argv, env, AT_EMPTY_PATH, &status, NULL, 0) == EACCES);
	CHECK(run_at(d, "missing", argv, env, 0, &status, NULL, 0) == ENOENT);
	CHECK(run_at(fd, "", argv, env, AT_EMPTY_PATH | 1, &status, NULL, 0) == EINVAL);
	unlink(path_in_dir("link"));
	symlink(realpath(self, NULL), path_in_dir("link"));
	error = run_at(d, "link", argv, env, 0, &status, out, sizeof(out));
	snprintf(want, sizeof(want), "/dev/fd/%d/link", d);
	CHECK(!error && !strcmp(out, want), "error %d: %s", error, out);
	CHECK(run_at(d, "link", argv, env, AT_SYMLINK_NOFOLLOW, &status, NULL, 0) == ELOOP);
	CHECK(!run_at(d, realpath(self, NULL), argv, env, 0, &status, out, sizeof(out)) && EXITED(status, 0), "%x", status);
	/* an interpreter could not open what is closed before it starts */
	write_text(script, "#!/nowhere\n");
	close(fd);
	fd = high(open(script, O_RDONLY), F_DUPFD_CLOEXEC);
	CHECK(run_at(fd, "", plain, env, AT_EMPTY_PATH, &status, NULL, 0) == ENOENT);
	close(fd);
	close(path);
	close(d);
	free(script);
}
