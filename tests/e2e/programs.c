/* Programs that people really run, under the default filter as nobody. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seccomp/builtin.h"
#include "seccomp/calls.h"
#include "seccomp/profile.h"
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

static const struct run_result *run_script(const char *option, const char *value, const char *script)
{
	const struct run_result *result = run(&(struct run_spec){
		.argv = ARGV(husk(), "--user", "nobody", "--seccomp", option, "--learn", value, "--", "sh", "-ec", script),
		.env = ARGV("PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LC_ALL=C"),
		.pid1 = true,
		.timeout_ms = 90000,
	});

	cr_assert_eq(result->exit, 0, "--seccomp %s: exit %d: %s%s", option, result->exit, result->out, result->err);
	return result;
}

/* The built-in profile as rules, for a workload that keeps nothing. */
static void read_profile(const char *name, const char *text, size_t size, struct profile *profile)
{
	const struct profile_context context = {.kernel = profile_kernel()};
	unsigned unknown;
	struct err e;

	*profile = (struct profile){.arch = profile_native_arch()};
	cr_assert_eq(profile_parse(name, text, size, &context, profile, &unknown, &e), 0, "%s", e.what);
}

static bool is_word(const char *list, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
			return true;
	return false;
}

/* Fails the test with the names of those calls in the learned profile that the built-in one denies and that aren't expected. */
static void name_denied(const char *file, const char *expected)
{
	static char text[256 * 1024];
	struct profile learned;
	struct profile builtin;
	FILE *in = fopen(file, "r");
	size_t size = in != NULL ? fread(text, 1, sizeof text, in) : 0;
	size_t calls = 0;

	cr_assert_gt(size, 0);
	(void)fclose(in);
	read_profile(file, text, size, &learned);
	read_profile("built-in", builtin_profile, builtin_profile_size, &builtin);
	for (size_t i = 0; i < learned.count; i++) {
		const struct rule *rule = &learned.rules[i];
		uint64_t args[6] = {0};
		bool known;
		bool own;

		if (rule->action != SECCOMP_RET_ALLOW)
			continue;
		if (rule->count > 0)
			args[rule->conditions[0].index] = rule->conditions[0].datum;
		calls++;
		cr_expect(profile_answer(&builtin, false, call_number(builtin.arch, rule->name, &known, &own), args) == SECCOMP_RET_ALLOW ||
				  is_word(expected, rule->name),
			  "the default profile denies it %s(0x%llx, 0x%llx)", rule->name, (unsigned long long)args[0],
			  (unsigned long long)args[1]);
	}
	cr_expect_gt(calls, 30, "only %zu calls were recorded", calls);
	profile_free(&learned);
	profile_free(&builtin);
}

/* Runs a shell script as nobody under husk's default profile and then without any, recorded: both times the output must be
 * expected's, and of the recorded calls none may be one that the default profile denies, but those in denied, each of which has a
 * reason: clone3 is answered with ENOSYS by design, and libc falls back to clone. */
static void runs_without(const char *script, const char *expected, const char *denied)
{
	const struct run_result *result = run_script("default", "default.json", script);

	cr_assert_str_eq(result->out, expected, "%s", result->err);
	(void)RUN("find", ".", "-mindepth", "1", "-delete");
	result = run_script("off", "all.json", script);
	cr_assert_str_eq(result->out, expected, "unfiltered: %s", result->err);
	name_denied("all.json", denied);
}

static void runs(const char *script, const char *expected)
{
	runs_without(script, expected, "clone3");
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
	     "const s = http.createServer((q, r) => r.end(\"page\\n\"))"
	     ".listen(0, \"127.0.0.1\", () => http.get({host: \"127.0.0.1\", port: s.address().port}, "
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

Test(programs, nginx_serves_a_page)
{
	runs("port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'); "
	     "echo page > "
	     "index.html; mkdir tmp\n"
	     "cat > n.conf <<EOT\n"
	     "daemon off; worker_processes 2; pid $PWD/n.pid; error_log $PWD/error.log;\n"
	     "events { worker_connections 64; }\n"
	     "http { access_log $PWD/access.log; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path "
	     "tmp;\n"
	     "scgi_temp_path tmp; sendfile on; aio threads; server { listen 127.0.0.1:$port; root $PWD; } }\n"
	     "EOT\n"
	     "nginx -p $PWD -c n.conf -e error.log & nginx=$!\n"
	     "/usr/bin/python3 -c 'import sys, time, urllib.request\n"
	     "for i in range(500):\n"
	     "    try: print(urllib.request.urlopen(sys.argv[1]).read().decode(), end=\"\"); break\n"
	     "    except OSError: time.sleep(.02)' http://127.0.0.1:$port/index.html\n"
	     "kill -HUP $nginx; kill -QUIT $nginx; wait $nginx",
	     "page\n");
}

Test(programs, redis_answers)
{
	runs("redis-server --port 0 --unixsocket $PWD/r.sock --dir $PWD --appendonly yes --io-threads 2 > log & redis=$!\n"
	     "for i in $(seq 500); do [ -S r.sock ] && break; sleep .02; done\n"
	     "redis-cli -s r.sock set k v; redis-cli -s r.sock get k; redis-cli -s r.sock eval 'return 6*7' 0\n"
	     "redis-cli -s r.sock save; redis-cli -s r.sock shutdown; wait $redis",
	     "OK\nv\n42\nOK\n");
}

Test(programs, postgres_answers_a_query)
{
	runs("PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -1); export HOME=$PWD\n"
	     "initdb -N --wal-segsize=1 -D db -A trust -U me > log; pg_ctl -D db -o \"-k $PWD -c listen_addresses='' -c fsync=off\" -l log "
	     "-w start > "
	     "/dev/null\n"
	     "psql -h $PWD -U me -d postgres -qAtc 'create table t as select x from generate_series(1, 1000) x; create index on t(x); "
	     ""
	     "select sum(x) from t' || cat log; pg_ctl -D db -w stop > /dev/null",
	     "500500\n");
}
