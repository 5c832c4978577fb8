/* Programs that people really run, under the default filter as nobody. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/husk.h"

static char folder[] = "/tmp/husk-programs-XXXXXX";

static void make_folder(void)
{
	require_root();
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chmod(folder, 0777), 0);
	cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
	(void)RUN("rm", "-rf", "--", folder);
}

TestSuite(programs, .init = make_folder, .fini = remove_folder, .timeout = 120);

/* Runs a shell script as nobody under husk; its output must be expected's. */
static void runs(const char *script, const char *expected)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--user", "nobody", "--", "sh", "-ec", script),
		.env = ARGV("PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"),
		.pid1 = true,
		.timeout_ms = 90000,
	});

	cr_assert_eq(result->exit, 0, "exit %d: %s%s", result->exit, result->out, result->err);
	cr_assert_str_eq(result->out, expected, "%s", result->err);
}

Test(programs, shell_and_coreutils)
{
	runs("mkdir a; cd a; printf 'b\\na\\n' | sort > f; cp f g; mv g h; ln -s h l; cat l | wc -l | tr -d ' '; stat -c %s h; chmod 600 "
	     "h; "
	     "touch -d @0 h; date -u -r h +%Y; df . >/dev/null; ls -l >/dev/null; find . -name 'h*'; rm -r ../a; timeout 5 sleep 0; nproc "
	     ">/dev/null",
	     "2\n4\n1970\n./h\n");
}

Test(programs, python)
{
	runs("/usr/bin/python3 -c 'import subprocess, threading, socket, multiprocessing, ssl, sqlite3, tempfile\n"
	     "t = threading.Thread(target=lambda: None); t.start(); t.join()\n"
	     "s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen()\n"
	     "sqlite3.connect(tempfile.mktemp()).execute(\"create table t(a)\")\n"
	     "if __name__ == \"__main__\":\n"
	     "    print(subprocess.check_output([\"echo\", \"child\"], text=True), end=\"\")\n"
	     "    p = multiprocessing.get_context(\"fork\").Process(target=print, args=(\"process\",)); p.start(); p.join()\n"
	     "    print(sum(range(10)))'",
	     "child\nprocess\n45\n");
}

Test(programs, node)
{
	runs("node -e 'const {Worker} = require(\"worker_threads\"), cp = require(\"child_process\"), http = require(\"http\");"
	     "new Worker(\"1\", {eval: true}).on(\"exit\", () => {"
	     "const s = http.createServer((q, r) => r.end(\"page\\n\")).listen(0, \"127.0.0.1\", () => http.get({port: s.address().port}, "
	     "r => r.on(\"data\", d => { process.stdout.write(d + cp.execSync(\"echo child\")); s.close(); process.exit(); })))});'",
	     "page\nchild\n");
}

Test(programs, java)
{
	runs("cat > T.java <<'EOT'\n"
	     "public class T { public static void main(String[] a) throws Exception {\n"
	     "  Thread t = new Thread(() -> System.out.println(\"thread\")); t.start(); t.join(); System.gc();\n"
	     "  System.out.print(new String(new ProcessBuilder(\"echo\", \"child\").start().getInputStream().readAllBytes())); } }\n"
	     "EOT\n"
	     "java T.java",
	     "thread\nchild\n");
}

Test(programs, git)
{
	runs("export HOME=$PWD; git init -q r; cd r; git config user.email a@b; git config user.name n; echo 1 > f; git add f; "
	     "git commit -qm one; git clone -q . ../c; cd ../c; git log --format=%s; git gc -q; git fsck 2>/dev/null",
	     "one\n");
}

Test(programs, gcc_with_make)
{
	runs("printf '#include <stdio.h>\\nint main(void) { return !puts(\"built\"); }\\n' > m.c; printf 'm: m.o\\n\\tgcc -o m m.o\\n' > "
	     "Makefile; "
	     "TMPDIR=. make -s -j2; ./m",
	     "built\n");
}

Test(programs, static_musl)
{
	runs("printf '#include <stdio.h>\\n#include <pthread.h>\\nstatic void *f(void *a) { puts(\"thread\"); return a; }\\n"
	     "int main(void) { pthread_t t; return pthread_create(&t, 0, f, 0) || pthread_join(t, 0); }\\n' > m.c; "
	     "TMPDIR=. musl-gcc -static -o m m.c; ./m",
	     "thread\n");
}
