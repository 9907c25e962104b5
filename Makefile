# SPDX-License-Identifier: GPL-2.0
#
# Build, test and install vfarb. `make help` lists the targets. The modules' object lists are in
# Kbuild, what each tool is made of in its own folder.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr/local
DESTDIR ?=
BED := selftests/bed

# What is built lies under O: programs in bin/, static ones for guests in static/ and selftests/.
O ?= $(CURDIR)/build/host
export O PREFIX DESTDIR

TOOL_DIRS := $(patsubst %/Makefile,%,$(wildcard tools/lib/Makefile) \
	$(filter-out tools/lib/Makefile,$(wildcard tools/*/Makefile)))
SELFTEST_DIRS := $(patsubst %/Makefile,%,$(wildcard selftests/*/Makefile))

.PHONY: all
all: modules tools

.PHONY: modules
modules:
	@test -d $(KDIR) || { echo "vfarb: error: no kernel headers in $(KDIR):" \
		"install linux-headers-amd64 or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

.PHONY: modules_install
modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

# Tools build one after the other: those after tools/lib link with it.
.PHONY: tools
tools:
	@set -e; for dir in $(TOOL_DIRS); do $(MAKE) -C $$dir all; done

.PHONY: selftests
selftests: tools
	@set -e; for dir in $(SELFTEST_DIRS); do $(MAKE) -C $$dir all; done

.PHONY: install
install: tools
	@set -e; for dir in $(TOOL_DIRS); do $(MAKE) -C $$dir install; done

.PHONY: deb
deb:
	@$(BED)/setup deb
	@packaging/build-deb

# The pages of Documentation. Those with text from kernel-doc comments need the kernel's program
# for that, which the testbed's `fetch --source 6.12` brings.
DOCS ?= $(CURDIR)/build/docs
KERNEL_DOC ?= $(wildcard $(or $(VFARB_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vfarb)/source/6.12/tree/scripts/kernel-doc)
.PHONY: docs
docs:
	@KERNEL_DOC="$(KERNEL_DOC)" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m sphinx -q -W --keep-going \
		-d $(DOCS)/doctrees -b html Documentation $(DOCS)/html

.PHONY: clean
clean:
	rm -rf build
	@test ! -d $(KDIR) || $(MAKE) -s -C $(KDIR) M=$(CURDIR) clean

# The testbed's scripts set themselves up: see $(BED)/README.rst.
.PHONY: setup check check-full fuzz coverage lint vm
setup:
	@$(BED)/setup check
	@$(BED)/fetch 6.1

CHECK_ARGS ?=

check:
	@$(BED)/setup check
	@$(BED)/check --kernel "$(or $(K),6.1)" $(if $(T),--test "$(T)") $(CHECK_ARGS)

check-full:
	@$(BED)/setup full
	@$(BED)/check --full $(if $(K),--kernel "$(K)") $(if $(T),--test "$(T)") $(CHECK_ARGS)

fuzz:
	@$(BED)/setup full
	@$(BED)/fuzz

coverage:
	@$(BED)/setup full
	@$(BED)/coverage

lint:
	@$(BED)/setup lint
	@$(BED)/lint

vm:
	@$(BED)/setup check
	@$(BED)/build $(or $(K),6.1)
	@$(BED)/vm --kernel $(or $(K),6.1) --shell

.PHONY: help
help:
	@echo 'Build'
	@echo '  all              modules and tools (the default)'
	@echo '  modules          the kernel modules, for the running kernel or KDIR='
	@echo '  tools            the programs in tools/'
	@echo '  deb              Debian packages, into build/deb'
	@echo '  docs             the pages in Documentation, into build/docs/html'
	@echo '  clean            remove everything built'
	@echo 'Install'
	@echo '  modules_install  the modules, under INSTALL_MOD_PATH'
	@echo '  install          the tools, under DESTDIR and PREFIX (/usr/local)'
	@echo 'Test (on a Debian 12 machine; each installs and downloads what it needs)'
	@echo '  check            all tests on kernel 6.1, or on K=6.12; T=name runs one alone'
	@echo '  check-full       all tests on 6.1, 6.12, 7.2 and on the debug kernels kasan, kcsan'
	@echo '  lint             static analysis of kernel code, tools and scripts'
	@echo '  fuzz             long fuzzing of the interfaces'
	@echo '  coverage         which lines of the kernel side the tests reach'
	@echo '  vm               a shell in a guest with the modules and tools at hand; K= as above'
	@echo '  setup            only install and download what the tests need'
