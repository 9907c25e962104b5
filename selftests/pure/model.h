/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pick should do, said a second time: a plain list, numbers that never wrap and fractions
 * that never round. Slow and obvious, so that it can be believed.
 */
#ifndef _MODEL_H
#define _MODEL_H

#include "../../kernel/core/pick.h"

__extension__ typedef __int128 s128;

#define MODEL_VFS	64

/*
 * Virtual time is base + (1000 * ran + part) / volume, in virtual ns. What a VF owes while it does
 * not compete is its own execution time in thousandths of an ns: then no division is needed.
 */
struct model_vf {
	bool here;
	bool joined;
	unsigned int priority;
	u32 volume;
	u32 order;
	u64 designated;
	s128 base;
	s128 ran;
	u32 part;
	s128 owes;
	s128 owes_since;
	s128 overrun;
	u64 executed;
	u64 last_actual;
	u64 first_grant;
	u64 turn;
	u64 head_size;
	u64 head_time;
	u32 owes_epoch;
};

struct model {
	enum vfarb_policy policy;
	enum vfarb_order order;
	s128 clock[VFARB_PRIORITIES];
	int running;
	u64 turns;
	u64 grants;
	u64 now;
	u32 epoch;
	/* Deadlines and the level they are told by are the pick's; P2 checks what they keep. */
	const struct vfarb_line *(*line)(int id);
	u64 level[VFARB_PRIORITIES];
	struct model_vf vf[MODEL_VFS];
};

struct model_choice {
	int winner;
	int runner_up;
	enum vfarb_rule rule;
};

void model_init(struct model *m, const u64 clock[VFARB_PRIORITIES]);
bool model_fair(const struct model *m);
void model_follow(struct model *m);
s128 model_lead(const struct model *m, int id);
int model_compare_vtime(const struct model *m, int a, int b);
void model_vtime(const struct model *m, int id, u64 *vtime, u32 *vrem);
bool model_adopt(struct model *m, int id, u64 vtime, u32 vrem, bool by_level);
bool model_adopt_debt(struct model *m, int id, u64 debt_ns);
void model_join(struct model *m, int id);
void model_leave(struct model *m, int id);
void model_reprice(struct model *m, int id, u32 volume, unsigned int priority);
void model_charge(struct model *m, int id, u64 run_ns);
void model_slice(struct model *m, int id, u64 actual_ns, u64 over_ns);
void model_drop(struct model *m);
struct model_choice model_next(struct model *m, int priority, int second_priority);
void model_set_policy(struct model *m, enum vfarb_policy policy, enum vfarb_order order);

#endif /* _MODEL_H */
