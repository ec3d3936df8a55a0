# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make install and make uninstall: both go through the same list of files. make deb and make rpm:
# packages of this tree (package.sh). Included by the top Makefile, which sets B and PROGRAMS.

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/xmacvlan
UNITDIR ?= $(PREFIX)/lib/systemd/system
NETWORKDIR ?= $(PREFIX)/lib/systemd/network
UDEVRULESDIR ?= $(PREFIX)/lib/udev/rules.d
NMCONFDIR ?= $(PREFIX)/lib/NetworkManager/conf.d
CNIBINDIR ?= /opt/cni/bin
# podman and netavark look here and in /usr/lib/netavark, among others
NETAVARKDIR ?= $(PREFIX)/lib/netavark
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR ?= $(DATADIR)/zsh/site-functions
FISHCOMPDIR ?= $(DATADIR)/fish/vendor_completions.d

# Some are built only where their libraries are; uninstall removes all of them
SBIN_NAMES := xmacvlan xmacvland xmacvlan-metrics xmacvlan-docker xmacvlan-dhcp xmacvlan-top \
	xmacvlan-trace
PAGES := $(wildcard docs/man/*.[1-8])
EXAMPLES := $(wildcard $(addprefix dist/,prometheus/* grafana/* kubernetes/* \
	kubernetes/examples/* network/README.md network/dhcpcd.conf \
	systemd/README.md))

# For the units that `apply --dhcp-units` starts
DHCP_DROPINS := xmacvlan-dhcp-.service.d

# $(call place,MODE,DIR,FILE...): a word MODE:FILE:DIR/NAME for each file
place = $(foreach file,$3,$1:$(file):$2/$(notdir $(file)))
# $(call place_pages,FILE...): manual pages, into the folders of their sections
place_pages = $(foreach file,$1,$(call place,644,$(MANDIR)/man$(patsubst .%,%,$(suffix \
	$(file))),$(file)))
# $(call place_examples,FILE...): into the folders that they have in dist/
place_examples = $(foreach file,$1,$(call place,$(if $(filter %.sh,$(file)),755,644),$(patsubst \
	dist/%/,$(DOCDIR)/examples/%,$(dir $(file))),$(file)))

INSTALLED = \
	$(call place,755,$(SBINDIR),$(filter-out %/cni/xmacvlan %/netavark/xmacvlan,$(PROGRAMS))) \
	$(call place,755,$(CNIBINDIR),$(B)/cni/xmacvlan) \
	$(call place,755,$(NETAVARKDIR),$(B)/netavark/xmacvlan) \
	$(call place_pages,$(PAGES)) \
	$(call place,644,$(UNITDIR),$(wildcard dist/systemd/*.service \
		dist/systemd/*.socket)) \
	$(call place,644,$(UNITDIR)/$(DHCP_DROPINS),$(wildcard \
		dist/systemd/$(DHCP_DROPINS)/*)) \
	$(call place,644,$(UDEVRULESDIR),$(wildcard dist/network/*.rules)) \
	$(call place,644,$(NETWORKDIR),$(wildcard dist/network/*.network dist/network/*.link)) \
	$(call place,644,$(NMCONFDIR),$(wildcard dist/network/xmacvlan.conf)) \
	$(call place,644,$(BASHCOMPDIR),$(wildcard dist/completion/bash/*)) \
	$(call place,644,$(ZSHCOMPDIR),$(wildcard dist/completion/zsh/*)) \
	$(call place,644,$(FISHCOMPDIR),$(wildcard dist/completion/fish/*)) \
	$(call place,644,$(DATADIR)/xmacvlan,$(wildcard dist/schema/*)) \
	$(call place,644,$(DOCDIR),README.md CHANGELOG.md $(wildcard docs/*.md docs/*.svg)) \
	$(call place_examples,$(filter-out %/examples,$(EXAMPLES)))
# The folders that have nothing else
OWN_FOLDERS = $(filter $(DATADIR)/xmacvlan/% $(DOCDIR)/% $(UNITDIR)/$(DHCP_DROPINS)/%,$(foreach \
	word,$(INSTALLED),$(dir $(lastword $(subst :, ,$(word)))))) $(DOCDIR)/examples/

# $(call install_file,MODE FILE PATH)
install_file = install -D -m $(word 1,$1) $(word 2,$1) $(DESTDIR)$(word 3,$1)

.PHONY: install
install: all
	$(foreach word,$(INSTALLED),$(call install_file,$(subst :, ,$(word)))$(newline))
	$(foreach unit,$(notdir $(wildcard dist/systemd/*.service)),sed -i \
		's|/usr/local/sbin/|$(SBINDIR)/|' $(DESTDIR)$(UNITDIR)/$(unit)$(newline))

.PHONY: uninstall
uninstall:
	rm -f $(foreach word,$(INSTALLED),$(DESTDIR)$(lastword $(subst :, ,$(word)))) \
		$(SBIN_NAMES:%=$(DESTDIR)$(SBINDIR)/%)
	printf '%s\n' $(sort $(OWN_FOLDERS:%=$(DESTDIR)%)) | sort -r | while read -r dir; do \
		[ ! -d "$$dir" ] || rmdir --ignore-fail-on-non-empty "$$dir"; \
	done

# DEB_OPTIONS=-aarm64 and others are for dpkg-buildpackage; MAINTAINER='NAME <ADDRESS>' is who
# publishes the packages
.PHONY: deb
deb:
	$(Q)dist/deb.sh $(B)/deb $(DEB_OPTIONS)

# RPM_OPTIONS=--nodeps on Debian
.PHONY: rpm
rpm:
	$(Q)dist/rpm.sh $(B)/rpm $(RPM_OPTIONS)
