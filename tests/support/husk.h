/* The binary under test, and what its contracts look like from outside. */
#ifndef HUSK_TESTS_SUPPORT_HUSK_H
#define HUSK_TESTS_SUPPORT_HUSK_H

#include "tests/support/launch.h"
#include "tests/support/run.h"

/* The environment's HUSK, else the build's own. */
const char *husk(void);

/* Asserts that husk refused: this status, one line on stderr that begins with "husk: " and holds text, nothing on stdout. */
void assert_refused(const struct run_result *result, int status, const char *text);

/* Asserts that the workload ran to a good end and husk said nothing. */
void assert_quiet(const struct run_result *result);

/* True where the test may do what root may. Elsewhere the test is skipped, or fails where HUSK_TESTS_REQUIRE_PRIVILEGES is set. */
void require_root(void);

#endif
