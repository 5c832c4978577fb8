#include "init/envoptions.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *env_take(char **envp, const char *name)
{
	const size_t length = strlen(name);
	const char *value = NULL;
	char **to = envp;

	for (char **from = envp; from != NULL && *from != NULL; from++) {
		if (strncmp(*from, name, length) != 0 || (*from)[length] != '=')
			*to++ = *from;
		else if (value == NULL)
			value = *from + length + 1;
	}
	if (to != NULL)
		*to = NULL;
	return value;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copies one word, unquoted, to *to and moves both on. Returns -1 where a quote isn't closed. */
static int one_word(const char **from, char **to)
{
	char quote = '\0';

	for (; **from != '\0' && (quote != '\0' || !is_blank(**from)); (*from)++) {
		const char c = **from;

		if (c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && quote != '\'' && (*from)[1] != '\0') {
			(*from)++;
			*(*to)++ = **from;
		} else {
			*(*to)++ = c;
		}
	}
	*(*to)++ = '\0';
	return quote == '\0' ? 0 : -1;
}

int env_options_split(const char *text, char *argv0, struct env_options *out, struct err *e)
{
	const size_t length = strlen(text);
	/* A word takes a letter and a blank at least; argv0, NULL, and the last word, which needs no blank. */
	const size_t slots = length / 2 + 3;
	char *letters;

	*out = (struct env_options){.argv = calloc(1, slots * sizeof *out->argv + length + 1)};
	if (out->argv == NULL)
		return err_set(e, ENOMEM, NULL, "HUSK_OPTIONS");
	letters = (char *)(out->argv + slots);
	out->argv[out->argc++] = argv0;
	for (;;) {
		while (is_blank(*text))
			text++;
		if (*text == '\0')
			return 0;
		out->argv[out->argc++] = letters;
		if (one_word(&text, &letters) != 0)
			return err_set(e, 0, "close the quote", "HUSK_OPTIONS: a quote isn't closed");
	}
}

int env_options_check(const struct env_options *out, char *const *command, struct err *e)
{
	if (command != out->argv + out->argc)
		return err_set(e, 0, "put the command on the command line", "HUSK_OPTIONS: '%s' is no option", *command);
	return 0;
}
