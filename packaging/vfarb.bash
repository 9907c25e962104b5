# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of vfarb(8): options, objects, commands, names of what there is, keywords, values.

# The names that `OBJECT show` lists; with accel, accelerators too.
__vfarb_names() {
	vfarb "$1" show 2>/dev/null | sed -n 's/^\([^ ]*\): .*/\1/p'
}

__vfarb_values() {
	case $1 in
	overcommit | run) echo on off ;;
	order) echo fair raw ;;
	policy) echo least-time deadline round-robin fixed-share fifo shortest relative-latency ;;
	priority) echo low normal high ;;
	volume) echo 10% 25% 50% 100% ;;
	slice) echo auto 500us 1ms 2ms 5ms ;;
	cap) echo off 10% 25% 50% ;;
	cycle) echo 100ms 1s ;;
	budget) echo off 100ms 1s ;;
	*-action) echo off report act ;;
	esac
}

__vfarb_keywords() {
	case $1 in
	accel) echo overcommit ;;
	engine)
		echo policy order cycle affinity budget {faults,resets,doorbells,irqs}-{most,action}
		;;
	vf) echo volume memory slice priority cap run label ;;
	esac
}

_vfarb() {
	local cur prev i words=() list=

	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	# The words of the command before this one, without options and their files.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-b | -ba* | --ba*) i=$((i + 1)) ;;
		-*) ;;
		*) words+=("${COMP_WORDS[i]}") ;;
		esac
	done
	if [[ $prev == -batch || $prev == -b ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	if [[ $cur == -* ]]; then
		if [[ ${words[0]:-} == apply ]]; then
			list=--dry-run
		else
			list="-json -pretty -statistics -timestamp -color=auto -color=always"
			list+=" -color=never -batch -force -version"
		fi
	else
		case ${words[0]:-}:${#words[@]} in
		:0) list="accel engine vf monitor top explain log replay save apply help" ;;
		accel:1 | engine:1 | vf:1) list="show set help"; [[ ${words[0]} == accel ]] || list+=" release" ;;
		accel:2 | engine:2 | vf:2)
			[[ ${words[1]} == help ]] || list=$(__vfarb_names "${words[0]}")
			[[ ${words[1]} != show ]] || list+=" $(__vfarb_names accel)"
			;;
		accel:* | engine:* | vf:*)
			# Pairs of keyword and value follow the name.
			if [[ ${words[1]} != set ]]; then
				list=
			elif ((${#words[@]} % 2)); then
				list=$(__vfarb_keywords "${words[0]}")
			else
				list=$(__vfarb_values "$prev")
			fi
			;;
		monitor:*) list="all config events cycles" ;;
		top:1) list="interval count sort $(__vfarb_names accel)" ;;
		top:*)
			case $prev in
			sort) list="name label vol share due lag slices slice wait state" ;;
			interval) list="500ms 1s 5s" ;;
			count) list= ;;
			*) list="interval count sort" ;;
			esac
			;;
		explain:1) list=$(__vfarb_names vf) ;;
		log:1) list=$(__vfarb_names engine) ;;
		explain:* | log:*)
			if [[ $prev == file || $prev == save ]]; then
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
				return
			fi
			;;
		apply:1 | replay:1)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		help:1) list="accel engine vf monitor top explain log replay save apply" ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
}

complete -F _vfarb vfarb
