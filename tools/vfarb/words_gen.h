/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
#ifndef _VFARB_WORDS_GEN_H
#define _VFARB_WORDS_GEN_H

/* The words of an enumeration by value, or of flags by bit; ends with NULL. */
extern const char *const class_words[];
extern const char *const kind_words[];
extern const char *const preempt_words[];
extern const char *const policy_words[];
extern const char *const order_words[];
extern const char *const priority_words[];
extern const char *const engine_state_words[];
extern const char *const cycle_end_words[];
extern const char *const blocked_words[];
extern const char *const event_type_words[];
extern const char *const limit_words[];
extern const char *const limit_action_words[];

#endif /* _VFARB_WORDS_GEN_H */
