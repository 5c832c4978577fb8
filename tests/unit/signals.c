/* Names and numbers of signals, and where one came from. */
#include <criterion/criterion.h>
#include <string.h>

#include "init/signals.h"

Test(signals, names_numbers_and_real_time_forms_are_read)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"term", SIGTERM},  {"15", 15},         {"1", 1},         {"64", 64},
		{"KILL", SIGKILL}, {"RTMIN", 34},        {"RTMIN+3", 37},    {"SIGRTMIN+3", 37}, {"rtmin+30", 64}, {"RTMAX", 64},
		{"RTMAX-1", 63},   {"IOT", SIGABRT},     {"POLL", SIGIO},    {"CLD", SIGCHLD},   {"32", 32},       {"PWR", SIGPWR},
		{"0", -1},         {"65", -1},           {"", -1},           {"SIG", -1},        {"FOO", -1},      {"-1", -1},
		{"RTMIN+31", -1},  {"RTMIN-1", -1},      {"RTMAX+1", -1},    {"RTMIN+", -1},     {"15 ", -1},      {" 15", -1},
		{"TERM ", -1},     {"4294967311", -1},   {"SIGSIGTERM", -1}, {"RTMINUS", -1},    {"0x0f", -1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(signal_parse(rows[i].text), rows[i].number, "'%s' is %d", rows[i].text, signal_parse(rows[i].text));
}

Test(signals, every_name_reads_back_as_its_number)
{
	for (int signal = 1; signal <= SIGNAL_LAST; signal++) {
		char name[SIGNAL_NAME_SIZE];

		signal_format(signal, name);
		cr_expect_eq(signal_parse(name), signal, "%d is called '%s'", signal, name);
	}
}

Test(signals, origin_tells_husks_own_from_others)
{
	siginfo_t info = {.si_code = SI_USER};

	info.si_pid = 7;
	cr_expect_eq(signal_origin(&info, 7), SIGNAL_FROM_SELF, "SIGPIPE carries SI_USER and the writer's pid");
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_PROCESS);
	info.si_pid = 0;
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_PROCESS, "a sender outside the PID namespace is 0");
	info.si_code = SI_KERNEL;
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_KERNEL);
	info.si_code = SI_QUEUE;
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_PROCESS);
	info.si_code = SI_TKILL;
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_PROCESS);
	info.si_code = CLD_EXITED;
	cr_expect_eq(signal_origin(&info, 1), SIGNAL_FROM_KERNEL);
}
