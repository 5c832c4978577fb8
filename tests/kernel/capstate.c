/* The sets as the kernel has them, read in two ways. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "caps/capstate.h"

Test(capstate, the_last_capability_is_the_same_found_one_by_one_and_by_halving)
{
	struct cap_state whole = {.last = 99};
	struct cap_state last = {.last = 99};
	unsigned told = 0;
	FILE *in = fopen("/proc/sys/kernel/cap_last_cap", "r");
	struct err e;

	cr_assert_eq(cap_state_read_bounding(&whole, &e), 0);
	cr_assert_eq(cap_state_read_last(&last, &e), 0);
	cr_assert_eq(last.last, whole.last);
	cr_assert_eq(last.set[CAPS_BOUNDING], capset_up_to(whole.last), "taken for full, so that every one is dropped");
	if (in != NULL) {
		cr_assert_eq(fscanf(in, "%u", &told), 1);
		cr_assert_eq(last.last, told);
		fclose(in);
	}
}
