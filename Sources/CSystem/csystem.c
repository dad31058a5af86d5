#include "csystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

int csystem_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int csystem_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

int csystem_signal_descriptor(const sigset_t *signals) { return signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC); }

struct stream_cookie {
  void *taker;
  void (*take)(void *taker, const char *bytes, size_t count);
};

static ssize_t stream_write(void *cookie, const char *bytes, size_t count) {
  struct stream_cookie *stream = cookie;
  stream->take(stream->taker, bytes, count);
  return (ssize_t)count;
}

static int stream_close(void *cookie) {
  free(cookie);
  return 0;
}

FILE *csystem_stream(void *taker, void (*take)(void *taker, const char *bytes, size_t count)) {
  struct stream_cookie *cookie = malloc(sizeof *cookie);
  if (cookie == NULL) return NULL;
  *cookie = (struct stream_cookie){.taker = taker, .take = take};
  FILE *stream = fopencookie(cookie, "w", (cookie_io_functions_t){.write = stream_write, .close = stream_close});
  if (stream == NULL) free(cookie);
  return stream;
}

void csystem_restart_output(int descriptor) {
  // TCOON undoes only a TCOOFF, but in doing so starts what a Ctrl-S stopped (the kernel's tty_io.c).
  tcflow(descriptor, TCOOFF);
  tcflow(descriptor, TCOON);
}

int csystem_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int csystem_next_signal(int descriptor, pid_t *sender) {
  struct signalfd_siginfo info;
  ssize_t count = read(descriptor, &info, sizeof info);
  if (count != sizeof info) return -1;
  *sender = (pid_t)info.ssi_pid;
  return (int)info.ssi_signo;
}

int csystem_is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int csystem_unacknowledged_bytes(int descriptor, int *bytes) { return ioctl(descriptor, SIOCOUTQ, bytes); }

int csystem_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }

int csystem_fill_lowest(void) {
  int filled = open("/dev/null", O_RDWR);
  // A root directory without devices has at least itself.
  return filled >= 0 ? filled : open("/", O_PATH);
}

int csystem_is_open(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

int csystem_is_open_for(int descriptor, int access) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || flags & O_PATH) return 0;
  int mode = flags & O_ACCMODE;
  return mode == O_RDWR || mode == access;
}

long csystem_read_now(int descriptor, void *bytes, size_t room) {
  struct iovec piece = {.iov_base = bytes, .iov_len = room};
  return preadv2(descriptor, &piece, 1, -1, RWF_NOWAIT);
}

long csystem_write_now(int descriptor, const void *bytes, size_t count) {
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
  return pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);
}

int csystem_is_terminal_master(int descriptor) {
  unsigned number;
  return ioctl(descriptor, TIOCGPTN, &number) == 0;
}

// The states of a socket that has no peer, or not yet, as tcpi_state gives them (include/net/tcp_states.h of the
// kernel).
enum { STATE_SYN_SENT = 2, STATE_SYN_RECEIVED = 3, STATE_CLOSE = 7, STATE_LISTEN = 10 };

int csystem_get_link_info(int descriptor, struct csystem_link_info *info) {
  // Older kernels fill in less.
  struct tcp_info found = {0};
  socklen_t length = sizeof found;
  int result = getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &found, &length);
  if (result < 0) return result;
  *info = (struct csystem_link_info){
      .is_connected = found.tcpi_state != STATE_SYN_SENT && found.tcpi_state != STATE_SYN_RECEIVED &&
                      found.tcpi_state != STATE_CLOSE && found.tcpi_state != STATE_LISTEN,
      .segments_in_flight = found.tcpi_unacked,
      .bytes_unsent = found.tcpi_notsent_bytes,
      .retransmissions = found.tcpi_retransmits,
      .probes = found.tcpi_probes,
      .doublings = found.tcpi_backoff,
      .timeout_microseconds = found.tcpi_rto,
      .milliseconds_since_acknowledgement = found.tcpi_last_ack_recv,
      .milliseconds_since_sent = found.tcpi_last_data_sent,
  };
  return 0;
}

