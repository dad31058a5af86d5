// Swift's view of glibc lacks these: calls that are GNU extensions, variadic, or macros with casts,
// and the one signal handler that must be plain C. Every function keeps the convention of the call it wraps: -1 and
// errno on failure. Except the csystem_is_… functions: they return 1 for yes and 0 for no. Nothing here decides
// anything; the decisions are in the Sockets module.
#ifndef TINCAN_CSYSTEM_H
#define TINCAN_CSYSTEM_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC.
int csystem_accept(int listener, struct sockaddr *address, socklen_t *length);

// pipe2(2) with O_NONBLOCK | O_CLOEXEC: ends[0] reads, ends[1] writes.
int csystem_pipe(int ends[2]);

// signalfd(2) with SFD_NONBLOCK | SFD_CLOEXEC.
int csystem_signal_descriptor(const sigset_t *signals);

// fopencookie(3): a stream that hands what is written to `take`, which must take it all.
FILE *csystem_stream(void *taker, void (*take)(void *taker, const char *bytes, size_t count));

// tcflow(3): lets output go on that Ctrl-S stopped.
void csystem_restart_output(int descriptor);

// ioctl(2) TIOCGWINSZ: the width of a terminal's window; 0 when nobody knows it.
int csystem_columns(int descriptor);

// Reads one signal from a signal descriptor: its number, or -1 (EAGAIN when there is none). `sender` becomes the
// process that sent it, 0 if the kernel did.
int csystem_next_signal(int descriptor, pid_t *sender);

// Whether a signal is ignored, as nohup(1) and shells in the background arrange for the programs they start.
int csystem_is_ignored(int signal);

// ioctl(2) SIOCOUTQ: bytes the kernel holds that the other side's kernel has not acknowledged.
int csystem_unacknowledged_bytes(int descriptor, int *bytes);

// open(2) without its variable arguments; O_CLOEXEC is added.
int csystem_open(const char *path, int flags, mode_t mode);

// Opens /dev/null as the lowest free descriptor, without O_CLOEXEC: for standard descriptors only. Where there is no
// /dev/null, the descriptor can be neither read nor written.
int csystem_fill_lowest(void);

// fcntl(2) F_GETFD: whether the descriptor is open.
int csystem_is_open(int descriptor);

// fcntl(2) F_GETFL: whether the descriptor is open for `access`, which is O_RDONLY or O_WRONLY.
int csystem_is_open_for(int descriptor, int access);

// preadv2(2) and pwritev2(2) at the current offset with RWF_NOWAIT: EAGAIN instead of waiting, EOPNOTSUPP where the
// kernel cannot do that for this kind of file.
long csystem_read_now(int descriptor, void *bytes, size_t room);
long csystem_write_now(int descriptor, const void *bytes, size_t count);

// ioctl(2) TIOCGPTN: whether this is the master's side of a pseudo-terminal.
int csystem_is_terminal_master(int descriptor);

// A result of epoll_wait(2): the token a descriptor was added with, and EPOLL… bits.
struct csystem_event {
  uint64_t token;
  uint32_t events;
};

// epoll_create1(2) with EPOLL_CLOEXEC.
int csystem_epoll_create(void);

// epoll_ctl(2) EPOLL_CTL_ADD, edge-triggered, for bytes, an urgent mark, room and for the peer's end.
int csystem_epoll_add(int epoll, int descriptor, uint64_t token);

// epoll_ctl(2) EPOLL_CTL_ADD, level-triggered, for reading only. If `shared`, of several epolls that watch it not all
// are woken (EPOLLEXCLUSIVE).
int csystem_epoll_add_level(int epoll, int descriptor, uint64_t token, int shared);

// epoll_ctl(2) EPOLL_CTL_DEL.
int csystem_epoll_remove(int epoll, int descriptor);

// epoll_wait(2); `room` is at most 256.
int csystem_epoll_wait(int epoll, struct csystem_event *events, int room, int milliseconds);

// recv(2) and send(2) that do not wait, send without SIGPIPE. Not the C library's: in a program with threads its
// calls are points where a thread can be cancelled, which nobody here does and which costs 3 % of a relayed line
// (measured).
long csystem_receive(int descriptor, void *bytes, size_t room);
long csystem_send(int descriptor, const void *bytes, size_t count);

// eventfd(2) with EFD_NONBLOCK | EFD_CLOEXEC.
int csystem_event_descriptor(void);

// timerfd_create(2) and timerfd_settime(2): a timer on CLOCK_REALTIME that never expires and is cancelled when that
// clock jumps. It is readable then, and read(2) fails with ECANCELED.
int csystem_clock_jump_descriptor(void);

// socket(2) and bind(2) of rtnetlink(7): reports of changed addresses and routes, IPv4 and IPv6.
int csystem_route_reports(void);

// The processors this process may run on: sched_getaffinity(2), so that a container's share counts.
int csystem_processors(void);

// setsockopt(2) SO_LINGER: if `resets`, with no time, so that close(2) resets the link (socket(7)); otherwise off.
int csystem_reset_at_close(int descriptor, int resets);

// The part of struct tcp_info that Sockets uses.
struct csystem_link_info {
  int is_connected;
  uint32_t segments_in_flight;
  uint32_t bytes_unsent;
  uint32_t retransmissions;
  uint32_t probes;
  uint32_t doublings;
  uint32_t timeout_microseconds;
  uint32_t milliseconds_since_acknowledgement;
  uint32_t milliseconds_since_sent;
};

// getsockopt(2) TCP_INFO. EOPNOTSUPP for a socket that is not TCP.
int csystem_get_link_info(int descriptor, struct csystem_link_info *info);

// fcntl(2): makes an inherited descriptor nonblocking and close-on-exec.
int csystem_adopt(int descriptor);

// Remembers the modes of the terminal on `descriptor` and arranges that they are put back before a signal that nobody
// else handles ends the program: crashes (SIGSEGV, SIGILL, SIGABRT, …, a stack overflow included), SIGQUIT, timers,
// limits and SIGUSR1 and 2. Nothing can be done about SIGKILL. SIGIO, SIGPWR, SIGSTKFLT and the real-time signals,
// which the kernel sends to nobody who did not ask, are left alone. -1 if it is no terminal.
int csystem_guard_terminal(int descriptor);

// Puts the remembered modes back now. Does nothing when none are remembered, or when this process is not in the
// terminal's foreground group. Safe in a signal handler.
void csystem_restore_terminal(void);

// Whether the terminal's title was pushed and is to be popped when the modes are put back.
void csystem_guard_title(int is_ours);

// posix_spawn(3) of `/bin/sh -c command` in a session of its own, on /dev/null, with default signal actions and none
// blocked. `variables` are NAME=VALUE, ended by NULL, and replace those of the same name. 0 or the error number.
int csystem_spawn_detached(const char *command, char *const variables[], pid_t *pid);

// posix_spawn(3) of `/bin/sh -c command sh argument`, with default signal actions, none blocked, and the standard
// streams alone. 0 or the error number.
int csystem_spawn_shell(const char *command, const char *argument, pid_t *pid);

#endif
