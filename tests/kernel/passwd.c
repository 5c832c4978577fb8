/* Reading the user database: of any size, and more than one at a time. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init/passwd.h"

/* A file of size bytes, each of them letter, read back. */
static void reads_whole(size_t size, char letter, struct database *db)
{
	char name[] = "/tmp/husk-passwd-XXXXXX";
	char *text = malloc(size + 1);
	int fd = mkstemp(name);
	struct err e;

	memset(text, letter, size);
	cr_assert_eq(write(fd, text, size), (ssize_t)size);
	close(fd);
	cr_assert_eq(database_read(name, db, &e), 0, "%s", e.what);
	unlink(name);
	cr_assert_eq(db->size, size);
	cr_assert(size == 0 || memcmp(db->text, text, size) == 0, "size %zu", size);
	free(text);
}

Test(passwd, every_size_around_that_of_a_page_is_read_whole)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100000};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct database db;

		reads_whole(sizes[i], 'a', &db);
		database_free(&db);
	}
}

Test(passwd, two_databases_at_a_time_keep_apart)
{
	struct database first;
	struct database second;
	struct database third;

	reads_whole(3000, 'a', &first);
	reads_whole(3000, 'b', &second);
	cr_expect_eq(first.text[2999], 'a');
	database_free(&first);
	reads_whole(3000, 'c', &third);
	cr_expect_eq(second.text[2999], 'b');
	database_free(&second);
	database_free(&third);
}
