/* The built-in filter of both architectures as a listing: a change of the profile or the compiler shows in review. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char made_text[1 << 20];
static char kept_text[1 << 20];

static char *read_text(const char *path, char *text)
{
	FILE *in = fopen(path, "r");

	cr_assert_not_null(in, "no %s", path);
	cr_assert_gt(fread(text, 1, (1 << 20) - 1, in), 1000);
	(void)fclose(in);
	return text;
}

static void same(const char *arch)
{
	char command[2048];
	char made[512];
	char kept[512];

	(void)snprintf(made, sizeof made, "%s/builtin-%s.txt", HUSK_BUILD, arch);
	(void)snprintf(kept, sizeof kept, "%s/tests/golden/builtin-%s.txt", HUSK_SOURCE, arch);
	(void)snprintf(command, sizeof command, "ASAN_OPTIONS=detect_leaks=0 %s/seccomp/embed %s %s/seccomp/default.json %s", HUSK_BUILD,
		       arch, HUSK_SOURCE, made);
	cr_assert_eq(system(command), 0);
	cr_assert(strcmp(read_text(made, made_text), read_text(kept, kept_text)) == 0,
		  "it has changed: look at the difference, then cp %s %s", made, kept);
}

Test(golden, x86_64)
{
	same("x86_64");
}

Test(golden, aarch64)
{
	same("aarch64");
}
