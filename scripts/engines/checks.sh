# shellcheck shell=bash
# The checks that the matrix names: check_KIND ENGINE IMAGE SETTINGS OPTIONS EXPECT. 0, or not and $reason says why.
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # what the container's shell expands; options are words; variables are shared

# What a process says of itself and of PID 1, one "who field value" a line; and of what the engine made around it.
probe='
for who in self 1; do
	while read -r field value rest; do
		case $field in Uid:|Gid:|Cap*|NoNewPrivs:|Seccomp:|Seccomp_filters:) echo "POSTURE $who $field $value" ;; esac
	done </proc/$who/status
done
while read -r source target type options rest; do
	case $target in /) echo "POSTURE self Root: ${options%%,*}" ;; /proc/sys) echo "POSTURE self Masked: yes" ;; esac
done </proc/self/mounts
read -r inside outside rest </proc/self/uid_map; echo "POSTURE self Outside: $outside"
read -r name </proc/1/comm; echo "POSTURE 1 Name: $name"'

# start ENGINE IMAGE SETTINGS OPTIONS COMMAND...: husk in front of it, unless the engine brings its own init.
start() {
	local engine=$1 image=$2 settings=$3 options=$4
	shift 4
	if setting init "$settings" >/dev/null; then
		"${engine}_start" "$container" "$image" "$settings" "$@"
	else
		"${engine}_start" "$container" "$image" "$settings" /sbin/husk $options -- "$@"
	fi || fail "did not start: $(tail -n 3 "$work/$engine.log" 2>/dev/null | tr '\n' ' ')"
}

log_of() { "$1_logs" "$container" 2>&1 | tr -d '\r'; }
tail_of() { log_of "$1" | tail -n 3 | tr '\n' ' '; }

# wait_exit ENGINE CODE: the container ends by itself with CODE.
wait_exit() {
	local code
	code=$("$1_wait" "$container")
	[ "$code" = "$2" ] || fail "exit status $code, expected $2: $(tail_of "$1")"
}

# field WHO NAME < log
field() { awk -v w="$1" -v n="$2:" '$1 == "POSTURE" && $2 == w && $3 == n { print $4; exit }'; }

