/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzz target's input, read as a stream of small numbers. */
#ifndef _VFARB_STREAM_H
#define _VFARB_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct input {
	const uint8_t *at;
	size_t left;
};

/* 0 once the input is used up. */
static inline uint64_t take(struct input *input, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- && input->left) {
		value = value << 8 | *input->at++;
		input->left--;
	}
	return value;
}

/* A number of any width, often small, often at an edge. */
static inline uint64_t take_number(struct input *input)
{
	uint8_t how = take(input, 1);
	uint64_t value;

	switch (how & 7) {
	case 0:
	case 1:
	case 2:
		return how >> 3;
	case 3:
		return take(input, 2);
	case 4:
		return take(input, 4);
	case 5:
		return take(input, 8);
	case 6:
		/* About a power of two. */
		value = 1ull << (take(input, 1) & 63);
		return value + (how >> 3) - 16;
	default:
		return (uint64_t)(how >> 3) - 16;
	}
}

#endif /* _VFARB_STREAM_H */