int csystem_reset_at_close(int descriptor, int resets) {
  struct linger at_once = {.l_onoff = resets, .l_linger = 0};
  return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int csystem_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int csystem_epoll_add(int epoll, int descriptor, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int csystem_epoll_add_level(int epoll, int descriptor, uint64_t token, int shared) {
  struct epoll_event event = {.events = EPOLLIN | (shared ? EPOLLEXCLUSIVE : 0), .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int csystem_epoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int csystem_epoll_wait(int epoll, struct csystem_event *events, int room, int milliseconds) {
  // Copied, because the kernel's struct is packed on some machines and Swift's view of it would not be.
  struct epoll_event found[256];
  int count = epoll_wait(epoll, found, room, milliseconds);
  for (int i = 0; i < count; i++) {
    events[i].token = found[i].data.u64;
    events[i].events = found[i].events;
  }
  return count;
}

long csystem_receive(int descriptor, void *bytes, size_t room) {
  return syscall(SYS_recvfrom, descriptor, bytes, room, MSG_DONTWAIT, NULL, NULL);
}

long csystem_send(int descriptor, const void *bytes, size_t count) {
  return syscall(SYS_sendto, descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
}

int csystem_event_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int csystem_clock_jump_descriptor(void) {
  int timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer < 0) return -1;
  // The year 2242. The kernel's own clock ends twenty years later.
  struct itimerspec never = {.it_value = {.tv_sec = 1LL << 33}};
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0) return timer;
  int code = errno;
  close(timer);
  errno = code;
  return -1;
}

int csystem_route_reports(void) {
  int reports = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (reports < 0) return -1;
  struct sockaddr_nl address = {
      .nl_family = AF_NETLINK,
      .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
  };
  if (bind(reports, (struct sockaddr *)&address, sizeof address) == 0) return reports;
  int code = errno;
  close(reports);
  errno = code;
  return -1;
}

int csystem_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int csystem_adopt(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// Runs /bin/sh with default signal actions and none blocked. 0 or the error number.
static int spawn_shell(pid_t *pid, const posix_spawn_file_actions_t *files, short flags, char *const words[],
                       char *const environment[]) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  int error = posix_spawnattr_init(&attributes);
  if (error) return error;
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  error = posix_spawn(pid, "/bin/sh", files, &attributes, words, environment);
  posix_spawnattr_destroy(&attributes);
  return error;
}

int csystem_spawn_shell(const char *command, const char *argument, pid_t *pid) {
  char *words[] = {"sh", "-c", (char *)command, "sh", (char *)argument, NULL};
  return spawn_shell(pid, NULL, 0, words, environ);
}

// Whether a variable is set by one of `variables`.
static int is_replaced(const char *variable, char *const variables[]) {
  const char *end = strchr(variable, '=');
  if (!end) return 0;
  size_t length = end - variable + 1;
  for (; *variables; variables++)
    if (strncmp(variable, *variables, length) == 0) return 1;
  return 0;
}

int csystem_spawn_detached(const char *command, char *const variables[], pid_t *pid) {
  size_t count = 1;
  for (char *const *entry = environ; *entry; entry++) count++;
  for (char *const *entry = variables; *entry; entry++) count++;
  char **environment = calloc(count, sizeof *environment);
  if (!environment) return ENOMEM;
  size_t filled = 0;
  for (char *const *entry = environ; *entry; entry++)
    if (!is_replaced(*entry, variables)) environment[filled++] = *entry;
  for (char *const *entry = variables; *entry; entry++) environment[filled++] = *entry;

  posix_spawn_file_actions_t files;
  int error = posix_spawn_file_actions_init(&files);
  if (!error) {
    for (int stream = 0; stream <= 2 && !error; stream++)
      error = posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
    char *words[] = {"sh", "-c", (char *)command, NULL};
    if (!error) error = spawn_shell(pid, &files, POSIX_SPAWN_SETSID, words, environment);
    posix_spawn_file_actions_destroy(&files);
  }
  free(environment);
  return error;
}
