#!/usr/bin/env python3
"""Table, JSON and chart of scripts/bench.sh: table.py WORK [--readme]."""
import datetime
import json
import pathlib
import platform
import subprocess
import sys

work = pathlib.Path(sys.argv[1])
CONTESTANTS = ["husk", "tini", "tini-static", "dumb-init", "catatonit", "setpriv+tini", "bwrap"]


def read(name):
    rows = (line.split() for line in (work / name).read_text().splitlines())
    return {row[0]: [float(value) for value in row[1:]] for row in rows if row}


launch, signal, reap, idle, filters, size = map(read, ("launch", "signal", "reap", "idle", "filter", "size"))
figures = {
    "launch to reaped exit, µs": {name: value[0] for name, value in launch.items()},
    "idle resident, KiB": {name: value[0] for name, value in idle.items()},
    "idle proportional, KiB": {name: value[1] for name, value in idle.items()},
    "idle private (anonymous), KiB": {name: value[2] for name, value in idle.items()},
    "wake-ups a minute": {name: value[3] for name, value in idle.items()},
    "signal round trip, µs": {name: value[0] for name, value in signal.items()},
    "CPU per reaped orphan, µs": {name: value[0] for name, value in reap.items()},
    "size of the binary, KiB": {name: value[0] / 1024 for name, value in size.items()},
}


def cell(row, name):
    if name not in row:
        return "–"
    value = row[name]
    text = f"{value:.0f}" if value >= 20 or value == int(value) else f"{value:.2f}"
    if name == "husk" or not row["husk"] or not value:
        return text
    return f"{text} ({row['husk'] / value:.2f} ×)"


table = ["| | " + " | ".join(CONTESTANTS) + " |", "|---" * (len(CONTESTANTS) + 1) + "|"]
table += [f"| {title} | " + " | ".join(cell(row, name) for name in CONTESTANTS) + " |" for title, row in figures.items()]
calls = {name: filters[name][0] for name in ("none", "one-instruction", "husk")}
loads = {name: filters[name][0] for name in ("load-bare", "load-as-husk")}
filter_text = (f"An allowed call takes {calls['husk']:.0f} ns under husk's filter, {calls['one-instruction']:.0f} ns under a filter of one "
               f"instruction ({calls['husk'] / calls['one-instruction']:.3f} ×), {calls['none']:.0f} ns under none. Loading takes "
               f"{loads['load-as-husk']:.0f} µs, a bare seccomp(2) with the same program {loads['load-bare']:.0f} µs "
               f"({loads['load-as-husk'] / loads['load-bare']:.2f} ×).")
today = datetime.date.today().isoformat()
model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), "")
machine = f"{model}, virtual machine, {platform.machine()}, Linux {platform.release().split('-')[0]}"
pathlib.Path("docs/bench.json").write_text(
    json.dumps({"date": today, "machine": machine, "figures": figures, "allowed_call_ns": calls, "filter_load_us": loads},
               indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

data = work / "chart.dat"
shown = [name for name in CONTESTANTS if name in launch]
data.write_text("\n".join(f'"{name}" {launch[name][0]} {idle.get(name, [0])[0]}' for name in shown) + "\n", encoding="utf-8")
subprocess.run(["gnuplot"], input=f"""
set terminal svg size 900,360 font 'sans,12' background '#ffffff'
set output 'docs/bench.svg'
set multiplot layout 1,2
set style fill solid 0.9
set boxwidth 0.7
set yrange [0:*]
set xtics rotate by -35
set grid ytics
unset key
set title 'launch to reaped exit, µs'
plot '{data}' using 0:2:xtic(1) title 'launch' with boxes linecolor rgb '#2a6f97'
set title 'idle resident memory, KiB'
plot '< head -n 5 {data}' using 0:3:xtic(1) title 'resident' with boxes linecolor rgb '#52796f'
""", text=True, check=True)

NOTES = """What isn't equal: husk runs with `--user nobody`, all capabilities dropped, no_new_privs, its filter and every read-back; tini,
tini-static, dumb-init and catatonit harden nothing; setpriv+tini does the same drops without a filter and reads nothing back; bwrap makes
namespaces as well. husk and tini-static are static, the others load libc. Memory is that of the init alone, the workload's not counted,
measured after husk has given back what only the start needed, at its one wake-up 100 ms after the start. In brackets: husk's figure as a
multiple of theirs."""


def versus(title, peer):
    return figures[title]["husk"] / figures[title][peer]


# What is measured, its unit, the most that it may be, and where a miss would come from.
AIMS = [
    ("launch, against tini-static", " ×", 0.85, versus("launch to reaped exit, µs", "tini-static"),
     "the loading of the filter, the 82 calls that empty the bounding set and read it back, the page faults of the start"),
    ("launch, against setpriv+tini", " ×", 0.40, versus("launch to reaped exit, µs", "setpriv+tini"), "as above"),
    ("idle resident", " KiB", 72, figures["idle resident, KiB"]["husk"], "pages of code that the loop touches"),
    ("idle private", " KiB", 28, figures["idle private (anonymous), KiB"]["husk"],
     "data, libc's state, and two to four pages of the stack, as the environment's size and the stack's random beginning have it"),
    ("wake-ups while idle", "", 0, figures["wake-ups a minute"]["husk"], "a timer"),
    ("signal round trip, against tini", " ×", 1.0, versus("signal round trip, µs", "tini"), "PID 1 is under two filters"),
    ("CPU per reaped orphan, against tini", " ×", 1.0, versus("CPU per reaped orphan, µs", "tini"),
     "three calls an orphan, as tini makes them, each of them under the two filters of PID 1, which costs some 30 ns a call; SIGCHLD "
     "coalesces, so none of the three can be saved"),
    ("size", " KiB", 330, figures["size of the binary, KiB"]["husk"], "what is linked in"),
    ("loading the filter, against a bare seccomp(2)", " ×", 1.2, loads["load-as-husk"] / loads["load-bare"], "the read-back"),
    ("an allowed call, against a filter of one instruction", " ×", 1.02, calls["husk"] / calls["one-instruction"],
     "the kernel's cache of always-allowed calls"),
]


def aim_row(title, unit, aim, found, reason):
    found = round(found, 2)
    verdict = "met" if found <= aim else f"missed: {reason}"
    return f"| {title} | {aim:g}{unit} | {found:g}{unit} | {verdict} |"


aims = ["| figure | at most | measured | |", "|---|---|---|---|"] + [aim_row(*aim) for aim in AIMS]
block = "\n".join([f"Measured {today} on {machine}; medians, in turn within one run (`./scripts/bench.sh`).", "", *table, "", filter_text, "",
                   "![launch time and memory beside the peers](docs/bench.svg)", "", NOTES, "", *aims])
print(block)
if sys.argv[2:] == ["--readme"]:
    readme = pathlib.Path("README.md")
    text = readme.read_text(encoding="utf-8")
    begin, end = "<!-- bench:begin -->\n", "<!-- bench:end -->"
    before, rest = text.split(begin)
    readme.write_text(before + begin + block + "\n" + end + rest.split(end, 1)[1], encoding="utf-8")