# sealed LOG EXPECT: the workload and PID 1 hold nothing but what was asked for.
sealed() {
	local log=$1 expect=$2 who set value caps uid gid filters
	uid=$(setting uid "$expect") || { fail "the row expects no uid"; return; }
	gid=$(setting gid "$expect") || gid=$uid
	caps=$(setting caps "$expect") || caps=0
	for who in self 1; do
		value=$(field "$who" NoNewPrivs <<<"$log")
		[ "$value" = 1 ] || { fail "$who: NoNewPrivs is '$value'"; return; }
		value=$(field "$who" Seccomp <<<"$log")
		[ "$value" = 2 ] || { fail "$who: Seccomp is '$value'"; return; }
		for set in CapPrm CapEff CapInh CapAmb CapBnd; do
			[ "$set" != CapBnd ] || ! setting bounding "$expect" >/dev/null || continue
			value=$(field "$who" "$set" <<<"$log")
			[ -n "$value" ] || { fail "$who: no $set"; return; }
			# PID 1 may keep less than the workload, never more.
			[ $((16#$value & ~16#$caps)) = 0 ] || { fail "$who: $set is $value"; return; }
			[ "$who" = 1 ] || [ $((16#$value)) = $((16#$caps)) ] || { fail "$who: $set is $value, expected $caps"; return; }
		done
		value=$(field "$who" Uid <<<"$log")
		[ "$value" = "$uid" ] || { fail "$who: uid is '$value', expected $uid"; return; }
		value=$(field "$who" Gid <<<"$log")
		[ "$value" = "$gid" ] || { fail "$who: gid is '$value', expected $gid"; return; }
		# The engine's filter alone also gives mode 2; PID 1 puts one more on itself, once the workload runs.
		filters=$(setting filters "$expect") || filters=2
		value=$(field "$who" Seccomp_filters <<<"$log")
		[ "$value" = "$filters" ] || { [ "$who" = 1 ] && [ "$value" = $((filters + 1)) ]; } || { fail "$who: $value filters, expected $filters"; return; }
	done
}

# around LOG SETTINGS: the engine did what the row asks of it; a row whose setting is lost on the way would prove nothing.
around() {
	local root=rw masked=yes
	! setting readonly "$2" >/dev/null || root=ro
	! setting privileged "$2" >/dev/null || masked=
	[ "$(field self Root <<<"$1")" = "$root" ] || { fail "the root file system is '$(field self Root <<<"$1")', not $root"; return; }
	[ "$(field self Masked <<<"$1")" = "$masked" ] || { fail "/proc/sys is a mount: '$(field self Masked <<<"$1")', expected '$masked'"; return; }
	if setting userns "$2" >/dev/null; then
		[ "$(field self Outside <<<"$1")" = 100000 ] || { fail "root is uid $(field self Outside <<<"$1") outside"; return; }
	else
		[ "$(field self Outside <<<"$1")" = 0 ] || { fail "a user namespace that nobody asked for"; return; }
	fi
}

# as_expected LOG SETTINGS EXPECT
as_expected() { around "$1" "$2" && sealed "$1" "$3"; }

# The log may trail behind the exit status.
complete() { wait_for 5 ready "$1" 'POSTURE 1 Name:' || fail "no posture in the log: $(tail_of "$1")"; }

# all_sealed LOG EXPECT: the same for every process that the script "postures" saw beside PID 1; there must be one.
all_sealed() {
	local pid pids
	pids=$(awk '$2 != 1 { print $2 }' <<<"$1" | sort -u)
	[ -n "$pids" ] || { fail "no process of the workload seen"; return; }
	for pid in $pids; do
		sealed "${1//POSTURE $pid /POSTURE self }" "$2" || { reason="process $pid: $reason"; return 1; }
	done
}

check_posture() {
	start "$1" "$2" "$3" "$4" /bin/sh -c "$probe" && wait_exit "$1" 0 && complete "$1" && as_expected "$(log_of "$1")" "$3" "$5"
}

check_terminal() {
	start "$1" "$2" "$3" "$4" /bin/sh -c "test -t 0 && test -t 1 && echo >/dev/tty && $probe" && wait_exit "$1" 0 && complete "$1" && as_expected "$(log_of "$1")" "$3" "$5"
}

check_exit() {
	start "$1" "$2" "$3" "$4" /bin/sh -c 'exit 37' && wait_exit "$1" "$(setting exit "$5")"
}

check_missing() {
	start "$1" "$2" "$3" "$4" /no/such/command && wait_exit "$1" "$(setting exit "$5")" || return
	wait_for 5 ready "$1" '^husk: .*/no/such/command' || fail "it isn't husk that says so: $(tail_of "$1")"
}

# stopped ENGINE SECONDS CODE: the engine's stop ends it within SECONDS (the engine would kill after twice that) with CODE.
stopped() {
	local begin=$SECONDS code
	"$1_stop" "$container" "$2" >/dev/null 2>&1
	code=$("$1_wait" "$container")
	[ $((SECONDS - begin)) -lt "$2" ] || { fail "stop took $((SECONDS - begin)) s"; return; }
	[ "$code" = "$3" ] || fail "exit status $code after stop, expected $3: $(tail_of "$1")"
}

ready() { log_of "$1" | grep -q "$2"; }

check_stop() {
	start "$1" "$2" "$3" "$4" /bin/sh -c 'trap "exit 42" TERM; echo READY; while :; do sleep 0.1; done' || return
	wait_for 20 ready "$1" READY || { fail "not ready: $(tail_of "$1")"; return; }
	stopped "$1" 8 "$(setting exit "$5")"
}

check_deaf() {
	start "$1" "$2" "$3" "$4" /bin/sh -c 'trap "" TERM; echo READY; while :; do sleep 0.1; done' || return
	wait_for 20 ready "$1" READY || { fail "not ready: $(tail_of "$1")"; return; }
	stopped "$1" 8 "$(setting exit "$5")"
}

parent_is_1() { "$1_exec" "$container" /bin/sh -c "grep -q '^PPid:[^0-9]*1\$' /proc/$2/status"; }
no_process() { "$1_exec" "$container" /bin/sh -c "test ! -e /proc/$2"; }

# Leaves an orphan behind by the engine's exec: it must become PID 1's child, and be gone after its end.
leaves_nothing() {
	local orphan
	orphan=$("$1_exec" "$container" /bin/sh -c 'sleep 1000 >/dev/null 2>&1 </dev/null & echo $!' | tr -d '\r') || { fail "exec failed"; return; }
	[[ $orphan =~ ^[0-9]+$ ]] || { fail "exec printed '$orphan'"; return; }
	wait_for 5 parent_is_1 "$1" "$orphan" || { fail "the orphan isn't PID 1's child"; return; }
	"$1_exec" "$container" /bin/sh -c "kill $orphan" || { fail "exec of kill failed"; return; }
	wait_for 8 no_process "$1" "$orphan" || fail "the orphan is still there, a zombie"
}

check_exec() {
	start "$1" "$2" "$3" "$4" /bin/sh -c "$probe; echo READY; exec sleep 1000" || return
	wait_for 20 ready "$1" READY || { fail "not ready: $(tail_of "$1")"; return; }
	leaves_nothing "$1" && as_expected "$(log_of "$1")" "$3" uid=1000 && stopped "$1" 8 143
}

# The engine calls it by tini's name: it does tini's work and seals nothing.
check_tini() {
	start "$1" "$2" "$3" "$4" /bin/sh -c "$probe; echo READY; exec sleep 1000" || return
	wait_for 20 ready "$1" READY || { fail "not ready: $(tail_of "$1")"; return; }
	[ "$(log_of "$1" | field 1 Name)" = "$(setting name "$5")" ] || { fail "PID 1 is $(log_of "$1" | field 1 Name)"; return; }
	[ "$(log_of "$1" | field self NoNewPrivs)" = 0 ] || { fail "it seals, which tini doesn't"; return; }
	leaves_nothing "$1" && stopped "$1" 8 143
}

asks() { "$1_exec" "$container" "${@:2}" | grep -q 'answer 42'; }

# of_image IMAGE EXPECT: a user's name in uid= becomes the numbers that the image has for it.
of_image() {
	local name numbers
	name=$(setting uid "$2") || name=
	numbers=$(awk -F: -v n="$name" '$1 == n { print "uid=" $3 " gid=" $4 }' "$work/root/$1/etc/passwd")
	printf %s "${2/uid=$name/${numbers:-uid=$name}}"
}

# A server of images.sh's table answers, is sealed with all its children, and stops cleanly.
check_serve() {
	local name=${5%% *} log
	start "$1" "$2" "$3" "$4" /srv/husk/serve "$name" || return
	! declare -F "$1_lo" >/dev/null || "$1_lo" "$container"
	wait_for 40 asks "$1" /srv/husk/ask "$name" || { fail "no answer: $("$1_exec" "$container" /srv/husk/ask "$name" 2>&1 | tail -n 1) $(tail_of "$1")"; return; }
	log=$("$1_exec" "$container" /srv/husk/postures) || { fail "postures: $log"; return; }
	all_sealed "$log" "$(of_image "$2" "${5#"$name"}")" || return
	stopped "$1" 10 0
}

# A Dockerfile of the examples: the engine builds it, its ENTRYPOINT and CMD run, answer, are sealed, and stop.
check_build() {
	local file=${5%% *} context=$work/build log shell=(/bin/sh) ask=(/srv/husk/ask "$(setting ask "$5")")
	rm -rf "$context"
	mkdir -p "$context"
	cp "$HUSK" "$context/husk"
	cp "$top/examples/docker/$file" "$context/"
	if [ "$2" = scratch ]; then
		cp "$work/root/scratch/bin/busybox" "$context/"
		cp "$top/scripts/engines/servers/www/index.html" "$context/"
		shell=(/busybox sh)
		ask=(/busybox wget -qO- http://127.0.0.1:8080/)
	fi
	log=$("$1_build" "$context" "$file" 2>&1) || { fail "build: $(tail -n 3 <<<"$log" | tr '\n' ' ')"; return; }
	"$1_start" "$container" example "$3" || { fail "did not start: $(tail -n 2 "$work/$1.log")"; return; }
	wait_for 40 asks "$1" "${ask[@]}" || { fail "no answer: $("$1_exec" "$container" "${ask[@]}" 2>&1 | tail -n 1) $(tail_of "$1")"; return; }
	log=$("$1_exec" "$container" "${shell[@]}" -c "$(cat "$top/scripts/engines/servers/postures")") || { fail "postures: $log"; return; }
	all_sealed "$log" "$(of_image "$2" "$5")" || return
	stopped "$1" 8 "$(setting exit "$5")"
}
