// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "top/terminal.h"
#include "top/view.h"

static struct {
	SCREEN *screen; /* NULL: not open */
	struct termios modes; /* before it was opened */
	int wake[2]; /* a pipe that a signal's handler writes into */
	volatile sig_atomic_t signal;
} terminal;

static void terminal_take_signal(int signal)
{
	int saved = errno;

	terminal.signal = signal;
	if (write(terminal.wake[1], "", 1) < 0) {
		/* it is full, so xm_terminal_wait() wakes up anyway */
	}
	errno = saved;
}

/*
 * A write to a stopped terminal is interrupted, for there is no SA_RESTART; a second signal kills.
 * SIGWINCH is delivered only in ppoll(), so that none comes between a look at the size and the
 * wait.
 */
static void terminal_set_signals(void)
{
	struct sigaction action = { .sa_handler = terminal_take_signal, .sa_flags = SA_RESETHAND };
	sigset_t winch;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	sigprocmask(SIG_BLOCK, &winch, NULL);
}

static void terminal_set_styles(bool no_color, struct xm_top_styles *styles)
{
	const char *variable = getenv("NO_COLOR");

	*styles = (struct xm_top_styles){ A_REVERSE, A_REVERSE | A_BOLD | A_UNDERLINE,
					  A_NORMAL,  A_BOLD,
					  A_BOLD,    A_BOLD };
	if (no_color || (variable && *variable) || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(1, COLOR_CYAN, -1);
	init_pair(2, COLOR_RED, -1);
	init_pair(3, COLOR_YELLOW, -1);
	styles->name = COLOR_PAIR(1);
	styles->drop = COLOR_PAIR(2) | A_BOLD;
	styles->trouble = COLOR_PAIR(3);
}

int xm_terminal_open(bool no_color, struct xm_top_styles *styles, struct xm_err *e)
{
	const char *type = getenv("TERM");

	if (tcgetattr(STDIN_FILENO, &terminal.modes))
		return xm_fail(e, errno, "top: cannot read the modes of the terminal: %s",
			       strerror(errno));
	if (pipe2(terminal.wake, O_CLOEXEC | O_NONBLOCK))
		return xm_fail(e, errno, "top: cannot make a pipe: %s", strerror(errno));
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return xm_fail(
			e, ENOENT,
			"top: no description of the terminal '%s' (TERM): --batch prints text",
			type ? type : "");
	terminal_set_signals();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	terminal_set_styles(no_color, styles);
	return 0;
}

void xm_terminal_close(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (!terminal.screen)
		return;
	/* endwin() would wait until the output of a stopped terminal goes on */
	if (poll(&out, 1, 100) == 1 && out.revents == POLLOUT)
		endwin();
	else
		tcflush(STDOUT_FILENO, TCOFLUSH);
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
	terminal.screen = NULL;
}

int xm_terminal_signal(void)
{
	return terminal.signal;
}

static uint32_t special_key(wint_t key)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} keys[] = {
		{ KEY_UP, XM_TOP_KEY_UP },
		{ KEY_DOWN, XM_TOP_KEY_DOWN },
		{ KEY_LEFT, XM_TOP_KEY_LEFT },
		{ KEY_RIGHT, XM_TOP_KEY_RIGHT },
		{ KEY_PPAGE, XM_TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, XM_TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, XM_TOP_KEY_HOME },
		{ KEY_END, XM_TOP_KEY_END },
		{ KEY_BACKSPACE, XM_TOP_KEY_BACKSPACE },
		{ KEY_ENTER, '\n' },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].curses == key)
			return keys[i].key;
	return XM_TOP_KEY_OTHER;
}

/* Returns 1: *key is one; 0: there is none, or the size has changed */
static int terminal_read(uint32_t *key)
{
	wint_t wide;
	int ret = get_wch(&wide);

	if (ret == ERR || (ret == KEY_CODE_YES && wide == KEY_RESIZE))
		return 0;
	*key = ret == KEY_CODE_YES ? special_key(wide) : wide;
	return 1;
}

int xm_terminal_wait(double seconds, uint32_t *key)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = terminal.wake[0], .events = POLLIN } };
	struct timespec time = { .tv_sec = seconds };
	sigset_t none;
	int ready;

	time.tv_nsec = (seconds - time.tv_sec) * 1e9;
	if (terminal.signal)
		return -1;
	if (terminal_read(key)) /* what ncurses has read before */
		return 1;
	sigemptyset(&none);
	ready = ppoll(fds, 2, &time, &none);
	if (terminal.signal || fds[1].revents)
		return -1;
	if (ready <= 0)
		return terminal_read(key); /* after SIGWINCH it takes the new size */
	if (terminal_read(key))
		return 1;
	/* readable, but nothing to read: a terminal that has gone */
	return fds[0].revents & (POLLHUP | POLLERR | POLLNVAL) ? -1 : 0;
}
