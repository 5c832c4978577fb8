/* The one error value of husk: filled where a thing fails, passed up unchanged, printed once, by main. */
#ifndef HUSK_COMMON_ERR_H
#define HUSK_COMMON_ERR_H

enum {
	EXIT_TIMEOUT = 124,    /* --timeout ended the run */
	EXIT_REFUSED = 125,    /* husk refused: nothing was started */
	EXIT_CANNOT_RUN = 126, /* the command was found but can't be run */
	EXIT_NOT_FOUND = 127,  /* the command was not found */
};

struct err {
	int number;     /* errno of the call that failed, 0 if none did */
	int status;     /* exit status that husk ends with */
	char what[320]; /* what failed, one line, no newline */
	char fix[240];  /* what the user can do about it; may be empty */
};

/* Fills *e and is -1, so that a caller can write "return err_set(e, errno, "what to do", "what failed: %s", name)". The number is an
 * errno or 0, the fix may be NULL. Control characters in the text (a hostile file name) become '?', so the message stays one line. */
#define err_set(e, ...) (err_fill((e), EXIT_REFUSED, __VA_ARGS__), -1)

/* The same with an exit status other than EXIT_REFUSED in front of the number. */
#define err_set_status(e, ...) (err_fill((e), __VA_ARGS__), -1)

void err_fill(struct err *e, int status, int number, const char *fix, const char *fmt, ...) __attribute__((format(printf, 5, 6), cold));

/* Writes "WHAT: STRERROR; FIX" into buf (always terminated). */
void err_format(const struct err *e, char *buf, unsigned long size);

#endif
