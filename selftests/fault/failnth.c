// SPDX-License-Identifier: GPL-2.0
/*
 * Let the 1st, the 2nd, the 3rd ... allocation that a module makes within one system call fail (or
 * copy from or to user space), until a call comes through without meeting a fault. Each time the
 * call may succeed or fail; what must not happen shows in the kernel's log, and the last call must
 * succeed.
 *
 *	failnth MOST ACTION ARGUMENT... [-- UNDO ARGUMENT...]
 *
 * Actions: insmod FILE, rmmod NAME, write FILE TEXT, mkdir DIR, rmdir DIR, node FILE (open a VF's
 * node and use it; nothing to undo). UNDO is an action too; it follows an ACTION that succeeded,
 * without faults, and must succeed. MOST bounds how far it goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/vfarb_dev.h>

#define EXIT_SKIP	4

static int fail_nth;

static void arm(unsigned int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth, text, length, 0) != length) {
		perror("fail-nth");
		exit(1);
	}
}

/* Whether the fault was met. */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(fail_nth, text, sizeof(text) - 1, 0);
	bool met = length > 0 && !atoi(text);

	/* Reading may meet the fault itself, and so may writing. */
	while (pwrite(fail_nth, "0", 1, 0) != 1)
		;
	return met;
}

static int do_insmod(int fd)
{
	return syscall(SYS_finit_module, fd, "", 0);
}

/* One round of what a client does; whatever is refused, the rest is tried. */
static int use_node(const char *path)
{
	struct vfarb_buffer_create create = { .size = 8192 };
	struct vfarb_buffer_destroy destroy = {};
	struct vfarb_submission submission = { .op = VFARB_OP_FILL, .value = 0x5a };
	struct vfarb_submit submit = { .count = 1, .submissions = (uintptr_t)&submission };
	struct vfarb_wait wait = { .count = 1, .timeout_ns = 1000000000 };
	struct vfarb_completion completion;
	int fd = open(path, O_RDWR), ret = 0;
	void *at;

	if (fd < 0)
		return -1;
	ret |= ioctl(fd, VFARB_IOC_BUFFER_CREATE, &create);
	submission.operand[0].handle = create.handle;
	submission.operand[0].length = create.size;
	destroy.handle = create.handle;
	if (!ret) {
		at = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  create.mmap_offset);
		if (at == MAP_FAILED)
			ret = -1;
		else
			munmap(at, create.size);
		ret |= ioctl(fd, VFARB_IOC_SUBMIT, &submit);
		if (!ret && !ioctl(fd, VFARB_IOC_WAIT, &wait))
			ret |= read(fd, &completion, sizeof(completion)) < 0;
		ret |= ioctl(fd, VFARB_IOC_BUFFER_DESTROY, &destroy);
	}
	close(fd);
	return ret;
}

/*
 * Act with the nth allocation failing, or none if n is 0. What has to be opened first is opened
 * before, so that the faults are those of the call itself. Returns 0 or -1; *met: it was met.
 */
static int act(char **action, unsigned int n, bool *met)
{
	const char *what = action[0], *name = action[1];
	int fd = -1, ret, error;

	if (!strcmp(what, "insmod") || !strcmp(what, "write")) {
		fd = open(name, *what == 'i' ? O_RDONLY : O_WRONLY);
		if (fd < 0)
			return -1;
	}
	if (n)
		arm(n);
	if (!strcmp(what, "insmod"))
		ret = do_insmod(fd);
	else if (!strcmp(what, "rmmod"))
		ret = syscall(SYS_delete_module, name, O_NONBLOCK);
	else if (!strcmp(what, "write"))
		ret = write(fd, action[2], strlen(action[2])) < 0 ? -1 : 0;
	else if (!strcmp(what, "mkdir"))
		ret = mkdir(name, 0755);
	else if (!strcmp(what, "rmdir"))
		ret = rmdir(name);
	else
		ret = use_node(name);
	error = errno;
	*met = n && disarm();
	if (fd >= 0)
		close(fd);
	errno = error;
	return ret ? -1 : 0;
}

/*
 * By default allocations that may sleep are spared, which is most of them, and each fault is told.
 * Only what is called from a module, near enough, is to fail: the kernel's own code does not always
 * bear it.
 */
static void set_up(void)
{
	/* Counted from the fault: through the allocator and a helper or two, not into PCI core. */
	static const struct {
		const char *name, *depth;
	} kinds[] = {
		{ "failslab", "6" }, { "fail_page_alloc", "8" }, { "fail_usercopy", "6" },
	};
	static const struct {
		const char *name, *value;
		bool optional;		/* fail_usercopy has no use for it */
	} settings[] = {
		{ "ignore-gfp-wait", "N", true },
		{ "min-order", "0", true },
		{ "verbose", "0", false },
		{ "stacktrace-depth", NULL, false },
		/* Where x86-64 has its modules. */
		{ "require-start", "0xffffffffa0000000", false },
		{ "require-end", "0xffffffffff000000", false },
	};
	char path[128];
	size_t i, k;
	int fd;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
			const char *value = settings[i].value ? : kinds[k].depth;

			snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kinds[k].name,
				 settings[i].name);
			fd = open(path, O_WRONLY);
			if (fd < 0 && settings[i].optional)
				continue;
			if (fd < 0 || write(fd, value, strlen(value)) < 0) {
				printf("SKIP: no %s\n", path);
				exit(EXIT_SKIP);
			}
			close(fd);
		}
	}
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		printf("SKIP: no /proc/self/fail-nth\n");
		exit(EXIT_SKIP);
	}
}

int main(int argc, char **argv)
{
	unsigned int most, n, failed = 0, survived = 0;
	char **undo = NULL;
	bool met = true, undone;
	int i, ret = -1;

	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			argv[i] = NULL;
			undo = argv + i + 1;
			break;
		}
	}
	if (argc < 4 || !argv[3]) {
		fprintf(stderr, "usage: failnth MOST ACTION ARGUMENT... [-- UNDO ARGUMENT...]\n");
		return 1;
	}
	most = strtoul(argv[1], NULL, 0);
	set_up();
	for (n = 1; met && n <= most; n++) {
		ret = act(argv + 2, n, &met);
		if (met) {
			failed += !!ret;
			survived += !ret;
		}
		if (!ret && undo && act(undo, 0, &undone)) {
			fprintf(stderr, "fault %u: cannot %s %s: %s\n", n, undo[0], undo[1],
				strerror(errno));
			return 1;
		}
	}
	printf("%s %s: %u faults, %u refused, %u survived%s\n", argv[2], argv[3], failed + survived,
	       failed, survived, met ? ", more are possible" : "");
	/* A call that met no fault must succeed; if all met one, try without. */
	if (met) {
		ret = act(argv + 2, 0, &undone);
		if (!ret && undo)
			ret = act(undo, 0, &undone);
	}
	if (ret)
		fprintf(stderr, "without a fault: %s\n", strerror(errno));
	return !!ret;
}
