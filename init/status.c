#include "init/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/say.h"

/* One line is one write of at most PIPE_BUF, so that lines of several writers never mix (pipe(7)). */
enum { LINE_MAX_BYTES = 4096 };

int status_open(int fd, const char *file, struct err *e)
{
	int flags;

	if (file != NULL) {
		fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
		if (fd < 0) {
			(void)err_set(e, errno, "give a file in a directory that can be written", "--status-file: cannot open %s", file);
			return -2;
		}
		return fd;
	}
	if (fd < 0)
		return -1;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0) {
		(void)err_set(e, flags < 0 ? errno : 0, "open it for writing, as in 3>status.json",
			      "--status-fd: descriptor %d can't be written to", fd);
		return -2;
	}
	if (fd > STDERR_FILENO)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* Length of the UTF-8 sequence at text, 0 where it is none (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, second_min, second_max, length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (text[1] < forms[i].second_min || text[1] > forms[i].second_max)
			return 0;
		for (size_t at = 2; at < forms[i].length; at++)
			if ((text[at] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

size_t json_escape(char *buf, size_t used, size_t size, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0') {
		char form[8];
		size_t taken = 1;
		size_t length;

		if (*at == '"' || *at == '\\') {
			length = (size_t)snprintf(form, sizeof form, "\\%c", *at);
		} else if (*at < 0x20 || *at == 0x7f) {
			length = (size_t)snprintf(form, sizeof form, "\\u%04x", *at);
		} else if (*at < 0x80) {
			form[0] = (char)*at;
			length = 1;
		} else if ((taken = utf8_length(at)) > 0) {
			memcpy(form, at, taken);
			length = taken;
		} else {
			taken = 1;
			memcpy(form, "\\ufffd", length = 6);
		}
		if (used + length >= size)
			break;
		memcpy(buf + used, form, length);
		used += length;
		at += taken;
	}
	buf[used] = '\0';
	return used;
}

static size_t append(char *buf, size_t used, size_t size, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static size_t append(char *buf, size_t used, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(buf + used, size - used, fmt, args);
	va_end(args);
	if (length < 0)
		return used;
	return used + (size_t)length < size ? used + (size_t)length : size - 1;
}

static long long epoch_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void status_started(int fd, pid_t pid, char *const *command, const char *posture)
{
	char line[LINE_MAX_BYTES];
	const size_t tail = (posture != NULL ? strlen(posture) : 4) + sizeof ",\"posture\":}\n" + sizeof "],\"command_cut\":false";
	size_t room = tail < sizeof line ? sizeof line - tail : 0;
	size_t used = append(line, 0, sizeof line, "{\"event\":\"started\",\"time_ms\":%lld,\"pid\":%d,\"command\":[", epoch_ms(), pid);
	bool cut = false;

	for (size_t i = 0; command != NULL && command[i] != NULL && !cut; i++) {
		/* The longest escape is six bytes; an argument that may not fit ends the list. */
		cut = used + strlen(command[i]) * 6 + 3 >= room;
		if (cut)
			break;
		used = append(line, used, sizeof line, "%s\"", i > 0 ? "," : "");
		used = json_escape(line, used, sizeof line, command[i]);
		used = append(line, used, sizeof line, "\"");
	}
	used = append(line, used, sizeof line, "],\"command_cut\":%s", cut ? "true" : "false");
	if (room == 0)
		posture = NULL;
	used = append(line, used, sizeof line, ",\"posture\":%s}\n", posture != NULL ? posture : "null");
	say_write(fd, line, used);
}

static const char *ended_by_name(enum ended_by by)
{
	switch (by) {
	case ENDED_ITSELF: return "itself";
	case ENDED_SIGNAL: return "signal";
	case ENDED_KILL_AFTER: return "kill-after";
	case ENDED_TIMEOUT: return "timeout";
	}
	return "itself";
}

static long long microseconds(struct timeval t)
{
	return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

void status_ended(int fd, const struct status_end *end)
{
	char line[1024];
	char name[SIGNAL_NAME_SIZE];
	struct rusage use = {0};
	const int wait_status = end->run->wait_status;
	size_t used;

	(void)getrusage(RUSAGE_CHILDREN, &use);
	used = append(line, 0, sizeof line, "{\"event\":\"ended\",\"time_ms\":%lld,\"pid\":%d", epoch_ms(), end->pid);
	if (end->pid > 0 && end->run->reaped && WIFEXITED(wait_status))
		used = append(line, used, sizeof line, ",\"exit\":%d,\"signal\":null,\"core\":false", WEXITSTATUS(wait_status));
	else if (end->pid > 0 && end->run->reaped && WIFSIGNALED(wait_status)) {
		signal_format(WTERMSIG(wait_status), name);
		used = append(line, used, sizeof line, ",\"exit\":null,\"signal\":\"%s\",\"core\":%s", name,
			      WCOREDUMP(wait_status) ? "true" : "false");
	} else {
		used = append(line, used, sizeof line, ",\"exit\":null,\"signal\":null,\"core\":false");
	}
	used = append(line, used, sizeof line, ",\"status\":%d,\"ended_by\":\"%s\",\"wall_ms\":%lld", end->exit_status,
		      ended_by_name(end->run->ended_by), (long long)end->wall_ms);
	used = append(line, used, sizeof line,
		      ",\"cpu_user_us\":%lld,\"cpu_system_us\":%lld,\"max_rss_kib\":%ld,\"orphans_reaped\":%llu}\n",
		      microseconds(use.ru_utime), microseconds(use.ru_stime), use.ru_maxrss, (unsigned long long)end->reaped);
	say_write(fd, line, used);
}
