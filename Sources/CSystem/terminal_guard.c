// Puts the modes of the terminal back when a signal ends the program. A handler may make only async-signal-safe calls,
// and makes these (signal-safety(7)): tcgetattr, tcsetattr, tcgetpgrp, getpgrp, poll, write, signal, raise.
#include "csystem.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

static struct termios remembered_modes;
static volatile sig_atomic_t remembered_descriptor = -1;
static volatile sig_atomic_t title_is_ours;

static void write_sequence(const char *sequence, size_t length) {
  ssize_t ignored = write(remembered_descriptor, sequence, length);
  (void)ignored;
}

void csystem_restore_terminal(void) {
  if (remembered_descriptor < 0) return;
  int saved_errno = errno;
  // From the background the change would stop us, and the modes are another's. A terminal that is not our controlling
  // one has no groups: then tcgetpgrp fails.
  pid_t foreground = tcgetpgrp(remembered_descriptor);
  if (foreground >= 0 && foreground != getpgrp()) {
    errno = saved_errno;
    return;
  }
  // Bracketed paste, reports of the focus and the keypad's application mode (DECCKM, DECKPNM) off, as line editing may
  // have left them on: their codes would reach the shell otherwise. The title that was pushed comes back (xterm's
  // XTWINOPS).
  static const char modes_off[] = "\033[?2004l\033[?1004l\033[?1l\033>";
  static const char pop_title[] = "\033[23;2t";
  struct termios now;
  struct pollfd room = {.fd = remembered_descriptor, .events = POLLOUT};
  if (tcgetattr(remembered_descriptor, &now) == 0 && !(now.c_lflag & ICANON) &&
      poll(&room, 1, 0) > 0 && room.revents & POLLOUT) {
    write_sequence(modes_off, sizeof modes_off - 1);
    if (title_is_ours) write_sequence(pop_title, sizeof pop_title - 1);
  }
  tcsetattr(remembered_descriptor, TCSANOW, &remembered_modes);
  errno = saved_errno;
}

void csystem_guard_title(int is_ours) { title_is_ours = is_ours; }

static void restore_and_die(int number) {
  csystem_restore_terminal();
  signal(number, SIG_DFL);
  raise(number);
}

int csystem_guard_terminal(int descriptor) {
  static const int deaths[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,    SIGABRT, SIGTRAP, SIGSYS, SIGQUIT,
                               SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU};
  // A stack that overflowed cannot run its own handler.
  static char stack[64 * 1024];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  if (sigaltstack(&alternate, NULL) != 0) return -1;
  if (tcgetattr(descriptor, &remembered_modes) != 0) return -1;
  remembered_descriptor = descriptor;
  for (unsigned i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
    struct sigaction action = {.sa_handler = restore_and_die, .sa_flags = SA_NODEFER | SA_RESETHAND | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (sigaction(deaths[i], &action, NULL) != 0) return -1;
  }
  return 0;
}
