# shellcheck shell=bash
# The table, as Markdown.
# shellcheck disable=SC2154 # variables are shared

print_table() {
	local row engine line
	line="| |"
	for engine in "${engines[@]}"; do line+=" $engine ${version[$engine]:-} |"; done
	echo "$line"
	line="|---|"
	for engine in "${engines[@]}"; do line+="---|"; done
	echo "$line"
	for row in "${rows[@]}"; do
		line="| $row |"
		for engine in "${engines[@]}"; do line+=" ${result["$row|$engine"]:--} |"; done
		echo "$line"
	done
	[ -z "${extra_rows+x}" ] || [ ${#extra_rows[@]} -eq 0 ] || printf '\n| besides | |\n|---|---|\n'
	for row in "${extra_rows[@]}"; do echo "| $row | ${result["$row|extra"]} |"; done
	for line in "${failed[@]}"; do echo "failed: $line"; done
}

write_readme() {
	python3 - "$top/README.md" "$1" <<-'PYTHON'
		import sys
		readme, table = sys.argv[1:]
		begin, end = "<!-- engines:begin -->\n", "<!-- engines:end -->\n"
		text = open(readme, encoding="utf-8").read()
		if begin not in text or end not in text:
		    sys.exit("README.md has no engines:begin and engines:end markers")
		head, rest = text.split(begin, 1)
		tail = rest.split(end, 1)[1]
		open(readme, "w", encoding="utf-8").write(head + begin + open(table, encoding="utf-8").read() + end + tail)
	PYTHON
}
