/* The user database: broken lines are passed over, numbers are strict, nothing is root by accident. */
#include <criterion/criterion.h>
#include <string.h>

#include "init/passwd.h"

static struct database of(const char *text)
{
	return (struct database){.text = (char *)(unsigned long)text, .size = strlen(text)};
}

Test(passwd, users_are_found_by_name_and_number)
{
	const struct database db = of("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh");
	struct user user;

	cr_assert_eq(database_user_by_name(&db, "app", &user), 1, "the last line has no newline");
	cr_assert_eq(user.uid, 1000);
	cr_assert_eq(user.gid, 1001);
	cr_assert_str_eq(user.home, "/home/app");
	cr_assert_eq(database_user_by_uid(&db, 0, &user), 1);
	cr_assert_str_eq(user.name, "root");
	cr_assert_eq(database_user_by_name(&db, "ap", &user), 0);
	cr_assert_eq(database_user_by_name(&db, "", &user), 0);
}

Test(passwd, broken_lines_are_passed_over)
{
	static const char *const broken[] = {
		"app",
		"app:",
		"app:x:1000",
		"app:x::1000::/:/bin/sh",
		"app:x:1000::::",
		"app:x:-1:0::/:/bin/sh",
		"app:x:0x10:0::/:/bin/sh",
		"app:x: 1:0::/:/bin/sh",
		"app:x:+1:0::/:/bin/sh",
		"app:x:1e3:0::/:/bin/sh",
		"app:x:4294967295:0::/:/bin/sh",
		"app:x:4294967296:0::/:/bin/sh",
		"app:x:0:4294967296::/:/bin/sh",
		":x:0:0::/:/bin/sh",
		"app:x:99999999999999999999999999:0::/:/bin/sh",
		"app:x:1000:1000",
	};
	struct user user;

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		const struct database db = of(broken[i]);

		cr_expect_eq(database_user_by_name(&db, "app", &user), 0, "taken: %s", broken[i]);
		cr_expect_eq(database_user_by_name(&db, "", &user), 0, "taken: %s", broken[i]);
		cr_expect_eq(database_user_by_uid(&db, 0, &user), 0, "root by accident: %s", broken[i]);
	}
}

Test(passwd, a_good_line_behind_broken_ones_counts)
{
	const struct database db = of("\n\n::::::\napp:x:zero:0::/:\napp:x:7:8::/h:/bin/sh\napp:x:9:9::/:\n");
	struct user user;

	cr_assert_eq(database_user_by_name(&db, "app", &user), 1);
	cr_assert_eq(user.uid, 7);
}

Test(passwd, groups_that_list_the_user_are_found)
{
	const struct database db = of("a:x:1:app\nb:x:2:other,app\nc:x:3:applet\nd:x:4:\ne:x:5:x,app,y\nf:x:bad:app\ng:x:6");
	gid_t gids[2] = {0};
	gid_t gid;

	cr_assert_eq(database_groups_of(&db, "app", gids, 2), 3, "the count goes beyond the room");
	cr_assert_eq(gids[0], 1);
	cr_assert_eq(gids[1], 2);
	cr_assert_eq(database_group_by_name(&db, "g", &gid), 1);
	cr_assert_eq(gid, 6);
	cr_assert_eq(database_group_by_name(&db, "f", &gid), 0);
}

Test(passwd, a_nul_in_a_field_is_no_end)
{
	static const char text[] = "app:x:0\0001000:0::/:/bin/sh\n";
	const struct database db = {.text = (char *)(unsigned long)text, .size = sizeof text - 1};
	struct user user;

	cr_assert_eq(database_user_by_name(&db, "app", &user), 0);
}
