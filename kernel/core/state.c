// SPDX-License-Identifier: GPL-2.0
#include "state.h"

/* Members are copied byte by byte: in a packed structure they lie where they fall. */
#define COPY(name)	memcpy(&to->name, &from->name, sizeof(from->name));

#define COMPARE(name)						\
	do {							\
		if (memcmp(&a->name, &b->name, sizeof(a->name)))\
			return #name;				\
	} while (0);

static void save_pick(struct vfarb_state_pick *to, const struct vfarb_pick *from)
{
	VFARB_STATE_PICK(COPY)
}

static void load_pick(const struct vfarb_state_pick *from, struct vfarb_pick *to)
{
	VFARB_STATE_PICK(COPY)
}

static void save_ledger(struct vfarb_state_ledger *to, const struct vfarb_ledger *from)
{
	VFARB_STATE_LEDGER(COPY)
}

static void load_ledger(const struct vfarb_state_ledger *from, struct vfarb_ledger *to)
{
	VFARB_STATE_LEDGER(COPY)
}

static const char *compare_pick(const struct vfarb_state_pick *a, const struct vfarb_state_pick *b)
{
	VFARB_STATE_PICK(COMPARE)
	return NULL;
}

static const char *compare_ledger(const struct vfarb_state_ledger *a,
				  const struct vfarb_state_ledger *b)
{
	VFARB_STATE_LEDGER(COMPARE)
	return NULL;
}

/**
 * vfarb_state_save_engine - take down all that is not a line's
 * @to: out
 * @grant: the grant under way
 * @pick: the competition
 * @ledger: the account
 */
void vfarb_state_save_engine(struct vfarb_state_engine *to, const struct vfarb_state_grant *grant,
			     const struct vfarb_pick *pick, const struct vfarb_ledger *ledger)
{
	memcpy(&to->grant, grant, sizeof(*grant));
	save_pick(&to->pick, pick);
	save_ledger(&to->ledger, ledger);
}

/**
 * vfarb_state_load_engine - take up all that is not a line's
 * @from: the state
 * @grant: out
 * @pick: out; nobody competes
 * @ledger: out
 */
void vfarb_state_load_engine(const struct vfarb_state_engine *from,
			     struct vfarb_state_grant *grant, struct vfarb_pick *pick,
			     struct vfarb_ledger *ledger)
{
	memcpy(grant, &from->grant, sizeof(*grant));
	load_pick(&from->pick, pick);
	load_ledger(&from->ledger, ledger);
}

/**
 * vfarb_state_save_line - take down a line
 * @to: out
 * @from: the line
 */
void vfarb_state_save_line(struct vfarb_state_line *to, const struct vfarb_line *from)
{
	VFARB_STATE_LINE(COPY)
}

/**
 * vfarb_state_load_line - take up a line
 * @from: the state
 * @to: out; for vfarb_pick_restore()
 */
void vfarb_state_load_line(const struct vfarb_state_line *from, struct vfarb_line *to)
{
	memset(to, 0, sizeof(*to));
	VFARB_STATE_LINE(COPY)
}

/**
 * vfarb_state_compare_engine - find what differs
 * @a: one
 * @b: the other
 *
 * Return: the name of the first member that differs, or NULL.
 */
const char *vfarb_state_compare_engine(const struct vfarb_state_engine *a,
				       const struct vfarb_state_engine *b)
{
	const char *name = compare_pick(&a->pick, &b->pick);

	if (!name)
		name = compare_ledger(&a->ledger, &b->ledger);
	if (!name && memcmp(&a->grant, &b->grant, sizeof(a->grant)))
		name = "grant";
	return name;
}

/**
 * vfarb_state_compare_line - find what differs
 * @a: one
 * @b: the other
 *
 * Return: the name of the first member that differs, or NULL.
 */
const char *vfarb_state_compare_line(const struct vfarb_state_line *a,
				     const struct vfarb_state_line *b)
{
	VFARB_STATE_LINE(COMPARE)
	return NULL;
}
